#include "launcher/resume.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/launcher/test_job.h"

namespace shoal {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(ResumeTest, TheSameJobGoesOn) { EXPECT_TRUE(CheckSameTraining(MakeTestJob(1, 0), MakeTestJob(1, 0)).ok()); }

TEST(ResumeTest, WhatDoesNotDecideTheWeightsMayChange) {
  ResolvedJob job = MakeTestJob(3, 5);
  job.set_total_steps(300);
  job.set_vocabulary_directory("/elsewhere");
  job.mutable_job()->set_name("other");
  TrainingConfig* training = job.mutable_job()->mutable_training();
  training->set_epochs(30);
  training->set_learning_rate(0.5);
  training->mutable_schedule()->mutable_cosine();
  training->mutable_checkpoint()->set_keep(1);
  training->set_log_every_steps(7);
  job.mutable_job()->mutable_data()->mutable_train()->set_path("/moved/u.data");
  job.mutable_job()->mutable_data()->mutable_train()->set_labels_path("/moved/labels");
  EXPECT_TRUE(CheckSameTraining(MakeTestJob(1, 0), job).ok());
}

TEST(ResumeTest, PretrainedVectorsMayMoveButStayWhatTheyAre) {
  ResolvedJob saved = MakeTestJob(1, 0);
  saved.mutable_job()->mutable_tables(0)->mutable_pretrained()->set_path("/a.txt");
  ResolvedJob job = saved;
  job.mutable_job()->mutable_tables(0)->mutable_pretrained()->set_path("/moved/a.txt");
  EXPECT_TRUE(CheckSameTraining(saved, job).ok());
  job.mutable_job()->mutable_tables(0)->mutable_pretrained()->set_match(PretrainedConfig::BY_WORD);
  EXPECT_THAT(std::string(CheckSameTraining(saved, job).message()), HasSubstr("tables[0].pretrained.match"));
}

TEST(ResumeTest, WhatATrainedNetworkIsUsedForMayChange) {
  ResolvedJob saved = MakeTestJob(1, 0);
  GiveDenseParameters(&saved);
  ResolvedJob job = saved;
  job.mutable_job()->mutable_model()->mutable_network()->set_embedding_layers(0);
  job.mutable_job()->mutable_model()->mutable_network()->mutable_knn_accuracy()->set_k(3);
  EXPECT_TRUE(CheckSameTraining(saved, job).ok());
}

TEST(ResumeTest, AFieldAtItsDefaultEqualsOneThatIsNotSet) {
  ResolvedJob job = MakeTestJob(1, 0);
  job.mutable_job()->set_seed(0);
  job.mutable_job()->mutable_training()->set_shuffle(true);
  job.mutable_job()->mutable_training()->set_batch_size(64);
  EXPECT_TRUE(CheckSameTraining(MakeTestJob(1, 0), job).ok());
}

TEST(ResumeTest, TheDefaultOptimizerIsThatOfTheDenseParameters) {
  ResolvedJob saved = MakeTestJob(1, 0);
  ResolvedJob job = saved;
  job.mutable_job()->mutable_training()->mutable_optimizer()->mutable_sgd()->set_momentum(0.5);
  EXPECT_TRUE(CheckSameTraining(saved, job).ok()) << "no table uses it";
  GiveDenseParameters(&saved);
  GiveDenseParameters(&job);
  EXPECT_THAT(std::string(CheckSameTraining(saved, job).message()),
              HasSubstr("training.optimizer.sgd.momentum: the checkpoint has 0, the job now has 0.5"));
  job.mutable_job()->mutable_training()->mutable_optimizer()->mutable_sgd()->clear_momentum();
  EXPECT_TRUE(CheckSameTraining(saved, job).ok()) << "SGD is the default";
}

TEST(ResumeTest, EveryFieldThatDiffersIsNamedWithBothValues) {
  ResolvedJob saved = MakeTestJob(1, 0);
  saved.mutable_job()->set_seed(3);
  ResolvedJob job = MakeTestJob(1, 0);
  job.mutable_job()->set_seed(4);
  job.mutable_job()->mutable_training()->set_batch_size(128);
  job.mutable_job()->mutable_tables(1)->set_embedding_dim(8);
  job.mutable_job()->mutable_tables(0)->mutable_optimizer()->mutable_adam();
  job.set_num_train_examples(99);
  job.mutable_job()->mutable_data()->mutable_random_split()->set_seed(9);
  const absl::Status status = CheckSameTraining(saved, job);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  const std::string message(status.message());
  EXPECT_THAT(message, HasSubstr("seed: the checkpoint has 3, the job now has 4\n"));
  EXPECT_THAT(message, HasSubstr("training.batch_size: the checkpoint has 64, the job now has 128"));
  EXPECT_THAT(message, HasSubstr("tables[1].embedding_dim: the checkpoint has 4, the job now has 8"));
  EXPECT_THAT(message, HasSubstr("tables[0].optimizer.adam: the checkpoint has nothing, the job now has adam {}\n"));
  EXPECT_THAT(message, HasSubstr("tables[0].optimizer.sgd: the checkpoint has sgd {}, the job now has nothing\n"));
  EXPECT_THAT(message, HasSubstr("num_train_examples: the checkpoint has 100, the job now has 99"));
  EXPECT_THAT(message,
              HasSubstr("data.random_split: the checkpoint has nothing, the job now has random_split { seed: 9 }"));
  EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 6) << message;
}

