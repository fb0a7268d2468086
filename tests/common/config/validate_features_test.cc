// Rules of lists of ids and of the members of given triplets and pairs, through ValidateJob.
#include "absl/strings/str_split.h"
#include "common/config/validate_job.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/config/test_job.h"
#include "tests/common/config/wrong_value.h"

namespace shoal {
namespace {

// 3 + 2 * 3 + 1 numbers a member.
constexpr char kTripletJob[] = R"(data {
  train { path: "train.tsv" }
  columns { name: "a" position: 0 type: ID_LIST id_list { weight_separator: ":" } }
  columns { name: "a_pair" position: 1 type: ID_LIST id_list { shape: 2 } }
  columns { name: "a_age" position: 2 type: NUMBER }
  columns { name: "p" position: 3 type: ID_LIST }
  columns { name: "p_pair" position: 4 type: ID_LIST id_list { separator: " " shape: [2, 1] } }
  columns { name: "p_age" position: 5 type: NUMBER }
  columns { name: "n" position: 6 type: ID_LIST id_list { ids: STRING_ID } }
  columns { name: "n_pair" position: 7 type: ID_LIST id_list { shape: 2 } }
  columns { name: "n_age" position: 8 type: NUMBER }
  columns { name: "kind" position: 9 type: LABEL }
  columns { name: "title" position: 10 type: TEXT }
  columns { name: "three" position: 11 type: ID_LIST id_list { shape: 3 } }
}
tables { name: "item" embedding_dim: 3 }
model {
  network {
    features { bag { column: "a" table: "item" mode: SUM } }
    features { id { column: "a_pair" table: "item" } }
    features { dense { columns: "a_age" } }
    members { columns: ["p", "p_pair", "p_age"] }
    members { columns: ["n", "n_pair", "n_age"] }
    tower { prelu { num_parameters: 10 } }
    loss { triplet { mining: GIVEN } }
  }
}
)";

constexpr char kPairs[] = "model.network.members=[{columns: ['p', 'p_pair', 'p_age']}]|";

std::vector<std::string> Split(const std::string& set) {
  return set.empty() ? std::vector<std::string>() : absl::StrSplit(set, '|');
}

class WrongFeaturesTest : public testing::TestWithParam<WrongValue> {};

TEST_P(WrongFeaturesTest, IsTheOnlyProblemAndIsExplained) {
  const std::vector<std::string> problems = ProblemsOf(kTripletJob, Split(GetParam().set));
  ASSERT_EQ(problems.size(), 1) << testing::PrintToString(problems);
  EXPECT_THAT(problems[0], testing::HasSubstr(": " + GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    Lists, WrongFeaturesTest,
    testing::Values(
        WrongValue{"data.columns.p.id_list.separator=", "data.columns[3].id_list.separator: must not be empty"},
        WrongValue{"data.columns.a.id_list.weight_separator=",
                   "data.columns[0].id_list.weight_separator: must not be empty"},
        WrongValue{"data.columns.a.id_list.separator=:",
                   "data.columns[0].id_list.weight_separator: must not be the separator of the ids, \":\""},
        WrongValue{"data.columns.three.id_list.shape=[3, 0]",
                   "data.columns[11].id_list.shape: must be at least 1 in each dimension, is 0"},
        WrongValue{"data.columns.three.id_list.shape=[65536, 65536]",
                   "data.columns[11].id_list.shape: must be at most 16777216 ids, is 2147483648"},
        WrongValue{"data.columns.title.id_list={}",
                   "data.columns[10].id_list: is for columns of type ID_LIST only, not for TEXT"},
        WrongValue{
            "model.network.features[0].bag.mode=MEAN",
            "model.network.features[0].bag.column: column 'a' has weights, which are for bags of mode SUM alone"},
        WrongValue{"data.columns.a_pair.id_list.weight_separator=:",
                   "model.network.features[1].id.column: column 'a_pair' has weights, which are for bags of mode SUM"},
        WrongValue{"data.columns.a_pair.id_list.shape=[]|model.network.tower=[]",
                   "model.network.features[1].id.column: column 'a_pair' has any number of ids; give its id_list a "
                   "shape, or read it as a bag"}));

INSTANTIATE_TEST_SUITE_P(
    Members, WrongFeaturesTest,
    testing::Values(
        WrongValue{"model.network.members=[]",
                   "model.network.members: must be 2, the positive and negative of a given triplet, are 0"},
        WrongValue{"model.network.loss.triplet.mining=ALL|model.network.label=kind",
                   "model.network.members: are for triplet and contrastive losses with mining: GIVEN alone"},
        WrongValue{"model.network.members[1]={}", "model.network.members[1].columns: at least one is required"},
        WrongValue{"model.network.members[1].columns=['n', 'n_pair']",
                   "model.network.members[1].columns: must be one for each of the 3 that 'features' names (a, a_pair, "
                   "a_age), are 2"},
        WrongValue{"model.network.members[0].columns=['p', 'p_pair', 'p_pair']",
                   "model.network.members[0].columns: column 'p_pair' holds lists of ids; the number columns are: "
                   "a_age, "},
        WrongValue{"model.network.members[0].columns=['p', 'three', 'p_age']",
                   "model.network.members[0].columns: column 'three' must have as many ids an example as 'a_pair', 2, "
                   "has 3"},
        WrongValue{"model.network.members[0].columns=['title', 'p_pair', 'p_age']",
                   "model.network.members[0].columns: 'item' is looked up by ids at job.textproto:19; ids and texts "
                   "need tables of their own"},
        WrongValue{"model.network.balanced_batches={classes: 2 samples: 2}",
                   "model.network.balanced_batches: contradicts mining: GIVEN"},
        WrongValue{std::string(kPairs) + "model.network.loss.contrastive.mining=GIVEN",
                   "model.network.loss.contrastive.same: is required"},
        WrongValue{std::string(kPairs) + "model.network.loss.contrastive={mining: GIVEN same: 'kind'}",
                   "model.network.loss.contrastive.same: column 'kind' holds labels; the number columns are: "},
        WrongValue{"model.network.loss.contrastive={mining: GIVEN same: 'p_age'}",
                   "model.network.members: must be 1, the other one of a given pair, are 2"},
        WrongValue{"model.network.members=[]|model.network.loss.contrastive.same=p_age|model.network.label=kind",
                   "model.network.loss.contrastive.same: is for mining: GIVEN alone"}));

class RightFeaturesTest : public testing::TestWithParam<std::string> {};

TEST_P(RightFeaturesTest, HasNoProblem) { EXPECT_THAT(ProblemsOf(kTripletJob, Split(GetParam())), testing::IsEmpty()); }

INSTANTIATE_TEST_SUITE_P(
    All, RightFeaturesTest,
    testing::Values("", "model.network.label=kind", "tables.item.num_embeddings=100",
                    "data.columns.a.id_list.weight_separator=' '|data.columns.three.id_list.shape=16777216",
                    std::string(kPairs) + "model.network.loss.contrastive={mining: GIVEN same: 'a_age'}"));

}  // namespace
}  // namespace shoal
