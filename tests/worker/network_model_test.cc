#include "worker/network_model.h"

#include <cmath>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/small_job.h"
#include "tests/worker/expect_gradients.h"
#include "tests/worker/network_problem.h"

namespace shoal {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Ne;

constexpr char kTriplet[] = "loss { triplet { mining: ALL } }";
constexpr char kContrastive[] = "loss { contrastive { margin: 2 } }";
constexpr char kSampledSoftmax[] =
    "loss { sampled_softmax { num_sampled: 2 table: 'class' bias_table: 'class_bias' } }";

constexpr char kGivenTriplets[] =
    "loss { triplet { mining: GIVEN margin: 2 } } "
    "members { columns: ['positive_pair', 'positive_tags', 'weight'] } "
    "members { columns: ['negative_pair', 'negative_tags', 'price'] }";
constexpr char kGivenPairs[] =
    "loss { contrastive { mining: GIVEN margin: 2 same: 'same' } } "
    "members { columns: ['positive_pair', 'positive_tags', 'weight'] }";

// Arrays of ids, weighted lists and numbers, which the members above fit.
SmallNetworkOptions WithGiven(SmallNetworkOptions options) {
  options.features = R"pb(
    features { id { column: "anchor_pair" table: "item" } }
    features { bag { column: "anchor_tags" table: "word" mode: SUM } }
    features { dense { columns: "price" } }
  )pb";
  return options;
}

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

void ExpectGradientsAgreeWithDifferences(const SmallNetworkOptions& network) {
  SCOPED_TRACE(network.features + network.tower + network.loss);
  const NetworkProblem problem(network);
  ExpectGradientsOf(problem, [&](const NetworkValues& values) { return problem.Loss(values); });
}

// ---- Gradients -----------------------------------------------------------------------------------------------------

TEST(NetworkModelTest, GradientsAgreeWithDifferences) {
  ExpectGradientsAgreeWithDifferences({});
  ExpectGradientsAgreeWithDifferences(WithLoss("loss { softmax_cross_entropy { weight: [1, 2, 0.5] } }"));
  ExpectGradientsAgreeWithDifferences(WithDropout());
}

TEST(NetworkModelTest, GradientsOfClassesInTablesAgreeWithDifferences) {
  ExpectGradientsAgreeWithDifferences(WithLoss(kSampledSoftmax));
  SmallNetworkOptions network =
      WithLoss("loss { sampled_softmax { num_sampled: 1 sampler: UNIFORM table: 'class' bias_table: 'class_bias' } }");
  network.features = "features { image { column: 'picture' } }";
  const NetworkProblem problem(network);
  const auto loss = [&](const NetworkValues& values) { return problem.Loss(values); };
  ExpectNear(problem.Train().gradients.tables, Differences(problem, &NetworkValues::tables, loss), 1e-4, 1e-2);
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

TEST(NetworkModelTest, GradientsOfArraysAndWeightedListsOfIdsAgreeWithDifferences) {
  ExpectGradientsAgreeWithDifferences(WithGiven({}));
}

TEST(NetworkModelTest, GradientsOfGivenTripletsAndPairsAgreeWithDifferences) {
  for (const char* loss : {kGivenTriplets, kGivenPairs}) {
    ExpectGradientsAgreeWithDifferences(WithGiven(WithLoss(loss)));
    ExpectGradientsAgreeWithDifferences(WithGiven(WithDropout(loss)));
  }
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
  const auto loss = [&](const NetworkValues& values) { return problem.Loss(values); };
  ExpectNear(result.gradients.dense, Differences(problem, &NetworkValues::dense, loss), 1e-4, 1e-2);
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
                                         kContrastive, kSampledSoftmax));

class GivenMembersWorkersTest : public NetworkModelWorkersTest {};

TEST_P(GivenMembersWorkersTest, ShareAGlobalBatch) {
  for (const NetworkProblem& problem :
       {NetworkProblem(WithGiven(WithLoss(GetParam()))), NetworkProblem(WithGiven(WithDropout(GetParam())))}) {
    for (const int workers : {2, 3, 20}) ExpectSame(problem, workers);
  }
}

// Dropout and sums are those of one worker to the bit.
TEST_P(GivenMembersWorkersTest, HaveTheSameSumsWithoutProductsOfMatrices) {
  SmallNetworkOptions network = WithGiven(WithLoss(GetParam()));
  network.tower = "tower { tanh {} } tower { dropout {} }";
  const NetworkProblem problem(network);
  for (const int workers : {2, 3, 20}) {
    EXPECT_EQ(problem.Train(workers).sums.DebugString(), problem.Train().sums.DebugString());
    EXPECT_EQ(problem.Validate(workers).sums.DebugString(), problem.Validate().sums.DebugString());
  }
}

INSTANTIATE_TEST_SUITE_P(Losses, GivenMembersWorkersTest, testing::Values(kGivenTriplets, kGivenPairs));

TEST(NetworkModelTest, AnExampleIsOneHoweverManyMembersItHas) {
  for (const char* loss : {kGivenTriplets, kGivenPairs}) {
    EXPECT_EQ(NetworkProblem(WithGiven(WithLoss(loss))).Train().sums.examples(), 17u);
  }
}

