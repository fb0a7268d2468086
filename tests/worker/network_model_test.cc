#include "worker/network_model.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/small_job.h"
#include "tests/worker/network_problem.h"

namespace shoal {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kTriplet[] = "loss { triplet { mining: ALL } }";
constexpr char kContrastive[] = "loss { contrastive { margin: 2 } }";

SmallNetworkOptions WithLoss(const std::string& loss) {
  SmallNetworkOptions options;
  options.loss = loss;
  return options;
}

SmallNetworkOptions WithDropout(const std::string& loss = SmallNetworkOptions().loss) {
  SmallNetworkOptions options = WithLoss(loss);
  options.tower =
      "tower { linear { out_features: 6 } } tower { dropout { p: 0.5 } } tower { tanh {} } "
      "tower { linear { out_features: 3 } }";
  return options;
}

using Values = std::map<std::string, std::vector<double>>;

double Largest(const std::vector<double>& values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::fabs(value));
  return largest;
}

// Relative to the number, or to `floor` of the largest of all: below, the rounding of sums shows.
void ExpectNear(const Values& got, const Values& expected, double tolerance, double floor) {
  ASSERT_EQ(got.size(), expected.size());
  double smallest = 0;
  for (const auto& [name, numbers] : expected) smallest = std::max(smallest, floor * Largest(numbers));
  for (const auto& [name, numbers] : expected) {
    const std::vector<double>& ours = got.at(name);
    ASSERT_EQ(ours.size(), numbers.size()) << name;
    for (size_t i = 0; i < numbers.size(); ++i) {
      EXPECT_NEAR(ours[i], numbers[i], tolerance * std::max(std::fabs(numbers[i]), smallest))
          << name << ", element " << i;
    }
  }
}

// The gradients of the loss in double precision, by central differences.
Values Differences(const NetworkProblem& problem, Values NetworkValues::*part) {
  constexpr double kStep = 1e-5;
  NetworkValues values = problem.values();
  Values result;
  for (auto& [name, numbers] : values.*part) {
    for (double& number : numbers) {
      const double value = number;
      number = value + kStep;
      const double above = problem.Loss(values);
      number = value - kStep;
      result[name].push_back((above - problem.Loss(values)) / (2 * kStep));
      number = value;
    }
  }
  return result;
}

void ExpectGradientsAgreeWithDifferences(const SmallNetworkOptions& network) {
  SCOPED_TRACE(network.features + network.tower + network.loss);
  const NetworkProblem problem(network);
  const NetworkResult result = problem.Train();
  const double loss = problem.Loss(problem.values());
  EXPECT_GT(loss, 0);
  EXPECT_NEAR(result.sums.loss() / result.sums.loss_weight() / loss, 1, 1e-5);
  ExpectNear(result.gradients.tables, Differences(problem, &NetworkValues::tables), 1e-4, 1e-2);
  ExpectNear(result.gradients.dense, Differences(problem, &NetworkValues::dense), 1e-4, 1e-2);
  for (const auto& [name, numbers] : result.gradients.tables) EXPECT_GT(Largest(numbers), 0) << name;
}

// ---- Gradients -----------------------------------------------------------------------------------------------------

TEST(NetworkModelTest, GradientsAgreeWithDifferences) {
  ExpectGradientsAgreeWithDifferences({});
  ExpectGradientsAgreeWithDifferences(WithLoss("loss { softmax_cross_entropy { weight: [1, 2, 0.5] } }"));
  ExpectGradientsAgreeWithDifferences(WithDropout());
}

TEST(NetworkModelTest, GradientsOfLossesOfTheGlobalBatchAgreeWithDifferences) {
  ExpectGradientsAgreeWithDifferences(WithLoss(kTriplet));
  ExpectGradientsAgreeWithDifferences(WithLoss("loss { triplet { mining: RANDOM_HARD soft_margin: true } }"));
  ExpectGradientsAgreeWithDifferences(WithLoss(kContrastive));
  ExpectGradientsAgreeWithDifferences(WithDropout(kTriplet));
}

// A table read by an id column and by two bags, in every mode.
TEST(NetworkModelTest, GradientsOfATableReadByAllKindsOfColumnsAgreeWithDifferences) {
  SmallNetworkOptions network;
  network.features = R"pb(
    features { bag { column: "text" table: "word" mode: MAX } }
    features { id { column: "item_id" table: "word" } }
    features { dense { columns: "price" } }
    features { bag { column: "text" table: "word" mode: SUM } }
    features { bag { column: "text" table: "word" mode: MEAN } }
    features { id { column: "item_id" table: "item" } }
  )pb";
  ExpectGradientsAgreeWithDifferences(network);
}

