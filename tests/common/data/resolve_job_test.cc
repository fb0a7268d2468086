#include "common/data/resolve_job.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/common/data/parse_job.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;

constexpr char kBiases[] = R"pb(
  tables { name: 'ub' embedding_dim: 1 }
  tables { name: 'gb' embedding_dim: 1 }
  model { matrix_factorization { user_bias_table: 'ub' global_bias_table: 'gb' } }
)pb";

DataSizes Sizes(std::vector<int64_t> table_rows) {
  DataSizes sizes;
  sizes.num_train_examples = 1000;
  sizes.num_validation_examples = 200;
  sizes.table_rows = std::move(table_rows);
  return sizes;
}

absl::StatusOr<ResolvedJob> Resolve(const JobConfig& job, DataSizes sizes) {
  sizes.table_rows.resize(static_cast<size_t>(job.tables_size()), 0);
  return ResolveJob(job, FindModelInputs(job).value(), sizes);
}

ResolvedJob Resolved(const std::string& more) { return Resolve(RatingsJob(more), Sizes({9, 8})).value(); }

std::string Error(const std::string& more, const DataSizes& sizes) {
  const absl::Status status = Resolve(RatingsJob(more), sizes).status();
  EXPECT_EQ(absl::StatusCode::kInvalidArgument, status.code());
  return std::string(status.message());
}

TEST(ResolveJobTest, TablesHaveTheSizesOfTheirVocabulariesAndBiasesFollow) {
  const JobConfig job = RatingsJob(kBiases);
  const ResolvedJob resolved = Resolve(job, Sizes({9, 8})).value();
  EXPECT_EQ(9, resolved.job().tables(0).num_embeddings());
  EXPECT_EQ(8, resolved.job().tables(1).num_embeddings());
  EXPECT_EQ(9, resolved.job().tables(2).num_embeddings());
  EXPECT_EQ(1, resolved.job().tables(3).num_embeddings());
  EXPECT_THAT(resolved.vocabulary_tables(), ElementsAre("users", "items"));
}

TEST(ResolveJobTest, GivenSizesStay) {
  JobConfig job = RatingsJob(kBiases);
  job.mutable_tables(0)->set_num_embeddings(50);
  job.mutable_tables(2)->set_num_embeddings(60);
  job.mutable_tables(3)->set_num_embeddings(2);
  const ResolvedJob resolved = Resolve(job, Sizes({0, 8})).value();
  EXPECT_EQ(50, resolved.job().tables(0).num_embeddings());
  EXPECT_EQ(60, resolved.job().tables(2).num_embeddings());
  EXPECT_EQ(2, resolved.job().tables(3).num_embeddings());
  EXPECT_THAT(resolved.vocabulary_tables(), ElementsAre("items"));
}

TEST(ResolveJobTest, ABiasTableSmallerThanItsFeatureIsRefused) {
  EXPECT_EQ("tables 'ub': num_embeddings 5 is less than the 9 rows of table 'users', by whose ids it is looked up",
            Error(R"pb(
                    tables { name: 'ub' num_embeddings: 5 }
                    model { matrix_factorization { user_bias_table: 'ub' } }
                  )pb",
                  Sizes({9, 8})));
}

TEST(ResolveJobTest, TablesTakeWhatTheyDoNotGiveFromTraining) {
  const ResolvedJob resolved = Resolved(R"pb(
                                          tables {
                                            name: 'own'
                                            optimizer { sgd { momentum: 0.5 } }
                                            row_semantics: LAZY
                                            initializer { constant { value: 2 } }
                                          }
                                          training {
                                            optimizer { adam { beta2: 0.99 } }
                                            row_semantics: DENSE_EQUIVALENT
                                          }
                                        )pb" +
                                        std::string());
  const TableConfig& users = resolved.job().tables(0);
  EXPECT_FLOAT_EQ(0.99, users.optimizer().adam().beta2());
  EXPECT_EQ(DENSE_EQUIVALENT, users.row_semantics());
  EXPECT_TRUE(users.initializer().has_normal());
  EXPECT_EQ(1, users.initializer().normal().std());
  const TableConfig& own = resolved.job().tables(2);
  EXPECT_FLOAT_EQ(0.5, own.optimizer().sgd().momentum());
  EXPECT_EQ(LAZY, own.row_semantics());
  EXPECT_TRUE(own.has_row_semantics());
  EXPECT_EQ(2, own.initializer().constant().value());
}