TEST(NetworkModelTest, MembersOfAnExampleAreDroppedOutApart) {
  SmallNetworkOptions network = WithLoss(
      "loss { contrastive { mining: GIVEN same: 'same' eps: 0 } } members { columns: ['price', 'weight', 'price'] }");
  network.features = R"pb(features { dense { columns: "price" columns: "weight" columns: "price" } })pb";
  network.tower = "tower { linear { out_features: 20 } } tower { dropout {} }";
  // The two members are equal: only what is dropped out lies between them.
  EXPECT_THAT(NetworkProblem(network).Train().gradients.dense.at("tower.0.weight"), Contains(Ne(0.0)));
  network.tower = "tower { linear { out_features: 20 } }";
  EXPECT_THAT(NetworkProblem(network).Train().gradients.dense.at("tower.0.weight"), Each(0.0));
}

TEST(NetworkModelTest, OnlyLossesOfTheGlobalBatchAreGathered) {
  const auto width = [](const SmallNetworkOptions& network) {
    const ResolvedJob job = SmallNetworkJob(network);
    const Schedule schedule = Schedule::Create(job.job().training(), 1, 1).value();
    return NetworkModel::Create(job, schedule).value()->gathered_width();
  };
  EXPECT_EQ(width({}), 0);
  EXPECT_EQ(width(WithLoss(kTriplet)), 3);
  EXPECT_EQ(width(WithLoss(kContrastive)), 3);
  EXPECT_EQ(width(WithGiven(WithLoss(kGivenTriplets))), 9) << "the mean is over the triplets of all workers that cost";
  EXPECT_EQ(width(WithGiven(WithLoss(kGivenPairs))), 0);
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

// The mean over all classes of the definition, and an accuracy, whatever would be drawn in training.
TEST(NetworkModelTest, ValidationOfSampledSoftmaxReadsAllClasses) {
  const NetworkProblem problem(WithLoss(kSampledSoftmax));
  const MetricSums sums = problem.Validate().sums;
  EXPECT_NEAR(sums.loss() / sums.loss_weight() / problem.Loss(problem.values(), /*training=*/false), 1, 1e-5);
  EXPECT_THAT(FindMetric(sums, "accuracy"), testing::SizeIs(1));
  EXPECT_THAT(FindMetric(problem.Train().sums, "accuracy"), testing::IsEmpty());
}

TEST(NetworkModelTest, ValidationOfSampledSoftmaxMayLookAtDrawnClassesAlone) {
  NetworkProblem problem(
      WithLoss("loss { sampled_softmax { num_sampled: 2 table: 'class' bias_table: 'class_bias' "
               "sampled_validation: true } }"));
  const MetricSums sums = problem.Validate().sums;
  EXPECT_NEAR(sums.loss() / sums.loss_weight() / problem.Loss(problem.values(), /*training=*/false), 1, 1e-5);
  EXPECT_THAT(FindMetric(sums, "accuracy"), testing::IsEmpty());
  problem.step = 4;
  EXPECT_EQ(problem.Validate().sums.loss(), sums.loss()) << "every epoch draws the same";
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

TEST(NetworkModelTest, AnOutputThatIsNoClassDoesNoHarmButEveryClassNeedsOne) {
  ResolvedJob job = SmallNetworkJob();
  job.mutable_labels(0)->set_num_classes(2);
  EXPECT_TRUE(CreateError(job).ok());
  job.mutable_labels(0)->set_num_classes(10);
  EXPECT_EQ(CreateError(job),
            absl::InvalidArgumentError("model.network.tower: has 3 outputs, but label 'label' has 10 classes in "
                                       "data.train: softmax_cross_entropy needs an output for each"));
  job = SmallNetworkJob(WithLoss(kTriplet));
  job.mutable_labels(0)->set_num_classes(10);
  EXPECT_TRUE(CreateError(job).ok()) << "an embedding may have any width";
}

TEST(NetworkModelTest, MembersThatDoNotFitAreAnError) {
  SmallNetworkOptions network = WithGiven(WithLoss(kGivenPairs));
  ResolvedJob job = SmallNetworkJob(network);
  EXPECT_EQ(CreateError(job), absl::OkStatus());
  job.mutable_job()->mutable_model()->mutable_network()->mutable_members(0)->set_columns(0, "positive");
  EXPECT_EQ(CreateError(job), absl::InvalidArgumentError("model.network.members[0] makes 24 numbers, but the features "
                                                         "make 29; all members go through one tower"));
  job.mutable_job()->mutable_model()->mutable_network()->clear_members();
  EXPECT_EQ(CreateError(job),
            absl::InvalidArgumentError("model.network.members has 0, but the loss compares an example with 1"));
}

TEST(NetworkModelTest, GivenPairsReadWhetherTheyBelongTogether) {
  const ResolvedJob job = SmallNetworkJob(WithGiven(WithLoss(kGivenPairs)));
  const Schedule schedule = Schedule::Create(job.job().training(), 1, 1).value();
  const std::unique_ptr<Model> model = NetworkModel::Create(job, schedule).value();
  EXPECT_THAT(model->columns().numbers, ElementsAre("price", "weight", "same"));
  EXPECT_THAT(model->columns().bags, ElementsAre("anchor_tags", "positive_tags"));
  EXPECT_THAT(model->columns().arrays, ElementsAre("anchor_pair", "positive_pair"));
  EXPECT_EQ(model->lookups().size(), 4u);
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