TEST(NetworkModelTest, GradientsWithoutLayersAgreeWithDifferences) {
  SmallNetworkOptions network = WithLoss(kTriplet);
  network.features = R"pb(
    features { id { column: "item_id" table: "item" } }
    features { bag { column: "text" table: "word" } }
  )pb";
  network.tower.clear();
  ExpectGradientsAgreeWithDifferences(network);
}

TEST(NetworkModelTest, GradientsWithoutRowsAgreeWithDifferences) {
  SmallNetworkOptions network;
  network.features = R"pb(
    features { image { column: "picture" } }
    features { dense { columns: "price" } }
  )pb";
  const NetworkProblem problem(network);
  const NetworkResult result = problem.Train();
  ExpectNear(result.gradients.dense, Differences(problem, &NetworkValues::dense), 1e-4, 1e-2);
  EXPECT_THAT(result.gradients.tables.at("item"), Each(0.0));
}

// ---- Workers -------------------------------------------------------------------------------------------------------

// A product of fewer rows may round otherwise (worker/tower/gemm.h), so losses differ in their last bits.
void ExpectSameSums(MetricSums got, MetricSums expected) {
  EXPECT_NEAR(got.loss() / expected.loss(), 1, 1e-6);
  got.clear_loss();
  expected.clear_loss();
  EXPECT_EQ(got.DebugString(), expected.DebugString());
}

class NetworkModelWorkersTest : public testing::TestWithParam<std::string> {
 protected:
  static void ExpectSame(const NetworkProblem& problem, int workers) {
    SCOPED_TRACE(workers);
    const NetworkResult one = problem.Train();
    const NetworkResult all = problem.Train(workers);
    ExpectNear(all.gradients.tables, one.gradients.tables, 1e-6, 1);
    ExpectNear(all.gradients.dense, one.gradients.dense, 1e-6, 1);
    ExpectSameSums(all.sums, one.sums);
    ExpectSameSums(problem.Validate(workers).sums, problem.Validate().sums);
  }
};

TEST_P(NetworkModelWorkersTest, ShareAGlobalBatch) {
  for (const NetworkProblem& problem :
       {NetworkProblem(WithLoss(GetParam())), NetworkProblem(WithDropout(GetParam()))}) {
    ExpectSame(problem, 2);
    ExpectSame(problem, 3);
  }
}

TEST_P(NetworkModelWorkersTest, MayHaveNoExamples) {
  const NetworkProblem problem(WithLoss(GetParam()), /*examples=*/4);
  ExpectSame(problem, 5);
  ExpectSame(problem, 9);
}

TEST_P(NetworkModelWorkersTest, HaveTheSameSumsWithoutProductsOfMatrices) {
  SmallNetworkOptions network = WithLoss(GetParam());
  network.features = R"pb(
    features { dense { columns: "price" columns: "weight" columns: "price" } }
  )pb";
  network.tower = "tower { tanh {} } tower { dropout {} }";
  const NetworkProblem problem(network);
  for (const int workers : {2, 3, 20}) {
    EXPECT_EQ(problem.Train(workers).sums.DebugString(), problem.Train().sums.DebugString());
    EXPECT_EQ(problem.Validate(workers).sums.DebugString(), problem.Validate().sums.DebugString());
  }
}

INSTANTIATE_TEST_SUITE_P(Losses, NetworkModelWorkersTest,
                         testing::Values("loss { softmax_cross_entropy { weight: [1, 2, 0.5] top_k: 2 } }", kTriplet,
                                         kContrastive));

TEST(NetworkModelTest, OnlyLossesOfTheGlobalBatchAreGathered) {
  const auto width = [](const SmallNetworkOptions& network) {
    const ResolvedJob job = SmallNetworkJob(network);
    const Schedule schedule = Schedule::Create(job.job().training(), 1, 1).value();
    return NetworkModel::Create(job, schedule).value()->gathered_width();
  };
  EXPECT_EQ(width({}), 0);
  EXPECT_EQ(width(WithLoss(kTriplet)), 3);
  EXPECT_EQ(width(WithLoss(kContrastive)), 3);
}

// ---- Validation ----------------------------------------------------------------------------------------------------

