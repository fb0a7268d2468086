// Rules of networks and of the data that they read, through ValidateJob.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/config/validate_job.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/config/test_job.h"
#include "tests/common/config/wrong_value.h"

namespace shoal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// 3 + 4 + 2 features in, 5 outputs.
constexpr char kNetworkJob[] = R"(data {
  train { path: "train.tsv" }
  columns { name: "user" position: 0 }
  columns { name: "kind" position: 1 type: LABEL }
  columns { name: "words" position: 2 type: TEXT text { lowercase: true } }
  columns { name: "age" position: 3 type: NUMBER }
  columns { name: "height" position: 4 type: NUMBER }
  columns { name: "title" position: 5 type: TEXT text { lowercase: true } }
}
tables { name: "user" embedding_dim: 3 }
tables { name: "word" embedding_dim: 4 }
model {
  network {
    features { id { column: "user" table: "user" } }
    features { bag { column: "words" table: "word" } }
    features { dense { columns: ["age", "height"] } }
    tower { prelu { num_parameters: 9 } }
    tower { linear { out_features: 5 } }
    label: "kind"
    loss { softmax_cross_entropy {} }
  }
}
)";

// A network of images, whose size is not known before they are read.
constexpr char kImageJob[] = R"(data {
  train { path: "images" labels_path: "labels" format: IDX }
}
model {
  network {
    features { image { column: "image" std: 0.5 } }
    tower { prelu { num_parameters: 12 } }
    label: "label"
    loss { triplet {} }
    balanced_batches { classes: 2 samples: 2 }
  }
}
)";

std::vector<std::string> Split(const std::string& set) {
  return set.empty() ? std::vector<std::string>() : absl::StrSplit(set, '|');
}

// Classes in tables, five of whose numbers each the tower puts out.
constexpr char kClassesInTables[] =
    "tables=[{name: 'user' embedding_dim: 3}, {name: 'word' embedding_dim: 4}, {name: 'class' embedding_dim: 5}, "
    "{name: 'bias' embedding_dim: 1}]|model.network.loss={sampled_softmax {num_sampled: 7 table: 'class'}}|";

class WrongNetworkTest : public testing::TestWithParam<WrongValue> {};

