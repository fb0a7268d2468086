#include "common/config/override_job.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/config/test_job.h"

namespace shoal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

class OverrideJobTest : public testing::Test {
 protected:
  OverrideJobTest() : parsed_(ParseJob(kTestJob, "job.textproto", &problems_)) {}

  // The problems of applying it.
  std::vector<std::string> Set(absl::string_view override_text) {
    problems_.clear();
    ApplyOverride(override_text, &parsed_.job, &parsed_.locations, &problems_);
    return Format(problems_);
  }
  const JobConfig& job() const { return parsed_.job; }

  std::vector<Diagnostic> problems_;
  ParsedJob parsed_;
};

TEST_F(OverrideJobTest, SetsEveryTypeOfValue) {
  EXPECT_THAT(Set("training.epochs=3"), IsEmpty());
  EXPECT_THAT(Set("training.learning_rate=-1e-3"), IsEmpty());
  EXPECT_THAT(Set("training.shuffle=false"), IsEmpty());
  EXPECT_THAT(Set("training.row_semantics=DENSE_EQUIVALENT"), IsEmpty());
  EXPECT_THAT(Set("seed=18446744073709551615"), IsEmpty());
  EXPECT_EQ(job().training().epochs(), 3);
  EXPECT_EQ(job().training().learning_rate(), -1e-3F);
  EXPECT_FALSE(job().training().shuffle());
  EXPECT_EQ(job().training().row_semantics(), DENSE_EQUIVALENT);
  EXPECT_EQ(job().seed(), 18446744073709551615U);
}

TEST_F(OverrideJobTest, TakesStringsAsTheyStandOrInQuotes) {
  EXPECT_THAT(Set("data.train.path=/a b/x=1.tsv"), IsEmpty());
  EXPECT_EQ(job().data().train().path(), "/a b/x=1.tsv");
  EXPECT_THAT(Set("data.train.delimiter=\"\\t\""), IsEmpty());
  EXPECT_EQ(job().data().train().delimiter(), "\t");
  EXPECT_THAT(Set("name="), IsEmpty());
  EXPECT_EQ(job().name(), "");
}

TEST_F(OverrideJobTest, FindsElementsByNameAndByPlace) {
  EXPECT_THAT(Set("tables.item.embedding_dim=64"), IsEmpty());
  EXPECT_THAT(Set("tables[0].embedding_dim=32"), IsEmpty());
  EXPECT_THAT(Set("data.columns.rating.position=9"), IsEmpty());
  EXPECT_EQ(job().tables(1).embedding_dim(), 64);
  EXPECT_EQ(job().tables(0).embedding_dim(), 32);
  EXPECT_EQ(job().data().columns(2).position(), 9);
}

TEST_F(OverrideJobTest, AnotherAlternativeTakesThePlaceOfTheFirst) {
  EXPECT_THAT(Set("training.optimizer.sgd.momentum=0.5"), IsEmpty());
  EXPECT_THAT(Set("training.optimizer.adam.beta1=0.8"), IsEmpty());
  EXPECT_THAT(Set("training.optimizer.adam.beta2=0.9"), IsEmpty());
  EXPECT_TRUE(job().training().optimizer().has_adam());
  EXPECT_EQ(job().training().optimizer().adam().beta1(), 0.8);
  EXPECT_FALSE(parsed_.locations.Contains("training.optimizer.sgd.momentum"));
}

TEST_F(OverrideJobTest, ReplacesWholeMessagesAndLists) {
  EXPECT_THAT(Set("training.schedule=one_cycle { div: 10 }"), IsEmpty());
  EXPECT_EQ(job().training().schedule().one_cycle().div(), 10);
  EXPECT_THAT(Set("training.schedule={ cosine {} }"), IsEmpty());
  EXPECT_TRUE(job().training().schedule().has_cosine());
  EXPECT_THAT(Set("tables[0]={ name: 'u' }"), IsEmpty());
  EXPECT_FALSE(job().tables(0).has_embedding_dim());
  EXPECT_THAT(Set("tables=[{ name: 'a' }, { name: 'b' }]"), IsEmpty());
  EXPECT_EQ(job().tables_size(), 2);
}

