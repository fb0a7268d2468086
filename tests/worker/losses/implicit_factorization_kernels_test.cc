#include "worker/losses/implicit_factorization_kernels.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/simd/instruction_sets.h"
#include "tests/worker/losses/expect_slopes.h"
#include "tests/worker/losses/reference_json.h"
#include "tests/worker/matrix_factorization_problem.h"
#include "worker/metrics/ranking_auc.h"

namespace shoal {
namespace {

using ::nlohmann::json;
using ::testing::Each;

struct Problem {
  ImplicitFactorization::Loss loss = ImplicitFactorization::BPR;
  int dim = 0;
  int num_negatives = 1;
  std::vector<float> users, items, biases;  // [rows, dim]; biases empty: none.
  std::vector<uint32_t> user, positive, negative;

  int64_t n() const { return static_cast<int64_t>(user.size()); }
};

struct Result {
  MetricSums sums;
  std::vector<float> users, items, biases;  // Gradients.
};

RowBlock MakeBlock(const std::vector<float>& values, int dim) {
  const int64_t size = static_cast<int64_t>(values.size()) / dim;
  RowBlock block(std::max<int64_t>(size, 1), dim);  // A block cannot be empty.
  for (int64_t i = 0; i < size; ++i) std::copy_n(&values[i * dim], dim, block.row(i));
  return block;
}

std::vector<float> GradientsOf(RowBlock* block, int dim) {
  std::vector<float> result;
  for (int64_t i = 0; i < block->size(); ++i) {
    result.insert(result.end(), block->gradient(i), block->gradient(i) + dim);
  }
  return result;
}

Result Evaluate(const Problem& problem, int64_t begin, int64_t end, bool backward = true) {
  RowBlock users = MakeBlock(problem.users, problem.dim);
  RowBlock items = MakeBlock(problem.items, problem.dim);
  RowBlock biases = MakeBlock(problem.biases, 1);
  const uint32_t* negative = problem.negative.data() + begin * problem.num_negatives;
  ImplicitFactorizationBatch batch;
  batch.loss = problem.loss;
  batch.num_examples = end - begin;
  batch.num_negatives = problem.num_negatives;
  batch.dim = problem.dim;
  batch.user = users.Lookup(problem.user.data() + begin);
  batch.positive = items.Lookup(problem.positive.data() + begin);
  batch.negative = items.Lookup(negative);
  if (!problem.biases.empty()) {
    batch.positive_bias = biases.Lookup(problem.positive.data() + begin);
    batch.negative_bias = biases.Lookup(negative);
  }
  batch.gradient_scale = 1.0F / static_cast<float>(problem.n());
  Result result;
  (backward ? ImplicitFactorizationForwardBackward : ImplicitFactorizationForward)(batch, &result.sums);
  result.users = GradientsOf(&users, problem.dim);
  result.items = GradientsOf(&items, problem.dim);
  if (!problem.biases.empty()) result.biases = GradientsOf(&biases, 1);
  return result;
}

Problem RandomProblem(ImplicitFactorization::Loss loss, int dim, int num_negatives, bool biased, uint64_t seed) {
  std::mt19937_64 random(seed);
  Problem problem;
  problem.loss = loss;
  problem.dim = dim;
  problem.num_negatives = num_negatives;
  const auto fill = [&](int size, std::vector<float>* values) {
    for (int i = 0; i < size; ++i) values->push_back(std::normal_distribution<float>(0, 0.5F)(random));
  };
  fill(5 * dim, &problem.users);
  fill(9 * dim, &problem.items);
  if (biased) fill(9, &problem.biases);
  for (int i = 0; i < 13; ++i) {
    problem.user.push_back(random() % 5);
    problem.positive.push_back(random() % 9);
    for (int k = 0; k < num_negatives; ++k) problem.negative.push_back(random() % 9);
  }
  return problem;
}

// The mean loss from its definition, in double precision. `values`: users, items, biases.
double ReferenceLoss(const Problem& problem, const std::vector<std::vector<double>>& values) {
  double sum = 0;
  int64_t terms = 0;
  for (int64_t i = 0; i < problem.n(); ++i) {
    const auto score = [&](uint32_t item) {
      double result = values[2].empty() ? 0 : values[2][item];
      for (int k = 0; k < problem.dim; ++k) {
        result += values[0][problem.user[i] * problem.dim + k] * values[1][item * problem.dim + k];
      }
      return result;
    };
    const auto add = [&](double x) { sum -= std::log(1 / (1 + std::exp(-x))), ++terms; };
    const double positive = score(problem.positive[i]);
    if (problem.loss == ImplicitFactorization::LOGISTIC) add(positive);
    for (int k = 0; k < problem.num_negatives; ++k) {
      const double negative = score(problem.negative[i * problem.num_negatives + k]);
      add(problem.loss == ImplicitFactorization::LOGISTIC ? -negative : positive - negative);
    }
  }
  return sum / static_cast<double>(terms);
}

constexpr uint64_t kSeed = 9;

std::vector<Problem> Problems() {
  return {RandomProblem(ImplicitFactorization::BPR, 18, 1, false, kSeed),
          RandomProblem(ImplicitFactorization::BPR, 3, 4, true, kSeed),
          RandomProblem(ImplicitFactorization::LOGISTIC, 16, 1, true, kSeed),
          RandomProblem(ImplicitFactorization::LOGISTIC, 5, 3, false, kSeed)};
}

TEST(ImplicitFactorizationTest, ValuesAndGradientsAgreeWithTheDefinitionAndFiniteDifferences) {
  for (const Problem& problem : Problems()) {
    SCOPED_TRACE(testing::Message() << "dim " << problem.dim << ", seed " << kSeed);
    const Result result = Evaluate(problem, 0, problem.n());
    const std::vector<std::vector<double>> values = {{problem.users.begin(), problem.users.end()},
                                                     {problem.items.begin(), problem.items.end()},
                                                     {problem.biases.begin(), problem.biases.end()}};
    const double expected = ReferenceLoss(problem, values);
    EXPECT_NEAR(result.sums.loss() / result.sums.loss_weight(), expected, 1e-5 * expected);
    ExpectSlopes({result.users, result.items, result.biases}, values,
                 [&](const auto& at) { return ReferenceLoss(problem, at); });
  }
}

TEST(ImplicitFactorizationTest, WorkersSumsAddUpBitForBitAndTheirGradientsToRounding) {
  for (const Problem& problem : Problems()) {
    const Result whole = Evaluate(problem, 0, problem.n());
    for (const int workers : {2, 3}) {
      Result sum;
      sum.items.resize(whole.items.size());
      for (int rank = 0; rank < workers; ++rank) {
        const Result part = Evaluate(problem, problem.n() * rank / workers, problem.n() * (rank + 1) / workers);
        AddMetricSums(part.sums, &sum.sums);
        for (size_t i = 0; i < part.items.size(); ++i) sum.items[i] += part.items[i];
      }
      EXPECT_EQ(sum.sums.SerializeAsString(), whole.sums.SerializeAsString()) << workers << " workers";
      EXPECT_THAT(sum.items, testing::Pointwise(testing::FloatNear(1e-6F), whole.items)) << workers << " workers";
    }
  }
}

TEST(ImplicitFactorizationTest, InstructionSetsWithFusedMultiplyAddGiveTheSameBits) {
  for (const Problem& problem : Problems()) {
    std::vector<Result> results;
    ForEachInstructionSet([&](const InstructionSet& set) {
      if (set.fuses_multiply_add) results.push_back(Evaluate(problem, 0, problem.n()));
    });
    for (const Result& result : results) {
      EXPECT_EQ(result.sums.SerializeAsString(), results[0].sums.SerializeAsString());
      EXPECT_EQ(result.users, results[0].users);
      EXPECT_EQ(result.items, results[0].items);
    }
  }
}

TEST(ImplicitFactorizationTest, ForwardReportsTheSameSumsAndTouchesNoGradient) {
  for (const Problem& problem : Problems()) {
    const Result forward = Evaluate(problem, 0, problem.n(), false);
    EXPECT_EQ(forward.sums.SerializeAsString(), Evaluate(problem, 0, problem.n()).sums.SerializeAsString());
    EXPECT_THAT(forward.users, Each(0.0F));
    EXPECT_THAT(forward.items, Each(0.0F));
  }
}

TEST(ImplicitFactorizationTest, EqualScoresCountHalf) {
  Problem problem = RandomProblem(ImplicitFactorization::BPR, 1, 3, false, kSeed);
  problem.users = {1};
  problem.items = {2, 1, 3};
  problem.user = {0};
  problem.positive = {0};
  problem.negative = {0, 1, 2};
  const Result result = Evaluate(problem, 0, 1);
  EXPECT_EQ(FindMetric(result.sums, RankingAuc::kKey)[RankingAuc::kPairs], 3);
  EXPECT_EQ(FindMetric(result.sums, RankingAuc::kKey)[RankingAuc::kOrdered], 1.5);
}

TEST(ImplicitFactorizationTest, HugeScoresGiveFiniteLosses) {
  for (const ImplicitFactorization::Loss loss : {ImplicitFactorization::BPR, ImplicitFactorization::LOGISTIC}) {
    Problem problem = RandomProblem(loss, 1, 1, false, kSeed);
    problem.users = {1};
    problem.items = {-5000, 5000};
    problem.user = {0};
    problem.positive = {0};
    problem.negative = {1};
    const Result result = Evaluate(problem, 0, 1);
    EXPECT_EQ(result.sums.loss(), 10000);
    for (const float gradient : result.items) EXPECT_TRUE(std::isfinite(gradient));
  }
}

TEST(ImplicitFactorizationTest, ValuesGradientsAndTenStepsAgreeWithPyTorch) {
  const json file = LoadLossReference("implicit_factorization.json");
  const float learning_rate = file["learning_rate"];
  EXPECT_EQ(file["cases"].size(), 4u);
  for (const json& reference : file["cases"]) {
    SCOPED_TRACE(reference["name"].get<std::string>());
    const bool biased = reference["start"].contains("biases");
    Problem problem;
    ASSERT_TRUE(ImplicitFactorization::Loss_Parse(reference["loss_kind"], &problem.loss));
    problem.dim = reference["dim"];
    problem.num_negatives = reference["num_negatives"];
    problem.user = reference["user"].get<std::vector<uint32_t>>();
    problem.positive = reference["positive"].get<std::vector<uint32_t>>();
    for (const json& row : reference["negative"]) {
      for (const json& item : row) problem.negative.push_back(item);
    }
    problem.users = StartValues(reference["start"]["users"]);
    problem.items = StartValues(reference["start"]["items"]);
    if (biased) problem.biases = StartValues(reference["start"]["biases"]);
    const auto descend = [&](const std::vector<float>& gradients, std::vector<float>* values) {
      for (size_t i = 0; i < values->size(); ++i) (*values)[i] -= learning_rate * gradients[i];
    };
    for (int step = 0; step < file["steps"].get<int>(); ++step) {
      const Result result = Evaluate(problem, 0, problem.n());
      if (step == 0) {
        const double expected = reference["loss"];
        EXPECT_NEAR(result.sums.loss() / result.sums.loss_weight(), expected, 1e-5 * expected);
        ExpectNearReference(result.users, reference["gradients"]["users"]);
        ExpectNearReference(result.items, reference["gradients"]["items"]);
        if (biased) ExpectNearReference(result.biases, reference["gradients"]["biases"]);
      }
      descend(result.users, &problem.users);
      descend(result.items, &problem.items);
      descend(result.biases, &problem.biases);
    }
    ExpectNearReference(problem.users, reference["after_steps"]["users"]);
    ExpectNearReference(problem.items, reference["after_steps"]["items"]);
    if (biased) ExpectNearReference(problem.biases, reference["after_steps"]["biases"]);
  }
}

}  // namespace
}  // namespace shoal
