#include "common/data/model_inputs.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/data/parse_job.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;

TEST(ModelInputsTest, FeaturesAndTargetAreTheColumns) {
  const ModelInputs inputs = FindModelInputs(RatingsJob()).value();
  ASSERT_EQ(2u, inputs.ids.size());
  EXPECT_EQ("user_id", inputs.ids[0].column);
  EXPECT_EQ(0, inputs.ids[0].table);
  EXPECT_EQ("item_id", inputs.ids[1].column);
  EXPECT_EQ(1, inputs.ids[1].table);
  EXPECT_THAT(inputs.numbers, ElementsAre("rating"));
  EXPECT_TRUE(inputs.shared_ids.empty());
}

TEST(ModelInputsTest, BiasTablesShareTheIdsOfTheirFeature) {
  const ModelInputs inputs =
      FindModelInputs(RatingsJob(R"pb(
        tables { name: 'ub' }
        tables { name: 'ib' }
        tables { name: 'gb' }
        model { matrix_factorization { user_bias_table: 'ub' item_bias_table: 'ib' global_bias_table: 'gb' } }
      )pb"))
          .value();
  ASSERT_EQ(2u, inputs.shared_ids.size());
  EXPECT_EQ(2, inputs.shared_ids[0].table);
  EXPECT_EQ(0, inputs.shared_ids[0].ids_of_table);
  EXPECT_EQ(3, inputs.shared_ids[1].table);
  EXPECT_EQ(1, inputs.shared_ids[1].ids_of_table);
}

TEST(ModelInputsTest, AColumnThatTwoFeaturesReadIsOneInput) {
  const ModelInputs inputs = FindModelInputs(ParseJob(R"pb(
                               tables { name: 't' }
                               model {
                                 matrix_factorization {
                                   user { column: 'a' table: 't' }
                                   item { column: 'a' table: 't' }
                                   target: 'y'
                                 }
                               }
                             )pb"))
                                 .value();
  EXPECT_EQ(1u, inputs.ids.size());
}

TEST(ModelInputsTest, AColumnOfTwoTablesIsRefused) {
  const absl::Status status = FindModelInputs(RatingsJob(R"pb(
                                model { matrix_factorization { item { column: 'user_id' } } }
                              )pb"))
                                  .status();
  EXPECT_EQ(
      "model.matrix_factorization.item reads column 'user_id' for table 'items', another feature for table 'users': a "
      "column has one table",
      status.message());
}

TEST(ModelInputsTest, AnImplicitFactorizationReadsPairsAndTheirBiasesByItem) {
  const ModelInputs inputs = FindModelInputs(ParseJob(R"pb(
                               tables { name: 'u' }
                               tables { name: 'i' }
                               tables { name: 'b' }
                               model {
                                 implicit_factorization {
                                   user { column: 'user_id' table: 'u' }
                                   item { column: 'item_id' table: 'i' }
                                   item_bias_table: 'b'
                                 }
                               }
                             )pb"))
                                 .value();
  ASSERT_EQ(2u, inputs.ids.size());
  EXPECT_EQ("item_id", inputs.ids[1].column);
  EXPECT_EQ(1, inputs.ids[1].table);
  EXPECT_TRUE(inputs.numbers.empty());
  ASSERT_EQ(1u, inputs.shared_ids.size());
  EXPECT_EQ(2, inputs.shared_ids[0].table);
  EXPECT_EQ(1, inputs.shared_ids[0].ids_of_table);
}

TEST(ModelInputsTest, SampledSoftmaxHasTablesOfClassesWhichTheSamplerOrders) {
  JobConfig job = ParseJob(R"pb(
    tables { name: 'class' }
    tables { name: 'bias' }
    model {
      network {
        label: 'y'
        loss { sampled_softmax { table: 'class' bias_table: 'bias' } }
      }
    }
  )pb");
  const ModelInputs inputs = FindModelInputs(job).value();
  ASSERT_EQ(2u, inputs.class_tables.size());
  for (const int i : {0, 1}) {
    EXPECT_EQ(i, inputs.class_tables[i].table);
    EXPECT_EQ(0, inputs.class_tables[i].label);
  }
  EXPECT_TRUE(inputs.labels_by_count);
  SampledSoftmax* const loss = job.mutable_model()->mutable_network()->mutable_loss()->mutable_sampled_softmax();
  loss->set_sampler(SampledSoftmax::UNIFORM);
  EXPECT_FALSE(FindModelInputs(job)->labels_by_count);
  loss->set_bias_table("b");
  EXPECT_EQ("model.network.loss.sampled_softmax.bias_table: no table is named 'b'",
            FindModelInputs(job).status().message());
}

TEST(ModelInputsTest, AnUnknownTableIsNamedWithItsField) {
  const auto message = [](const std::string& change) {
    return std::string(FindModelInputs(RatingsJob(change)).status().message());
  };
  EXPECT_EQ("model.matrix_factorization.user.table: no table is named 'x'",
            message("model { matrix_factorization { user { table: 'x' } } }"));
  EXPECT_EQ("model.matrix_factorization.item_bias_table: no table is named 'x'",
            message("model { matrix_factorization { item_bias_table: 'x' } }"));
}

TEST(ModelInputsTest, TablesThatAFeatureReadsHaveAVocabularyUnlessTheirSizeIsGiven) {
  JobConfig job = RatingsJob(R"pb(
    tables { name: 'ub' }
    model { matrix_factorization { user_bias_table: 'ub' } }
  )pb");
  const ModelInputs inputs = FindModelInputs(job).value();
  EXPECT_THAT(FindVocabularyTables(job, inputs), ElementsAre(true, true, false));
  job.mutable_tables(0)->set_num_embeddings(5);
  EXPECT_THAT(FindVocabularyTables(job, inputs), ElementsAre(false, true, false));
}

constexpr char kNetwork[] = R"pb(
  data {
    columns { name: 'a' }
    columns {
      name: 'text'
      type: TEXT
      text { word_ngrams: 3 }
    }
  }
  tables { name: 'ids' num_embeddings: 7 }
  tables { name: 'words' }
  tables { name: 'more' }
  model {
    network {
      features { dense { columns: 'x' columns: 'y' columns: 'x' } }
      features { bag { column: 'text' table: 'words' } }
      features { image { column: 'face' } }
      features { id { column: 'a' table: 'ids' } }
      features { id { column: 'b' table: 'more' } }
      features { id { column: 'a' table: 'ids' } }
      features { image { column: 'face' } }
      features { bag { column: 'text' table: 'words' } }
      features { dense { columns: 'y' columns: 'z' } }
      label: 'kind'
    }
  }
)pb";

TEST(ModelInputsTest, ANetworkReadsEachColumnOfItsFeaturesOnce) {
  const ModelInputs inputs = FindModelInputs(ParseJob(kNetwork)).value();
  ASSERT_EQ(2u, inputs.ids.size());
  EXPECT_EQ("a", inputs.ids[0].column);
  EXPECT_EQ(0, inputs.ids[0].table);
  EXPECT_EQ("b", inputs.ids[1].column);
  EXPECT_EQ(2, inputs.ids[1].table);
  ASSERT_EQ(1u, inputs.bags.size());
  EXPECT_EQ("text", inputs.bags[0].column);
  EXPECT_EQ(1, inputs.bags[0].table);
  EXPECT_THAT(inputs.numbers, ElementsAre("x", "y", "z"));
  EXPECT_THAT(inputs.images, ElementsAre("face"));
  EXPECT_THAT(inputs.labels, ElementsAre("kind"));
}

TEST(ModelInputsTest, TheTableOfATextHasAVocabularyAndItsConfig) {
  const JobConfig job = ParseJob(kNetwork);
  const ModelInputs inputs = FindModelInputs(job).value();
  EXPECT_THAT(FindVocabularyTables(job, inputs), ElementsAre(false, true, true));
  EXPECT_EQ(nullptr, FindTextConfig(job, "ids"));
  ASSERT_NE(nullptr, FindTextConfig(job, "words"));
  EXPECT_EQ(3, FindTextConfig(job, "words")->word_ngrams());
}

constexpr char kPairs[] = R"pb(
  data {
    columns { name: 'a' type: ID_LIST }
    columns { name: 'b' type: ID_LIST }
    columns {
      name: 'grid'
      type: ID_LIST
      id_list { shape: 4 }
    }
    columns { name: 'user' }
    columns { name: 'other' }
    columns { name: 'same' type: NUMBER }
  }
  tables { name: 'items' }
  tables { name: 'cells' num_embeddings: 9 }
  tables { name: 'users' }
  model {
    network {
      features { bag { column: 'a' table: 'items' } }
      features { id { column: 'grid' table: 'cells' } }
      features { id { column: 'user' table: 'users' } }
      features { dense { columns: 'x' } }
      members { columns: [ 'b', 'grid', 'other', 'y' ] }
      loss { contrastive { mining: GIVEN same: 'same' } }
    }
  }
)pb";

TEST(ModelInputsTest, MembersReadTheirColumnsForTheTablesOfTheFeatures) {
  const JobConfig job = ParseJob(kPairs);
  const ModelInputs inputs = FindModelInputs(job).value();
  ASSERT_EQ(2u, inputs.ids.size());
  EXPECT_EQ("user", inputs.ids[0].column);
  EXPECT_EQ("other", inputs.ids[1].column);
  EXPECT_EQ(2, inputs.ids[1].table);
  ASSERT_EQ(3u, inputs.bags.size());
  EXPECT_EQ("a", inputs.bags[0].column);
  EXPECT_EQ("grid", inputs.bags[1].column) << "an array of ids is a bag of them";
  EXPECT_EQ(1, inputs.bags[1].table);
  EXPECT_EQ("b", inputs.bags[2].column);
  EXPECT_EQ(0, inputs.bags[2].table);
  EXPECT_THAT(inputs.numbers, ElementsAre("x", "y", "same"));
  EXPECT_THAT(inputs.flags, ElementsAre("same"));
  EXPECT_TRUE(inputs.labels.empty());
}

TEST(ModelInputsTest, TheTableOfListsHasAVocabularyUnlessItsSizeIsGiven) {
  const JobConfig job = ParseJob(kPairs);
  EXPECT_THAT(FindVocabularyTables(job, FindModelInputs(job).value()), ElementsAre(true, false, true));
  EXPECT_EQ(nullptr, FindTextConfig(job, "items"));
}

TEST(ModelInputsTest, ErrorsOfAMemberNameItAndTheFeature) {
  JobConfig job = ParseJob(kPairs);
  job.mutable_model()->mutable_network()->mutable_members(0)->set_columns(2, "b");
  EXPECT_EQ(
      "model.network.members[0], as model.network.features[2].id reads column 'b' for table 'users', another feature "
      "for table 'items': a column has one table",
      FindModelInputs(job).status().message());
}

TEST(ModelInputsTest, AResolvedJobNamesItsVocabularyTables) {
  ResolvedJob job;
  *job.mutable_job() = ParseJob(kNetwork);
  job.add_vocabulary_tables("more");
  EXPECT_THAT(FindVocabularyTables(job), ElementsAre(false, false, true));
}

TEST(ModelInputsTest, ErrorsOfANetworkNameTheFeature) {
  const JobConfig job = ParseJobWith(kNetwork, "model { network { features { bag { column: 'c' table: 'x' } } } }");
  EXPECT_EQ("model.network.features[9].bag.table: no table is named 'x'", FindModelInputs(job).status().message());
}

}  // namespace
}  // namespace shoal