TEST_F(OverrideJobTest, ReplacesWholeListsOfValues) {
  EXPECT_THAT(Set("model.network.loss.softmax_cross_entropy.weight=[1, 2]"), IsEmpty());
  EXPECT_THAT(Set("model.network.loss.softmax_cross_entropy.weight=3"), IsEmpty());
  EXPECT_THAT(job().model().network().loss().softmax_cross_entropy().weight(), ElementsAre(3));
  EXPECT_THAT(Set("model.network.loss.softmax_cross_entropy.weight[0]=3"),
              ElementsAre("--set model.network.loss.softmax_cross_entropy.weight[0]=3: "
                          "model.network.loss.softmax_cross_entropy.weight[0]: is a list of values, which is replaced "
                          "whole: weight=[...]"));
  EXPECT_THAT(Set("model.network.features={dense {columns: ['a', 'b']}}"), IsEmpty());
  EXPECT_THAT(Set("model.network.features[0].dense.columns='c'"), IsEmpty());
  EXPECT_THAT(job().model().network().features(0).dense().columns(), ElementsAre("c"));
}

TEST_F(OverrideJobTest, MakesItselfTheLocationOfAllThatItSets) {
  EXPECT_THAT(
      ProblemsOf(kTestJob, {"tables.user.num_partitions=0", "training.schedule=step_decay { gamma: 0 }",
                            "training.schedule.step_decay.every_epochs=0"}),
      ElementsAre("--set tables.user.num_partitions=0: tables[0].num_partitions: must be from 1 to 65536, is 0",
                  "--set training.schedule.step_decay.every_epochs=0: "
                  "training.schedule.step_decay.every_epochs: must be at least 1, is 0",
                  "--set training.schedule=step_decay { gamma: 0 }: training.schedule.step_decay.gamma: must be "
                  "above 0, is 0"));
}

TEST_F(OverrideJobTest, NamesTheWrongPartOfAPathAndTheAlternatives) {
  EXPECT_THAT(
      Set("training.epoch=3"),
      ElementsAre(StartsWith("--set training.epoch=3: training.epoch: unknown field; did you mean 'epochs'? (the "
                             "fields are: epochs, batch_size,")));
  EXPECT_THAT(Set("trainning.epochs=3"), ElementsAre(StartsWith("--set trainning.epochs=3: trainning: unknown field; "
                                                                "did you mean 'training'?")));
  EXPECT_THAT(
      Set("tables.usr.embedding_dim=3"),
      ElementsAre("--set tables.usr.embedding_dim=3: tables.usr: none of the tables has this name; did you mean "
                  "'user'? (the tables are: user, item, user_bias, item_bias, global_bias)"));
  EXPECT_THAT(Set("tables[5].embedding_dim=3"),
              ElementsAre("--set tables[5].embedding_dim=3: tables[5]: the job has 5 tables, counted from 0"));
  EXPECT_THAT(Set("training.epochs.x=3"),
              ElementsAre("--set training.epochs.x=3: training.epochs: has no fields, but is followed by '.x'"));
  EXPECT_THAT(Set("training[0].epochs=3"),
              ElementsAre("--set training[0].epochs=3: training[0]: 'training' is not a list"));
  EXPECT_THAT(Set("training.epochs"),
              ElementsAre("--set training.epochs: must be FIELD=VALUE, as in training.epochs=3"));
  for (const char* wrong : {"training..epochs=3", "tables[x].name=u", "tables[-1].name=u", "tables[0.name=u", "=3"}) {
    EXPECT_THAT(Set(wrong), ElementsAre(testing::HasSubstr("must be the name of a field"))) << wrong;
  }
}

TEST_F(OverrideJobTest, NamesTheValueThatTheFieldCannotHave) {
  EXPECT_THAT(Set("training.epochs=three"),
              ElementsAre("--set training.epochs=three: training.epochs: must be a whole number, is three"));
  EXPECT_THAT(Set("training.epochs="), ElementsAre("--set training.epochs=: training.epochs: has no value"));
  EXPECT_THAT(Set("training.epochs=3 4"),
              ElementsAre("--set training.epochs=3 4: training.epochs: found '4' behind the value"));
  EXPECT_THAT(Set("training.row_semantics=DENSE"),
              ElementsAre("--set training.row_semantics=DENSE: training.row_semantics: is DENSE, which is no value of "
                          "RowSemantics; the values are: LAZY, DENSE_EQUIVALENT"));
  EXPECT_THAT(Set("training.schedule=one_cycle { divv: 1 }"),
              ElementsAre(StartsWith("--set training.schedule=one_cycle { divv: 1 }: training.schedule.one_cycle.divv: "
                                     "unknown field; did you mean 'div'?")));
  EXPECT_THAT(Set("training.schedule=linear"),
              ElementsAre(StartsWith("--set training.schedule=linear: training.schedule.linear: unknown field")));
}

}  // namespace
}  // namespace shoal