// Table 'users' of 9 rows, resolved with `more` in it.
absl::StatusOr<TableConfig> ResolvedUsers(const std::string& more) {
  JobConfig job = RatingsJob("");
  EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(more, job.mutable_tables(0))) << more;
  SHOAL_ASSIGN_OR_RETURN(const ResolvedJob resolved, Resolve(job, Sizes({9, 8})));
  return resolved.job().tables(0);
}

TEST(ResolveJobTest, ThePaddingRowCountsFromTheStart) {
  for (const auto& [given, expected] : std::vector<std::pair<int64_t, int64_t>>{{0, 0}, {8, 8}, {-1, 8}, {-9, 0}}) {
    EXPECT_EQ(expected, ResolvedUsers(absl::StrCat("padding_idx: ", given))->padding_idx()) << given;
  }
  EXPECT_FALSE(ResolvedUsers("")->has_padding_idx());
}

TEST(ResolveJobTest, APaddingRowThatTheTableDoesNotHaveIsRefused) {
  for (const int64_t padding : {9, -10}) {
    EXPECT_EQ(absl::InvalidArgumentError(absl::StrCat("table 'users': padding_idx ", padding,
                                                      " is out of range: the table has 9 rows, -9 to 8")),
              ResolvedUsers(absl::StrCat("padding_idx: ", padding)).status());
  }
}

TEST(ResolveJobTest, AFrozenTableHasAnOptimizerWithoutState) {
  const std::string adam = " optimizer { adam {} } row_semantics: DENSE_EQUIVALENT";
  for (const std::string frozen : {"freeze: true", "pretrained { path: 'x.npy' }", "freeze: true pretrained {}"}) {
    const TableConfig table = ResolvedUsers(frozen + adam).value();
    EXPECT_TRUE(table.freeze()) << frozen;
    EXPECT_TRUE(table.optimizer().has_sgd());
    EXPECT_EQ(0, table.optimizer().sgd().ByteSizeLong());
    EXPECT_EQ(LAZY, table.row_semantics());
  }
  for (const std::string learning : {"", "freeze: false pretrained {}", "pretrained { freeze: false }"}) {
    const TableConfig table = ResolvedUsers(learning + adam).value();
    EXPECT_FALSE(table.freeze()) << learning;
    EXPECT_TRUE(table.optimizer().has_adam());
    EXPECT_EQ(DENSE_EQUIVALENT, table.row_semantics());
  }
}

TEST(ResolveJobTest, TheDefaultInitializerIsTheStandardNormal) {
  const InitializerConfig initializer = ResolvedUsers("")->initializer();
  EXPECT_TRUE(initializer.has_normal());
  EXPECT_EQ(0, initializer.normal().mean());
  EXPECT_EQ(1, initializer.normal().std());
}

TEST(ResolveJobTest, TheDefaultOptimizerIsPlainSgd) {
  const ResolvedJob resolved = Resolved("");
  EXPECT_TRUE(resolved.job().tables(0).optimizer().has_sgd());
  EXPECT_TRUE(resolved.job().tables(0).has_row_semantics());
}

TEST(ResolveJobTest, SeveralWorkersNeedAServer) {
  EXPECT_EQ(0, Resolved("").job().cluster().parameter_servers());
  EXPECT_TRUE(Resolved("").job().cluster().has_parameter_servers());
  EXPECT_EQ(1, Resolved("cluster { workers: 2 }").job().cluster().parameter_servers());
  EXPECT_EQ(3, Resolved("cluster { workers: 2 parameter_servers: 3 }").job().cluster().parameter_servers());
}

TEST(ResolveJobTest, TheSplitHasTheSeedOfTheJobUnlessItGivesItsOwn) {
  EXPECT_EQ(7u, Resolved("seed: 7 data { random_split {} }").job().data().random_split().seed());
  EXPECT_EQ(0u, Resolved("seed: 7 data { random_split { seed: 0 } }").job().data().random_split().seed());
  EXPECT_FALSE(Resolved("seed: 7").job().data().has_random_split());
}

TEST(ResolveJobTest, StepsAreCountedOverTheTrainingExamples) {
  const ResolvedJob resolved = Resolved("training { batch_size: 64 epochs: 5 }");
  EXPECT_EQ(1000, resolved.num_train_examples());
  EXPECT_EQ(200, resolved.num_validation_examples());
  EXPECT_EQ(16, resolved.steps_per_epoch());
  EXPECT_EQ(80, resolved.total_steps());
  EXPECT_EQ(15, Resolved("training { batch_size: 64 drop_last: true }").steps_per_epoch());
}

