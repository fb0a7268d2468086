#include "worker/losses/sampled_softmax.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/common/simd/instruction_sets.h"
#include "tests/worker/losses/expect_slopes.h"
#include "tests/worker/losses/reference_json.h"
#include "tests/worker/matrix_factorization_problem.h"

namespace shoal {
namespace {

using ::nlohmann::json;

// A batch over a table of all classes, whose rows stand for themselves.
struct Problem {
  SampledSoftmax config;
  int dim = 0;
  int64_t num_classes = 0;
  std::vector<float> inputs;
  std::vector<float> classes;  // [num_classes, dim]
  std::vector<float> biases;   // [num_classes]
  std::vector<int64_t> labels;
  NegativeSample sample;

  int64_t n() const { return static_cast<int64_t>(labels.size()); }
};

struct Result {
  MetricSums sums;
  std::vector<float> inputs, classes, biases;  // Gradients.
};

std::vector<uint32_t> Index(const std::vector<int64_t>& ids) { return {ids.begin(), ids.end()}; }

Result Evaluate(const Problem& problem, int64_t begin, int64_t end, bool backward = true) {
  RowBlock rows(problem.num_classes, problem.dim);
  RowBlock biases(problem.num_classes, 1);
  for (int64_t c = 0; c < problem.num_classes; ++c) {
    std::copy_n(&problem.classes[c * problem.dim], problem.dim, rows.row(c));
    *biases.row(c) = problem.biases[c];
  }
  const NegativeSampler sampler = NegativeSampler::Create(problem.config, problem.num_classes).value();
  const std::vector<uint32_t> labels = Index(problem.labels);
  const std::vector<uint32_t> sampled = Index(problem.sample.classes);
  SampledSoftmaxBatch batch;
  batch.n = end - begin;
  batch.dim = problem.dim;
  batch.inputs = absl::MakeConstSpan(problem.inputs).subspan(begin * problem.dim, batch.n * problem.dim);
  batch.labels = absl::MakeConstSpan(problem.labels).subspan(begin, batch.n);
  batch.label_rows = rows.Lookup(labels.data() + begin);
  batch.sampled_rows = rows.Lookup(sampled.data());
  batch.label_bias = biases.Lookup(labels.data() + begin);
  batch.sampled_bias = biases.Lookup(sampled.data());
  batch.sampler = &sampler;
  batch.sample = &problem.sample;
  batch.remove_accidental_hits = problem.config.remove_accidental_hits();
  batch.gradient_scale = 1.0 / static_cast<double>(problem.n());
  if (!backward) batch.label_rows.gradients = batch.sampled_rows.gradients = nullptr;
  Result result;
  result.inputs.resize(backward ? batch.n * problem.dim : 0, 42.0F);
  EvaluateSampledSoftmax(batch, absl::MakeSpan(result.inputs), &result.sums);
  for (int64_t c = 0; c < problem.num_classes; ++c) {
    result.classes.insert(result.classes.end(), rows.gradient(c), rows.gradient(c) + problem.dim);
    result.biases.push_back(*biases.gradient(c));
  }
  return result;
}

Problem RandomProblem(const std::string& config, int dim, uint64_t seed) {
  std::mt19937_64 random(seed);
  Problem problem;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(config, &problem.config));
  problem.dim = dim;
  problem.num_classes = 15;
  const auto fill = [&](size_t size, std::vector<float>* values) {
    for (size_t i = 0; i < size; ++i) values->push_back(std::normal_distribution<float>()(random));
  };
  fill(static_cast<size_t>(11 * dim), &problem.inputs);
  fill(static_cast<size_t>(15 * dim), &problem.classes);
  fill(15, &problem.biases);
  for (int i = 0; i < 11; ++i) problem.labels.push_back(static_cast<int64_t>(random() % 15));
  problem.sample = NegativeSampler::Create(problem.config, 15).value().Sample(seed, 1);
  return problem;
}

// The mean loss from its definition, in double precision.
double ReferenceLoss(const Problem& problem, const std::vector<std::vector<double>>& values) {
  const std::vector<double>& inputs = values[0];
  const std::vector<double>& classes = values[1];
  const std::vector<double>& biases = values[2];
  const NegativeSampler sampler = NegativeSampler::Create(problem.config, problem.num_classes).value();
  double sum = 0;
  for (int64_t i = 0; i < problem.n(); ++i) {
    const auto logit = [&](int64_t c) {
      double score = biases[c] - sampler.LogExpectedCount(c, problem.sample);
      for (int k = 0; k < problem.dim; ++k) score += inputs[i * problem.dim + k] * classes[c * problem.dim + k];
      return score;
    };
    double total = std::exp(logit(problem.labels[i]));
    for (const int64_t c : problem.sample.classes) {
      if (c != problem.labels[i] || !problem.config.remove_accidental_hits()) total += std::exp(logit(c));
    }
    sum += std::log(total) - logit(problem.labels[i]);
  }
  return sum / static_cast<double>(problem.n());
}

std::vector<double> Doubles(const std::vector<float>& values) { return {values.begin(), values.end()}; }

constexpr uint64_t kSeed = 5;
constexpr const char* kConfigs[] = {"num_sampled: 6", "num_sampled: 6 sampler: UNIFORM", "num_sampled: 9 unique: false",
                                    "num_sampled: 15 remove_accidental_hits: false"};

TEST(SampledSoftmaxTest, ValuesAndGradientsAgreeWithTheDefinitionAndFiniteDifferences) {
  for (const char* config : kConfigs) {
    for (const int dim : {3, 18}) {
      SCOPED_TRACE(testing::Message() << config << ", dim " << dim << ", seed " << kSeed);
      const Problem problem = RandomProblem(config, dim, kSeed);
      const Result result = Evaluate(problem, 0, problem.n());
      const std::vector<std::vector<double>> values = {Doubles(problem.inputs), Doubles(problem.classes),
                                                       Doubles(problem.biases)};
      const double expected = ReferenceLoss(problem, values);
      EXPECT_NEAR(result.sums.loss() / result.sums.loss_weight(), expected, 1e-5 * expected);
      ExpectSlopes({result.inputs, result.classes, result.biases}, values,
                   [&](const auto& at) { return ReferenceLoss(problem, at); });
    }
  }
}

TEST(SampledSoftmaxTest, WorkersSharesAddUpToTheWhole) {
  for (const char* config : kConfigs) {
    const Problem problem = RandomProblem(config, 18, kSeed);
    const Result whole = Evaluate(problem, 0, problem.n());
    for (const int workers : {2, 3}) {
      Result sum;
      sum.classes.resize(whole.classes.size());
      for (int rank = 0; rank < workers; ++rank) {
        const Result part = Evaluate(problem, problem.n() * rank / workers, problem.n() * (rank + 1) / workers);
        AddMetricSums(part.sums, &sum.sums);
        sum.inputs.insert(sum.inputs.end(), part.inputs.begin(), part.inputs.end());
        for (size_t i = 0; i < part.classes.size(); ++i) sum.classes[i] += part.classes[i];
      }
      EXPECT_EQ(sum.sums.SerializeAsString(), whole.sums.SerializeAsString()) << workers << " workers";
      EXPECT_EQ(sum.inputs, whole.inputs) << workers << " workers";
      // Class rows are summed by the parameter servers, in the order of ranks.
      EXPECT_THAT(sum.classes, testing::Pointwise(testing::FloatNear(1e-6F), whole.classes)) << workers << " workers";
    }
  }
}

TEST(SampledSoftmaxTest, InstructionSetsWithFusedMultiplyAddGiveTheSameBits) {
  const Problem problem = RandomProblem(kConfigs[0], 33, kSeed);
  std::vector<Result> results;
  ForEachInstructionSet([&](const InstructionSet& set) {
    if (set.fuses_multiply_add) results.push_back(Evaluate(problem, 0, problem.n()));
  });
  for (const Result& result : results) {
    EXPECT_EQ(result.sums.SerializeAsString(), results[0].sums.SerializeAsString());
    EXPECT_EQ(result.inputs, results[0].inputs);
    EXPECT_EQ(result.classes, results[0].classes);
  }
}

TEST(SampledSoftmaxTest, WithoutGradientsNoBlockIsTouched) {
  const Problem problem = RandomProblem(kConfigs[0], 5, kSeed);
  const Result result = Evaluate(problem, 0, problem.n(), false);
  EXPECT_EQ(result.sums.SerializeAsString(), Evaluate(problem, 0, problem.n()).sums.SerializeAsString());
  EXPECT_THAT(result.classes, testing::Each(0.0F));
  EXPECT_THAT(result.biases, testing::Each(0.0F));
}

// All classes sampled without correction to speak of: the softmax over all of them.
TEST(SampledSoftmaxTest, AllClassesUniformlyGiveTheFullSoftmax) {
  const Problem problem = RandomProblem("num_sampled: 15 sampler: UNIFORM", 4, kSeed);
  double expected = 0;
  for (int64_t i = 0; i < problem.n(); ++i) {
    double total = 0;
    std::vector<double> logits;
    for (int64_t c = 0; c < 15; ++c) {
      logits.push_back(std::inner_product(&problem.inputs[i * 4], &problem.inputs[i * 4] + 4, &problem.classes[c * 4],
                                          static_cast<double>(problem.biases[c])));
      total += std::exp(logits.back());
    }
    expected += std::log(total) - logits[problem.labels[i]];
  }
  EXPECT_NEAR(Evaluate(problem, 0, problem.n()).sums.loss(), expected, 1e-5 * expected);
}

TEST(SampledSoftmaxTest, ASampleOfTheLabelAloneCostsNothing) {
  Problem problem = RandomProblem("num_sampled: 1", 4, kSeed);
  problem.labels.assign(problem.labels.size(), 3);
  problem.sample = {{3}, 1};
  const Result result = Evaluate(problem, 0, problem.n());
  EXPECT_EQ(result.sums.loss(), 0);
  EXPECT_THAT(result.inputs, testing::Each(0.0F));
  EXPECT_THAT(result.classes, testing::Each(0.0F));
}

TEST(SampledSoftmaxTest, ValuesGradientsAndTenStepsAgreeWithPyTorch) {
  const json file = LoadLossReference("sampled_softmax.json");
  const float learning_rate = file["learning_rate"];
  EXPECT_EQ(file["cases"].size(), 4u);
  for (const json& reference : file["cases"]) {
    SCOPED_TRACE(reference["name"].get<std::string>());
    Problem problem;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(reference["config"], &problem.config));
    problem.dim = reference["dim"];
    problem.inputs = StartValues(reference["start"]["inputs"]);
    problem.classes = StartValues(reference["start"]["classes"]);
    problem.biases = StartValues(reference["start"]["biases"]);
    problem.num_classes = static_cast<int64_t>(problem.biases.size());
    problem.labels = reference["labels"].get<std::vector<int64_t>>();
    problem.sample = {reference["sampled"].get<std::vector<int64_t>>(), reference["tries"]};
    const auto descend = [&](const std::vector<float>& gradients, std::vector<float>* values) {
      for (size_t i = 0; i < values->size(); ++i) (*values)[i] -= learning_rate * gradients[i];
    };
    for (int step = 0; step < file["steps"].get<int>(); ++step) {
      const Result result = Evaluate(problem, 0, problem.n());
      if (step == 0) {
        const double expected = reference["loss"];
        EXPECT_NEAR(result.sums.loss() / result.sums.loss_weight(), expected, 1e-5 * expected);
        ExpectNearReference(result.inputs, reference["gradients"]["inputs"]);
        ExpectNearReference(result.classes, reference["gradients"]["classes"]);
        ExpectNearReference(result.biases, reference["gradients"]["biases"]);
      }
      descend(result.inputs, &problem.inputs);
      descend(result.classes, &problem.classes);
      descend(result.biases, &problem.biases);
    }
    ExpectNearReference(problem.inputs, reference["after_steps"]["inputs"]);
    ExpectNearReference(problem.classes, reference["after_steps"]["classes"]);
    ExpectNearReference(problem.biases, reference["after_steps"]["biases"]);
  }
}

}  // namespace
}  // namespace shoal
