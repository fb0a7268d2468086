#include "worker/implicit_factorization.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/small_job.h"
#include "tests/worker/driver_group.h"
#include "tests/worker/expect_gradients.h"
#include "tests/worker/network_problem.h"
#include "worker/losses/item_negatives.h"
#include "worker/metrics/ranking_auc.h"

namespace shoal {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Lt;
using ::testing::SizeIs;

constexpr char kBpr[] = "reject_known: true";
constexpr char kLogistic[] = "loss: LOGISTIC num_negatives: 3 item_bias_table: 'item_bias'";

using Pairs = std::set<std::pair<uint64_t, uint64_t>>;

uint64_t User(const Dataset& data, int64_t example) { return data.id_columns[0].ids[example]; }
uint64_t Item(const Dataset& data, int64_t example) { return data.id_columns[1].ids[example]; }

Pairs PairsOf(const Dataset& data) {
  Pairs pairs;
  for (int64_t i = 0; i < data.num_examples; ++i) pairs.emplace(User(data, i), Item(data, i));
  return pairs;
}

NetworkProblem Problem(const std::string& fields) {
  SmallJobOptions options;
  options.optimizer = "sgd {}";
  const ResolvedJob job = SmallImplicitJob(fields, options);
  return {job, SmallData(job)};
}

// The mean loss of the training batch from its definition.
double ReferenceLoss(const NetworkProblem& problem, const NetworkValues& values) {
  const ImplicitFactorization& config = problem.job().job().model().implicit_factorization();
  const Dataset& data = problem.data().train;
  const Pairs known = PairsOf(data);
  std::vector<uint64_t> drawn;
  DrawItemNegatives(
      {problem.job().job().seed(), problem.step, 0, static_cast<int64_t>(problem.batch.size()), config.num_negatives(),
       problem.job().job().tables(1).num_embeddings()},
      [&](int64_t position, int64_t item) {
        return config.reject_known() && known.count({User(data, problem.batch[position]), item}) > 0;
      },
      &drawn);
  const int dim = problem.job().job().tables(0).embedding_dim();
  double sum = 0;
  int terms = 0;
  for (size_t i = 0; i < problem.batch.size(); ++i) {
    const auto score = [&](uint64_t item) {
      const double* const user_row = &values.tables.at("user")[User(data, problem.batch[i]) * dim];
      const double* const item_row = &values.tables.at("item")[item * dim];
      const double bias = config.has_item_bias_table() ? values.tables.at("item_bias")[item] : 0;
      return std::inner_product(user_row, user_row + dim, item_row, bias);
    };
    const auto add = [&](double x) { sum += std::log1p(std::exp(-x)), ++terms; };
    const double positive = score(Item(data, problem.batch[i]));
    if (config.loss() == ImplicitFactorization::LOGISTIC) add(positive);
    for (int k = 0; k < config.num_negatives(); ++k) {
      const double negative = score(drawn[i * config.num_negatives() + k]);
      add(config.loss() == ImplicitFactorization::LOGISTIC ? -negative : positive - negative);
    }
  }
  return sum / terms;
}

class ImplicitLossTest : public testing::TestWithParam<const char*> {};

TEST_P(ImplicitLossTest, GradientsAgreeWithDifferences) {
  const NetworkProblem problem = Problem(GetParam());
  ExpectGradientsOf(problem, [&](const NetworkValues& values) { return ReferenceLoss(problem, values); });
}

TEST_P(ImplicitLossTest, WorkersShareTheBatchAndWhatIsDrawnForIt) {
  const NetworkProblem problem = Problem(GetParam());
  const NetworkResult one = problem.Train();
  for (const int workers : {2, 3, 20}) {
    SCOPED_TRACE(workers);
    const NetworkResult all = problem.Train(workers);
    EXPECT_EQ(all.sums.SerializeAsString(), one.sums.SerializeAsString());
    ExpectNear(all.gradients.tables, one.gradients.tables, 1e-6, 1);
    EXPECT_EQ(problem.Validate(workers).sums.SerializeAsString(), problem.Validate().sums.SerializeAsString());
  }
}

INSTANTIATE_TEST_SUITE_P(Losses, ImplicitLossTest, testing::Values(kBpr, kLogistic),
                         [](const auto& info) { return info.param == kBpr ? "Bpr" : "Logistic"; });

TEST(ImplicitFactorizationModelTest, EveryStepDrawsAnewAndEveryValidationTheSame) {
  NetworkProblem problem = Problem(kBpr);
  const double training = problem.Train().sums.loss();
  const double validation = problem.Validate().sums.loss();
  problem.step = 4;
  EXPECT_NE(problem.Train().sums.loss(), training);
  EXPECT_EQ(problem.Validate().sums.loss(), validation);
}

// ---- What is drawn -------------------------------------------------------------------------------------------------

// The items drawn for all examples of `data`.
std::vector<uint64_t> Drawn(const NetworkProblem& problem, const Dataset& data, int64_t step) {
  const Schedule schedule = Schedule::Create(problem.job().job().training(), 1, 1).value();
  const std::unique_ptr<Model> model = CreateModel(problem.job(), schedule, &problem.data()).value();
  std::vector<int64_t> examples(data.num_examples);
  std::iota(examples.begin(), examples.end(), 0);
  const std::vector<const IdColumn*> columns = {&data.id_columns[0], &data.id_columns[1]};
  std::vector<std::vector<uint64_t>> ids(1);
  model->DrawIds({{step, 0}, examples, columns}, absl::MakeSpan(ids));
  return ids[0];
}

// How many of the drawn items the users have among `known`, in all of these steps.
int KnownAmongDrawn(const NetworkProblem& problem, const Dataset& data, const Pairs& known,
                    const std::vector<int64_t>& steps) {
  int count = 0;
  for (const int64_t step : steps) {
    const std::vector<uint64_t> drawn = Drawn(problem, data, step);
    EXPECT_THAT(drawn, SizeIs(data.num_examples));
    EXPECT_THAT(drawn, Each(Lt(17u)));
    for (size_t i = 0; i < drawn.size(); ++i) count += static_cast<int>(known.count({User(data, i), drawn[i]}));
  }
  return count;
}

TEST(ImplicitFactorizationModelTest, RejectedAreTrainingsItemsInTrainingAndAllInValidation) {
  const NetworkProblem problem = Problem(kBpr);
  const auto& [train, validation] = problem.data();
  const std::vector<int64_t> steps = {1, 2, 3, 4, 5, 6, 7, 8};
  EXPECT_EQ(KnownAmongDrawn(problem, train, PairsOf(train), steps), 0);
  EXPECT_GT(KnownAmongDrawn(problem, train, PairsOf(validation), steps), 0) << "training must not know them";
  EXPECT_EQ(KnownAmongDrawn(problem, validation, PairsOf(train), {0}), 0);
  EXPECT_EQ(KnownAmongDrawn(problem, validation, PairsOf(validation), {0}), 0);
}

TEST(ImplicitFactorizationModelTest, WithoutRejectionEveryItemIsDrawn) {
  const NetworkProblem problem = Problem("");
  const Dataset& train = problem.data().train;
  EXPECT_GT(KnownAmongDrawn(problem, train, PairsOf(train), {1, 2}), 0);
}

// ---- In a job ------------------------------------------------------------------------------------------------------

MetricSums LastValidation(int validation_batch_size) {
  SmallJobOptions options;
  options.parameter_servers = 1;
  options.workers = 2;
  ResolvedJob job = SmallImplicitJob(kLogistic, options);
  job.mutable_job()->mutable_training()->set_validation_batch_size(validation_batch_size);
  const TrainingData data = SmallData(job);
  DriverGroup group(job, data, /*seed=*/1);
  EXPECT_EQ(group.Run(), absl::OkStatus());
  MetricSums sums;
  for (const int rank : {0, 1}) AddMetricSums(group.reports(rank).back().validation(), &sums);
  return sums;
}

TEST(ImplicitFactorizationModelTest, ValidationDoesNotDependOnItsBatches) {
  const MetricSums sums = LastValidation(8);
  EXPECT_EQ(sums.examples(), 19u);
  EXPECT_EQ(FindMetric(sums, RankingAuc::kKey)[RankingAuc::kPairs], 3 * 19);
  for (const int size : {1, 5, 100}) EXPECT_EQ(LastValidation(size).SerializeAsString(), sums.SerializeAsString());
}

// ---- Creation ------------------------------------------------------------------------------------------------------

absl::StatusOr<std::unique_ptr<Model>> Create(const ResolvedJob& job) {
  static const auto* const schedule = new Schedule(Schedule::Create(TrainingConfig(), 1, 1).value());
  return CreateModel(job, *schedule);
}

TEST(ImplicitFactorizationModelTest, ReadsUsersItemsAndDrawnItems) {
  const std::unique_ptr<Model> model = Create(SmallImplicitJob(kLogistic)).value();
  EXPECT_THAT(model->columns().ids, ElementsAre("user_id", "item_id"));
  EXPECT_EQ(model->columns().label, "");
  std::vector<int> tables;
  for (const Lookup& lookup : model->lookups()) tables.push_back(lookup.table);
  EXPECT_THAT(tables, ElementsAre(0, 1, 1, 2, 2));
  EXPECT_EQ(Create(SmallImplicitJob("")).value()->lookups().size(), 3u);
}

TEST(ImplicitFactorizationModelTest, WhatCannotBeIsNamed) {
  const auto error = [](const ResolvedJob& job) { return std::string(Create(job).status().message()); };
  EXPECT_EQ(error(SmallImplicitJob("num_negatives: 0")),
            "model.implicit_factorization.num_negatives is 0, expected at least 1");
  EXPECT_EQ(error(SmallImplicitJob("reject_known: true")),
            "model.implicit_factorization.reject_known needs the job's examples");
  ResolvedJob job = SmallImplicitJob("");
  job.mutable_job()->mutable_tables(1)->set_name("items");
  EXPECT_THAT(error(job), HasSubstr("implicit_factorization.item.table is 'item', which is not among the tables: user, "
                                    "items"));
}

}  // namespace
}  // namespace shoal