TEST(ResolveJobTest, NoTrainingExamplesAreAnError) {
  DataSizes sizes = Sizes({9, 8});
  sizes.num_train_examples = 0;
  EXPECT_EQ("data.train: there are no training examples", Error("", sizes));
  sizes.skipped = {4, {"a:1: bad", "a:2: worse", "a:3: bad"}};
  EXPECT_EQ(
      "data.train: there are no training examples; 4 bad records left out; the first 3: a:1: bad; a:2: worse; a:3: bad",
      Error("", sizes));
}

TEST(ResolveJobTest, NoValidationExamplesAreAnErrorWhereTheJobAsksForThem) {
  DataSizes sizes = Sizes({9, 8});
  sizes.num_validation_examples = 0;
  EXPECT_TRUE(Resolve(RatingsJob(), sizes).ok());
  EXPECT_EQ("data.random_split.validation_fraction: there are no validation examples beside the 1000 for training",
            Error("data { random_split {} }", sizes));
  EXPECT_EQ("data.validation: there are no validation examples beside the 1000 for training",
            Error("data { validation {} }", sizes));
}

TEST(ResolveJobTest, DroppingTheOnlyBatchIsAnError) {
  EXPECT_EQ("training.drop_last leaves no step: 1000 training examples do not fill training.batch_size 1001",
            Error("training { batch_size: 1001 drop_last: true }", Sizes({9, 8})));
}

// ---- Networks -------------------------------------------------------------------------------------------------------

constexpr char kNetwork[] = R"pb(
  data { columns { name: 'text' type: TEXT } }
  tables { name: 'words' embedding_dim: 4 }
  model {
    network {
      features { bag { column: 'text' table: 'words' } }
      features { image { column: 'face' } }
      tower { prelu { num_parameters: 28 } }
      tower { linear { out_features: 3 } }
      label: 'who'
      loss { softmax_cross_entropy {} }
    }
  }
)pb";

DataSizes NetworkSizes() {
  DataSizes sizes = Sizes({70});
  sizes.num_classes = {3};
  sizes.images.emplace_back().set_name("face");
  sizes.images[0].set_height(4);
  sizes.images[0].set_width(6);
  return sizes;
}

std::string NetworkError(const std::string& more, const DataSizes& sizes) {
  const absl::Status status = Resolve(ParseJobWith(kNetwork, more), sizes).status();
  EXPECT_EQ(absl::StatusCode::kInvalidArgument, status.code());
  return std::string(status.message());
}

// 15 steps an epoch.
TEST(ResolveJobTest, MoreStepsThanRowsCanCountAreAnError) {
  EXPECT_EQ(4294967295u, Resolved("training { batch_size: 64 drop_last: true epochs: 286331153 }").total_steps());
  EXPECT_EQ(
      "training.epochs 286331154 of 15 steps each are 4294967310 steps, more than the 4294967295 that rows can count; "
      "train for fewer epochs, or with a larger training.batch_size",
      Error("training { batch_size: 64 drop_last: true epochs: 286331154 }", Sizes({9, 8})));
}

TEST(ResolveJobTest, LabelsImagesAndTextsHaveTheSizesOfTheData) {
  const ResolvedJob resolved = Resolve(ParseJob(kNetwork), NetworkSizes()).value();
  EXPECT_EQ(70, resolved.job().tables(0).num_embeddings());
  EXPECT_THAT(resolved.vocabulary_tables(), ElementsAre("words"));
  ASSERT_EQ(1, resolved.labels_size());
  EXPECT_EQ("who", resolved.labels(0).name());
  EXPECT_EQ(3, resolved.labels(0).num_classes());
  ASSERT_EQ(1, resolved.images_size());
  EXPECT_EQ("face", resolved.images(0).name());
  EXPECT_EQ(4, resolved.images(0).height());
  EXPECT_EQ(6, resolved.images(0).width());
}

TEST(ResolveJobTest, BalancedBatchesHaveASizeOfTheirOwn) {
  const ResolvedJob resolved =
      Resolve(ParseJobWith(kNetwork,
                           "model { network { balanced_batches { classes: 3 samples: 7 } } } training { epochs: 2 }"),
              NetworkSizes())
          .value();
  EXPECT_EQ(21, resolved.job().training().batch_size());
  EXPECT_EQ(47, resolved.steps_per_epoch());
  EXPECT_EQ(94, resolved.total_steps());
}

TEST(ResolveJobTest, ATextColumnWithoutTokensIsAnError) {
  DataSizes sizes = NetworkSizes();
  sizes.table_rows = {0};
  EXPECT_EQ("data.train: no text of column 'text' has a token that counts, so table 'words' has no rows",
            NetworkError("", sizes));
}