TEST(NetworkModelTest, ValidationDropsNothing) {
  for (const char* loss : {"loss { softmax_cross_entropy {} }", kTriplet}) {
    const NetworkProblem problem(WithDropout(loss));
    const double without = problem.Loss(problem.values(), /*training=*/false);
    const MetricSums validation = problem.Validate().sums;
    EXPECT_NEAR(validation.loss() / validation.loss_weight() / without, 1, 1e-5);
    const MetricSums training = problem.Train().sums;
    EXPECT_GT(std::fabs(training.loss() / training.loss_weight() / without - 1), 1e-3) << "nothing was dropped";
  }
}

TEST(NetworkModelTest, EveryStepDropsAnew) {
  NetworkProblem problem(WithDropout());
  const double loss = problem.Train().sums.loss();
  EXPECT_EQ(problem.Train().sums.loss(), loss);
  problem.step = 4;
  EXPECT_NE(problem.Train().sums.loss(), loss);
}

// ---- Embeddings and predictions ------------------------------------------------------------------------------------

TEST(NetworkModelTest, OnlyClassifiersPredict) {
  const auto predicts = [](const SmallNetworkOptions& network) {
    const ResolvedJob job = SmallNetworkJob(network);
    const Schedule schedule = Schedule::Create(job.job().training(), 1, 1).value();
    return NetworkModel::Create(job, schedule).value()->has_predictions();
  };
  EXPECT_TRUE(predicts({}));
  EXPECT_FALSE(predicts(WithLoss(kTriplet)));
  EXPECT_FALSE(predicts(WithLoss(kContrastive)));
}

// ---- Creation ------------------------------------------------------------------------------------------------------

absl::Status CreateError(const ResolvedJob& job) {
  const Schedule schedule = Schedule::Create(job.job().training(), 1, 1).value();
  return NetworkModel::Create(job, schedule).status();
}

TEST(NetworkModelTest, ReadsWhatItsFeaturesAndLossRead) {
  const ResolvedJob job = SmallNetworkJob();
  const Schedule schedule = Schedule::Create(job.job().training(), 1, 1).value();
  const std::unique_ptr<Model> model = NetworkModel::Create(job, schedule).value();
  EXPECT_EQ(model->lookups().size(), 2u);
  EXPECT_THAT(model->columns().ids, ElementsAre("item_id"));
  EXPECT_THAT(model->columns().bags, ElementsAre("text"));
  EXPECT_THAT(model->columns().numbers, ElementsAre("weight", "price"));
  EXPECT_THAT(model->columns().images, ElementsAre("picture"));
  EXPECT_EQ(model->columns().label, "label");
  std::vector<std::string> names;
  for (const SavedParameter& saved : model->dense_parameters()->Save()) names.push_back(saved.name);
  EXPECT_THAT(names, ElementsAre("tower.0.weight", "tower.0.bias", "tower.2.weight", "tower.2.bias"));
}

TEST(NetworkModelTest, LayersWithoutParametersHaveNoDenseParameters) {
  SmallNetworkOptions network = WithLoss(kTriplet);
  network.tower = "tower { l2_normalize {} }";
  const ResolvedJob job = SmallNetworkJob(network);
  const Schedule schedule = Schedule::Create(job.job().training(), 1, 1).value();
  EXPECT_EQ(NetworkModel::Create(job, schedule).value()->dense_parameters(), nullptr);
}

TEST(NetworkModelTest, OutputsThatAreNotOneAClassAreAnError) {
  ResolvedJob job = SmallNetworkJob();
  job.mutable_labels(0)->set_num_classes(10);
  EXPECT_EQ(CreateError(job),
            absl::InvalidArgumentError("model.network.tower has 3 outputs, but column 'label' has 10 classes; "
                                       "softmax_cross_entropy needs an output for each"));
  job = SmallNetworkJob(WithLoss(kTriplet));
  job.mutable_labels(0)->set_num_classes(10);
  EXPECT_TRUE(CreateError(job).ok()) << "an embedding may have any width";
}

TEST(NetworkModelTest, ErrorsOfItsPartsArePassedOn) {
  SmallNetworkOptions network;
  network.features = "features { id { column: 'item_id' table: 'items' } }";
  EXPECT_THAT(std::string(CreateError(SmallNetworkJob(network)).message()), HasSubstr("no table is named 'items'"));
  network = WithLoss("loss { softmax_cross_entropy { weight: 1 } }");
  EXPECT_THAT(std::string(CreateError(SmallNetworkJob(network)).message()), HasSubstr("weight has 1 values"));
}

}  // namespace
}  // namespace shoal