TEST_P(WrongNetworkTest, IsTheOnlyProblemAndIsExplained) {
  const std::vector<std::string> problems = ProblemsOf(kNetworkJob, Split(GetParam().set));
  ASSERT_EQ(problems.size(), 1) << testing::PrintToString(problems);
  EXPECT_THAT(problems[0], testing::HasSubstr(": " + GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    Features, WrongNetworkTest,
    testing::Values(
        WrongValue{"model.network.features=[]", "model.network.features: at least one is required"},
        WrongValue{"model.network.features[2]={}",
                   "model.network.features[2]: must hold one of: id, bag, image, dense"},
        WrongValue{"model.network.features[0].id.column=usr",
                   "model.network.features[0].id.column: the data has no column 'usr'; did you mean 'user'?"},
        WrongValue{"model.network.features[0].id.column=words|model.network.features[1].bag.column=title",
                   "model.network.features[0].id.column: column 'words' holds texts; the id and id list columns "
                   "are: user"},
        WrongValue{"model.network.features[1].bag.column=age",
                   "model.network.features[1].bag.column: column 'age' holds numbers; the text and id list "
                   "columns are: words, title"},
        WrongValue{"model.network.features[1].bag.table=words",
                   "model.network.features[1].bag.table: no table is named 'words'; did you mean 'word'?"},
        WrongValue{"tables.word.num_embeddings=100",
                   "model.network.features[1].bag.table: table 'word' must not give num_embeddings, which is 100"},
        WrongValue{
            "tables.word.scale_grad_by_freq=true|model.network.features[1].bag.mode=MAX",
            "model.network.features[1].bag.mode: MAX does not go with scale_grad_by_freq, which table 'word' has"},
        WrongValue{"model.network.features[2].dense={}|model.network.tower[0]=relu {}",
                   "model.network.features[2].dense.columns: at least one is required"},
        WrongValue{"model.network.features[2].dense.columns=['age', 'kind']",
                   "model.network.features[2].dense.columns: column 'kind' holds labels; the number columns are: age, "
                   "height"},
        WrongValue{"model.network.features[2]=image {column: 'age'}|model.network.tower[0]=relu {}",
                   "model.network.features[2].image.column: column 'age' holds numbers; there are no image columns"},
        WrongValue{"model.network.features[2]=bag {column: 'words' table: 'user'}|model.network.tower=[]|"
                   "model.network.features[0]=dense {columns: 'age'}",
                   "model.network.features[2].bag.table: must be 'word' as at job.textproto:15: column 'words' has one "
                   "table, is 'user'"},
        WrongValue{"model.network.features[2]=id {column: 'user' table: 'word'}|model.network.tower=[]|"
                   "model.network.features[0]=dense {columns: 'age'}",
                   "model.network.features[2].id.table: 'word' is looked up by texts at job.textproto:15; ids and "
                   "texts need tables of their own"},
        WrongValue{"model.network.features[2]=bag {column: 'title' table: 'word'}|model.network.tower[0]=relu {}|"
                   "data.columns.title.text.word_ngrams=2",
                   "model.network.features[2].bag.table: 'word' is looked up by the texts of column 'words' at "
                   "job.textproto:15, whose 'text' differs"}));

TEST(ValidateNetworkTest, ClassesMayLieInTables) {
  EXPECT_THAT(ProblemsOf(kNetworkJob,
                         Split(absl::StrCat(kClassesInTables, "model.network.loss.sampled_softmax.bias_table=bias"))),
              IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    SampledSoftmax, WrongNetworkTest,
    testing::Values(
        WrongValue{
            "tables.word.num_partitions=3|model.network.loss={sampled_softmax {table: 'word' num_sampled: 1}}|"
            "model.network.tower[1].linear.out_features=4",
            "model.network.loss.sampled_softmax.table: must be a table of its own, with a row a class; 'word' is "
            "looked up by the ids of a feature"},
        WrongValue{absl::StrCat(kClassesInTables, "model.network.loss.sampled_softmax.num_sampled=0"),
                   "model.network.loss.sampled_softmax.num_sampled: must be at least 1, is 0"},
        WrongValue{absl::StrCat(kClassesInTables, "model.network.loss.sampled_softmax={table: 'class'}"),
                   "model.network.loss.sampled_softmax.num_sampled: is required"},
        WrongValue{absl::StrCat(kClassesInTables, "model.network.loss.sampled_softmax={num_sampled: 3}"),
                   "model.network.loss.sampled_softmax.table: is required"},
        WrongValue{absl::StrCat(kClassesInTables, "model.network.loss.sampled_softmax.table=classes"),
                   "model.network.loss.sampled_softmax.table: no table is named 'classes'; did you mean 'class'?"},
        WrongValue{absl::StrCat(kClassesInTables, "tables.class.embedding_dim=4"),
                   "model.network.loss.sampled_softmax.table: table 'class' must have the embedding_dim of the tower's "
                   "5 outputs, has 4"},
        WrongValue{absl::StrCat(kClassesInTables,
                                "model.network.loss.sampled_softmax.bias_table=bias|"
                                "tables.bias.embedding_dim=2"),
                   "model.network.loss.sampled_softmax.bias_table: table 'bias' must have embedding_dim 1, has 2"},
        WrongValue{absl::StrCat(kClassesInTables,
                                "tables.class.embedding_dim=1|"
                                "model.network.tower[1].linear.out_features=1|"
                                "model.network.loss.sampled_softmax.bias_table=class"),
                   "model.network.loss.sampled_softmax.bias_table: must not be the table of the classes' rows"}));

INSTANTIATE_TEST_SUITE_P(
    TowerAndLoss, WrongNetworkTest,
    testing::Values(
        WrongValue{"model.network.tower[0].prelu.num_parameters=10",
                   "model.network.tower[0].prelu.num_parameters: must be 1 or the number of features that the layer "
                   "gets, 9, is 10"},
        WrongValue{"model.network.tower[1].linear.out_features=0",
                   "model.network.tower[1].linear.out_features: must be from 1"},
        WrongValue{"model.network.embedding_layers=3", "model.network.embedding_layers: must be from 0 to 2, is 3"},
        WrongValue{"model.network.embedding_layers=-1", "model.network.embedding_layers: must be from 0 to 2, is -1"},
        WrongValue{"model.network.knn_accuracy={}",
                   "model.network.knn_accuracy: needs validation data: data.validation or data.random_split"},
        WrongValue{"data.random_split={}|model.network.knn_accuracy.k=0",
                   "model.network.knn_accuracy.k: must be at least 1, is 0"},
        WrongValue{"data.random_split={}|model.network.knn_accuracy.distance=SQUARED_EUCLIDEAN",
                   "model.network.knn_accuracy.distance: must be EUCLIDEAN, which has the same nearest neighbours, or "
                   "COSINE"},
        WrongValue{"model.network.loss={}", "model.network.loss: must hold one of: softmax_cross_entropy, triplet"},
        WrongValue{"model.network.label=user",
                   "model.network.label: column 'user' holds ids; the label columns are: kind"},
        WrongValue{"model.network.loss.softmax_cross_entropy.weight=[1, 2]",
                   "model.network.loss.softmax_cross_entropy.weight: must be given for each of the tower's 5 outputs, "
                   "is for 2"},
        WrongValue{"model.network.loss.softmax_cross_entropy.weight=[1, 2, -3, 4, 5]",
                   "model.network.loss.softmax_cross_entropy.weight: must not be negative, is -3 for class 2"},
        WrongValue{"model.network.loss.softmax_cross_entropy.weight=[0, 0, 0, 0, 0]",
                   "model.network.loss.softmax_cross_entropy.weight: must be above 0 for some class"},
        WrongValue{"model.network.loss.softmax_cross_entropy.weight=[0, 0, nan, 1, 1]",
                   "model.network.loss.softmax_cross_entropy.weight: must be a finite number, is nan"},
        WrongValue{"model.network.loss.softmax_cross_entropy.label_smoothing=1.5",
                   "model.network.loss.softmax_cross_entropy.label_smoothing: must be from 0 to 1, is 1.5"},
        WrongValue{"model.network.loss.softmax_cross_entropy.top_k=0",
                   "model.network.loss.softmax_cross_entropy.top_k: must be at least 1, is 0"},
        WrongValue{"model.network.loss.softmax_cross_entropy.top_k=6",
                   "model.network.loss.softmax_cross_entropy.top_k: must be at most the number of the tower's outputs, "
                   "5, is 6"},
        WrongValue{"model.network.loss.triplet.margin=-1",
                   "model.network.loss.triplet.margin: must be at least 0, is -1"},
        WrongValue{"model.network.loss.contrastive.eps=-1",
                   "model.network.loss.contrastive.eps: must be at least 0, is -1"},
        WrongValue{"model.network.balanced_batches.samples=3", "model.network.balanced_batches.classes: is required"},
        WrongValue{"model.network.balanced_batches={classes: 0 samples: 3}",
                   "model.network.balanced_batches.classes: must be at least 1, is 0"},
        WrongValue{"model.network.loss.triplet={}|model.network.balanced_batches={classes: 2 samples: 1}",
                   "model.network.balanced_batches.samples: must be at least 2, is 1"},
        WrongValue{"model.network.balanced_batches={classes: 65536 samples: 65536}",
                   "model.network.balanced_batches: classes times samples must be below 2^31, is 4294967296"},
        WrongValue{"model.network.balanced_batches={classes: 2 samples: 2}|cluster.workers=5",
                   "cluster.workers: must be at most the size of balanced_batches (4), which is split over them, is "
                   "5"}));

INSTANTIATE_TEST_SUITE_P(
    Data, WrongNetworkTest,
    testing::Values(
        WrongValue{"data.train.labels_path=l", "data.train.labels_path: is for IDX files only, not for DELIMITED"},
        WrongValue{"data.columns.words.text.word_ngrams=17",
                   "data.columns[2].text: word_ngrams must be within 1 to 16"},
        WrongValue{"data.columns.words.text.sentencepiece={}", "data.columns[2].text.sentencepiece.model: is required"},
        WrongValue{"data.columns.age.text={}",
                   "data.columns[3].text: is for columns of type TEXT only, not for NUMBER"},
        WrongValue{"data.columns.kind.name=a/b|model.network.label=a/b",
                   "data.columns[1].name: must be letters, digits, '_', '-' and '.' for a LABEL"}));

class WrongImageJobTest : public testing::TestWithParam<WrongValue> {};

TEST_P(WrongImageJobTest, IsTheOnlyProblemAndIsExplained) {
  const std::vector<std::string> problems = ProblemsOf(kImageJob, Split(GetParam().set));
  ASSERT_EQ(problems.size(), 1) << testing::PrintToString(problems);
  EXPECT_THAT(problems[0], testing::HasSubstr(": " + GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongImageJobTest,
    testing::Values(
        WrongValue{"data.train={path: 'x' format: IDX}", "data.train.labels_path: is required"},
        WrongValue{"data.train.labels_path=", "data.train.labels_path: must not be empty"},
        WrongValue{"data.train.delimiter=,", "data.train.delimiter: is for DELIMITED files only, not for IDX"},
        WrongValue{"data.train.header=true", "data.train.header: is for DELIMITED files only, not for IDX"},
        WrongValue{"data.columns={name: 'x' position: 0}", "data.columns: are for DELIMITED sources"},
        WrongValue{"model.network.features[0].image.column=pixels",
                   "model.network.features[0].image.column: the data has no column 'pixels'; the image columns are: "
                   "image"},
        WrongValue{"model.network.features[0].image.std=0", "model.network.features[0].image.std: must be above 0"},
        WrongValue{"model.network.label=image",
                   "model.network.label: column 'image' holds images; the label columns are: label"}));

class RightNetworkTest : public testing::TestWithParam<std::string> {};

TEST_P(RightNetworkTest, HasNoProblem) { EXPECT_THAT(ProblemsOf(kNetworkJob, Split(GetParam())), IsEmpty()); }

INSTANTIATE_TEST_SUITE_P(
    All, RightNetworkTest,
    testing::Values("", "model.network.embedding_layers=0", "model.network.embedding_layers=2",
                    "data.random_split={}|model.network.knn_accuracy={k: 5 distance: COSINE}", "model.network.tower=[]",
                    "model.network.loss.triplet.mining=SEMI_HARD", "model.network.loss.contrastive={}",
                    "model.network.balanced_batches={classes: 1 samples: 1}",
                    "model.network.loss.softmax_cross_entropy={weight: [0, 1, 2, 3, 4] top_k: 5 label_smoothing: 1}",
                    "model.network.features[2]=bag {column: 'title' table: 'word'}|model.network.tower[0]=relu {}",
                    "model.network.balanced_batches={classes: 50 samples: 2}|cluster.workers=65"));

TEST(ValidateNetworkTest, ANetworkOfImagesNeedsNoTable) { EXPECT_THAT(ProblemsOf(kImageJob), IsEmpty()); }

TEST(ValidateNetworkTest, WhatIsMissingIsReportedAtOnceWithItsLine) {
  EXPECT_THAT(ProblemsOf(R"(data { train { path: "x" } columns { name: "n" position: 0 } }
model {
  network {
    features { bag {} }
    features { image {} }
    tower {}
    balanced_batches {}
  }
})"),
              ElementsAre("job.textproto:3: model.network.loss: is required",
                          "job.textproto:4: model.network.features[0].bag.column: is required",
                          "job.textproto:4: model.network.features[0].bag.table: is required",
                          "job.textproto:5: model.network.features[1].image.column: is required",
                          "job.textproto:6: model.network.tower[0]: must hold one of: linear, relu, prelu, tanh, "
                          "dropout, layer_norm, l2_normalize",
                          "job.textproto:7: model.network.balanced_batches.classes: is required",
                          "job.textproto:7: model.network.balanced_batches.samples: is required"));
}

TEST(ValidateNetworkTest, LossesNeedLabels) {
  std::string job = kImageJob;
  job.replace(job.find("    label: \"label\"\n"), 19, "");
  EXPECT_THAT(ProblemsOf(job), ElementsAre("job.textproto:5: model.network.label: is required"));
}

}  // namespace
}  // namespace shoal