ResolvedJob MakeDenseJob() {
  ResolvedJob job = MakeTestJob(1, 0);
  job.mutable_job()->mutable_tables(1)->set_row_semantics(DENSE_EQUIVALENT);
  return job;
}

std::string Differences(const ResolvedJob& saved, const ResolvedJob& job) {
  return std::string(CheckSameTraining(saved, job).message());
}

TEST(ResumeTest, RatesThatIdleRowsAreCaughtUpWithMustStay) {
  const ResolvedJob saved = MakeDenseJob();
  ResolvedJob job = saved;
  job.mutable_job()->mutable_training()->set_learning_rate(0.5);
  EXPECT_EQ(
      Differences(saved, job),
      "training.learning_rate: the checkpoint has 0.001, the job now has 0.5 (rows of a DENSE_EQUIVALENT table that "
      "were idle before the checkpoint are yet to be caught up, with the learning rates of the steps that they "
      "missed)");
  job = saved;
  job.mutable_job()->mutable_training()->mutable_schedule()->mutable_exponential()->set_gamma(0.5);
  EXPECT_THAT(Differences(saved, job),
              HasSubstr("training.schedule.exponential: the checkpoint has nothing, the job "
                        "now has exponential { gamma: 0.5 } (rows of a DENSE_EQUIVALENT table"));
  job = saved;
  job.mutable_job()->mutable_training()->mutable_schedule()->mutable_constant();
  EXPECT_EQ(Differences(saved, job), "") << "constant is the default";
}

TEST(ResumeTest, EpochsMustStayWhereIdleRowsFollowAScheduleOfAllSteps) {
  for (const bool one_cycle : {true, false}) {
    ResolvedJob saved = MakeDenseJob();
    ScheduleConfig* schedule = saved.mutable_job()->mutable_training()->mutable_schedule();
    if (one_cycle) {
      schedule->mutable_one_cycle();
    } else {
      schedule->mutable_cosine();
    }
    ResolvedJob job = saved;
    job.mutable_job()->mutable_training()->set_epochs(4);
    job.set_total_steps(40);
    EXPECT_THAT(
        Differences(saved, job),
        AllOf(
            StartsWith("training.epochs: the checkpoint has 3, the job now has 4 (rows of a DENSE_EQUIVALENT"),
            EndsWith(one_cycle ? "; under one_cycle epochs decides those)" : "; under cosine epochs decides those)")));
  }
  ResolvedJob job = MakeDenseJob();
  job.mutable_job()->mutable_training()->set_epochs(4);
  EXPECT_EQ(Differences(MakeDenseJob(), job), "") << "a constant schedule knows no end";
}

TEST(ResumeTest, AScheduleThatCyclesMomentumStaysOne) {
  const ResolvedJob constant = MakeTestJob(1, 0);
  ResolvedJob cycling = constant;
  ScheduleConfig::OneCycle* one_cycle =
      cycling.mutable_job()->mutable_training()->mutable_schedule()->mutable_one_cycle();
  EXPECT_THAT(
      Differences(constant, cycling),
      HasSubstr("training.schedule.one_cycle: the checkpoint has nothing, the job now has one_cycle {} (one_cycle "
                "with cycle_momentum gives rows a state that they have not without)"));
  EXPECT_THAT(Differences(cycling, constant),
              HasSubstr("training.schedule.one_cycle: the checkpoint has one_cycle {}"));
  ResolvedJob longer = cycling;
  longer.mutable_job()->mutable_training()->set_epochs(4);
  longer.mutable_job()->mutable_training()->set_learning_rate(0.5);
  longer.mutable_job()->mutable_training()->mutable_schedule()->mutable_one_cycle()->set_div(10);
  EXPECT_EQ(Differences(cycling, longer), "");
  one_cycle->set_cycle_momentum(false);
  EXPECT_EQ(Differences(constant, cycling), "");
  EXPECT_THAT(Differences(cycling, longer),
              HasSubstr("training.schedule.one_cycle.cycle_momentum: the checkpoint has false, the job now has true"));
}

TEST(ResumeTest, AnotherOptimizerAtItsDefaultsIsAnotherTraining) {
  ResolvedJob job = MakeTestJob(1, 0);
  job.mutable_job()->mutable_tables(0)->mutable_optimizer()->mutable_adagrad();
  EXPECT_FALSE(CheckSameTraining(MakeTestJob(1, 0), job).ok());
}

TEST(ResumeTest, AMissingTableIsNamed) {
  ResolvedJob job = MakeTestJob(1, 0);
  job.mutable_job()->mutable_tables()->RemoveLast();
  const absl::Status status = CheckSameTraining(MakeTestJob(1, 0), job);
  EXPECT_THAT(std::string(status.message()), HasSubstr("tables[1]: the checkpoint has tables { name: \"item\""));
  EXPECT_THAT(std::string(status.message()), HasSubstr("the job now has nothing"));
}

}  // namespace
}  // namespace shoal