TEST(ResolveJobTest, ATowerThatDoesNotFitTheImagesIsAnError) {
  DataSizes sizes = NetworkSizes();
  sizes.images[0].set_width(5);
  EXPECT_EQ(
      "model.network.tower[0].prelu.num_parameters: must be 1 or the number of features that the layer gets, 24, "
      "is 28",
      NetworkError("", sizes));
  sizes.images[0].set_height(1 << 12);
  sizes.images[0].set_width(1 << 12);
  EXPECT_EQ("model.network.features: make 16777220 numbers an example; at most 16777216 are possible",
            NetworkError("", sizes));
}

TEST(ResolveJobTest, EveryClassNeedsAnOutput) {
  DataSizes sizes = NetworkSizes();
  sizes.num_classes = {2};
  EXPECT_TRUE(Resolve(ParseJob(kNetwork), sizes).ok());
  sizes.num_classes = {4};
  EXPECT_EQ(
      "model.network.tower: has 3 outputs, but label 'who' has 4 classes in data.train: softmax_cross_entropy "
      "needs an output for each",
      NetworkError("", sizes));
  EXPECT_TRUE(Resolve(ParseJobWith(kNetwork, "model { network { loss { triplet {} } } }"), sizes).ok());
}

constexpr char kClassTables[] = R"pb(
  tables { name: 'class' embedding_dim: 3 }
  tables { name: 'bias' embedding_dim: 1 }
  model { network { loss { sampled_softmax { num_sampled: 2 table: 'class' bias_table: 'bias' } } } }
)pb";

TEST(ResolveJobTest, ClassTablesHaveARowForEachClass) {
  const ResolvedJob resolved = Resolve(ParseJobWith(kNetwork, kClassTables), NetworkSizes()).value();
  EXPECT_EQ(3, resolved.job().tables(1).num_embeddings());
  EXPECT_EQ(3, resolved.job().tables(2).num_embeddings());
  EXPECT_THAT(resolved.vocabulary_tables(), ElementsAre("words"));
}

TEST(ResolveJobTest, ClassTablesThatDoNotFitTheClassesAreAnError) {
  const auto error = [](const std::string& more, const DataSizes& sizes = NetworkSizes()) {
    JobConfig job = ParseJobWith(kNetwork, kClassTables);
    EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(more, &job));
    const absl::Status status = Resolve(job, sizes).status();
    EXPECT_EQ(absl::StatusCode::kInvalidArgument, status.code());
    return std::string(status.message());
  };
  EXPECT_EQ(
      "model.network.loss.sampled_softmax.num_sampled: is 4, but label 'who' has 3 classes in data.train: draw fewer, "
      "or set unique to false",
      error("model { network { loss { sampled_softmax { num_sampled: 4 } } } }"));
  EXPECT_EQ("model.network.loss.sampled_softmax.table: table 'words' must have embedding_dim 3, has 4",
            error("model { network { loss { sampled_softmax { table: 'words' } } } }"));
  DataSizes sizes = NetworkSizes();
  sizes.num_classes = {71};
  EXPECT_EQ(
      "model.network.loss.sampled_softmax.bias_table: table 'few' has num_embeddings 5, but label 'who' has 71 classes "
      "in data.train: it needs a row for each",
      error("tables { name: 'few' embedding_dim: 1 num_embeddings: 5 } "
            "model { network { loss { sampled_softmax { bias_table: 'few' } } } }",
            sizes));
}

TEST(ResolveJobTest, ClassRowsThatNoServerCanSendAtOnceAreAnError) {
  DataSizes sizes = NetworkSizes();
  sizes.num_classes = {200'000'000};
  sizes.num_validation_examples = 10;
  JobConfig job = ParseJobWith(kNetwork, kClassTables);
  EXPECT_TRUE(Resolve(job, sizes).ok()) << "embedded";
  job.mutable_cluster()->set_parameter_servers(2);
  EXPECT_EQ(
      "model.network.loss.sampled_softmax.sampled_validation: is false, but 2400000000 bytes of class rows are too "
      "many "
      "to be read from 2 parameter servers at once, each of which can send 1073741824; set it to true",
      Resolve(job, sizes).status().message());
  job.mutable_model()->mutable_network()->mutable_loss()->mutable_sampled_softmax()->set_sampled_validation(true);
  EXPECT_TRUE(Resolve(job, sizes).ok());
}

TEST(ResolveJobTest, BalancedBatchesNeedTheirClasses) {
  EXPECT_EQ("model.network.balanced_batches.classes: is 4, but label 'who' has 3 classes in data.train",
            NetworkError("model { network { balanced_batches { classes: 4 samples: 1 } } }", NetworkSizes()));
}

}  // namespace
}  // namespace shoal
