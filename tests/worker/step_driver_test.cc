#include "worker/step_driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/small_job.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Answers as the test says, and notes what it was asked. Rows are zero.
class ScriptedClient : public ParameterClient {
 public:
  void Pull(uint64_t step, bool read_only, absl::Span<const PullTable> tables, PullDone done) override {
    log_.push_back(absl::StrCat(tables.empty() ? "drain " : read_only ? "read " : "pull ", step));
    pulled_ids_[step].clear();
    for (const PullTable& table : tables) pulled_ids_[step].emplace_back(table.ids.begin(), table.ids.end());
    if (hold_pulls_) {
      held_pull_ = std::move(done);
    } else if (const auto error = pull_errors_.find(step); error != pull_errors_.end()) {
      done(error->second);
    } else {
      done(boundaries_[step]);
    }
  }

  void Push(uint64_t step, Boundary boundary, absl::Span<const PushTable> tables, PushDone done) override {
    log_.push_back(absl::StrCat("push ", step, boundary == CONTINUE ? "" : absl::StrCat(" ", Boundary_Name(boundary))));
    pushed_tables_ = tables.size();
    if (hold_pushes_) {
      held_push_ = std::move(done);
    } else {
      done(push_status_);
    }
  }

  void HoldPulls() { hold_pulls_ = true; }
  void HoldPushes() { hold_pushes_ = true; }
  void AnswerPullsOfStep(uint64_t step, Boundary boundary) { boundaries_[step] = boundary; }
  void FailPullsOfStep(uint64_t step, absl::Status status) { pull_errors_[step] = std::move(status); }
  void FailPushes(absl::Status status) { push_status_ = std::move(status); }
  void AnswerHeldPull(absl::StatusOr<Boundary> boundary) { std::exchange(held_pull_, nullptr)(std::move(boundary)); }
  void AnswerHeldPush(absl::Status status) { std::exchange(held_push_, nullptr)(std::move(status)); }

  const std::vector<std::string>& log() const { return log_; }
  size_t pushed_tables() const { return pushed_tables_; }
  // By table of the request.
  const std::vector<std::vector<uint64_t>>& pulled_ids(uint64_t step) { return pulled_ids_[step]; }

 private:
  bool hold_pulls_ = false;
  bool hold_pushes_ = false;
  std::map<uint64_t, Boundary> boundaries_;
  std::map<uint64_t, absl::Status> pull_errors_;
  absl::Status push_status_;
  PullDone held_pull_;
  PushDone held_push_;
  std::vector<std::string> log_;
  std::map<uint64_t, std::vector<std::vector<uint64_t>>> pulled_ids_;
  size_t pushed_tables_ = 0;
};

// Notes the steps whose dense parameters are saved.
class StepSink : public DenseSink {
 public:
  absl::Status SaveDense(const DenseParameters& /*parameters*/, uint64_t step) override {
    saved.push_back(step);
    return absl::OkStatus();
  }
  std::vector<uint64_t> saved;
};

// 70 examples in batches of 16: 5 steps an epoch, the last one of 6; 19 validation examples in batches of 8.
class StepDriverTest : public testing::Test {
 protected:
  void Create(int rank = 0, uint64_t resume_step = 0) { CreateAt(StartPoint::Behind(resume_step), rank); }
  void CreateAt(const StartPoint& start, int rank = 0) {
    data_ = job_.job().model().has_network() ? SmallNetworkData(job_) : SmallData(job_);
    StepDriver::Links links = {&client_};
    links.dense_sink = &sink_;
    auto driver = StepDriver::Create(job_, rank, start, data_, links, now_);
    ASSERT_TRUE(driver.ok()) << driver.status();
    driver_ = *std::move(driver);
  }
  void SetJob(const SmallJobOptions& options) { job_ = SmallJob(options); }
  CheckpointPolicy& checkpoint() { return *job_.mutable_job()->mutable_training()->mutable_checkpoint(); }

  // One turn of the loop, a second long; the clock shows its end to Finish.
  absl::Status Turn() {
    bool ready = false;
    driver_->Begin([&ready] { ready = true; });
    EXPECT_TRUE(ready);
    now_ += absl::Seconds(1);
    return driver_->Finish(now_);
  }
  // Turns, with the reports that are due after each, until done.
  std::vector<ProgressReport> Run() {
    std::vector<ProgressReport> reports;
    while (!driver_->done()) {
      const absl::Status status = Turn();
      EXPECT_TRUE(status.ok()) << status;
      if (!status.ok()) break;
      if (auto report = driver_->TakeReport(now_)) reports.push_back(*report);
    }
    return reports;
  }
  // Pushes that decide something.
  std::vector<std::string> Boundaries() const {
    std::vector<std::string> boundaries;
    for (const std::string& entry : client_.log()) {
      if (entry.find("CHECKPOINT") != std::string::npos) boundaries.push_back(entry);
    }
    return boundaries;
  }
  void RequestStop() {
    ProgressReply reply;
    reply.set_stop_requested(true);
    driver_->OnProgressReply(reply);
  }

  ResolvedJob job_ = SmallJob();
  TrainingData data_;
  ScriptedClient client_;
  StepSink sink_;
  absl::Time now_ = absl::UnixEpoch();
  std::unique_ptr<StepDriver> driver_;
};

SmallJobOptions OneEpoch() {
  SmallJobOptions options;
  options.epochs = 1;
  return options;
}

TEST_F(StepDriverTest, PullsAndPushesEachStepThenValidatesThenDrains) {
  SetJob(OneEpoch());
  Create();
  Run();
  EXPECT_THAT(client_.log(),
              ElementsAre("pull 1", "push 1", "pull 2", "push 2", "pull 3", "push 3", "pull 4", "push 4", "pull 5",
                          "push 5 CHECKPOINT_AND_STOP", "read 6", "read 6", "read 6", "drain 6"));
  EXPECT_EQ(driver_->step(), 5u);
  EXPECT_EQ(client_.pushed_tables(), 5u);
}

TEST_F(StepDriverTest, ValidationComesAfterEachEpoch) {
  Create();
  Run();
  std::vector<std::string> reads;
  for (const std::string& entry : client_.log()) {
    if (entry[0] == 'r') reads.push_back(entry);
  }
  EXPECT_THAT(reads, ElementsAre("read 6", "read 6", "read 6", "read 11", "read 11", "read 11", "read 16", "read 16",
                                 "read 16"));
}

TEST_F(StepDriverTest, WithoutValidationDataEpochsFollowEachOther) {
  SmallJobOptions options = OneEpoch();
  options.num_train_examples = 32;
  options.num_validation_examples = 0;
  SetJob(options);
  Create();
  const std::vector<ProgressReport> reports = Run();
  EXPECT_THAT(client_.log(), ElementsAre("pull 1", "push 1", "pull 2", "push 2 CHECKPOINT_AND_STOP", "drain 3"));
  ASSERT_EQ(reports.size(), 3u);
  EXPECT_TRUE(reports[1].epoch_complete());
  EXPECT_FALSE(reports[1].has_validation());
  EXPECT_EQ(reports[1].train_seconds(), 2);
  EXPECT_EQ(reports[1].validation_seconds(), 0);
}

TEST_F(StepDriverTest, RankZeroSavesEverySoManyStepsAndAtTheEnd) {
  checkpoint().set_every_steps(4);
  checkpoint().set_every_epochs(0);
  Create();
  Run();
  EXPECT_THAT(Boundaries(), ElementsAre("push 4 CHECKPOINT", "push 8 CHECKPOINT", "push 12 CHECKPOINT",
                                        "push 15 CHECKPOINT_AND_STOP"));
}

TEST_F(StepDriverTest, RankZeroSavesEverySoManyEpochs) {
  checkpoint().set_every_epochs(2);
  Create();
  Run();
  EXPECT_THAT(Boundaries(), ElementsAre("push 10 CHECKPOINT", "push 15 CHECKPOINT_AND_STOP"));
}

TEST_F(StepDriverTest, OtherRanksDecideNothing) {
  SmallJobOptions options;
  options.workers = 2;
  SetJob(options);
  checkpoint().set_every_steps(1);
  Create(/*rank=*/1);
  RequestStop();
  Run();
  EXPECT_THAT(Boundaries(), IsEmpty());
}

TEST_F(StepDriverTest, AStopRequestIsPassedOnWithTheNextPush) {
  Create();
  ASSERT_TRUE(Turn().ok());
  RequestStop();
  driver_->OnProgressReply(ProgressReply());  // A later reply does not take it back.
  client_.AnswerPullsOfStep(3, CHECKPOINT_AND_STOP);
  Run();
  EXPECT_THAT(client_.log(), ElementsAre("pull 1", "push 1", "pull 2", "push 2 CHECKPOINT_AND_STOP", "pull 3"));
  EXPECT_EQ(driver_->step(), 2u);
}

TEST_F(StepDriverTest, AStopThatAPullTellsEndsTheDriverWithoutAnotherPush) {
  SmallJobOptions options;
  options.workers = 2;
  SetJob(options);
  Create(/*rank=*/1);
  client_.AnswerPullsOfStep(4, CHECKPOINT_AND_STOP);
  Run();
  EXPECT_EQ(client_.log().back(), "pull 4");
  EXPECT_EQ(driver_->step(), 3u);
}

TEST_F(StepDriverTest, AStopAtTheEndOfAnEpochValidatesAndReportsTheEpochFirst) {
  Create();
  client_.AnswerPullsOfStep(6, CHECKPOINT_AND_STOP);
  const std::vector<ProgressReport> reports = Run();
  EXPECT_THAT(std::vector<std::string>(client_.log().end() - 4, client_.log().end()),
              ElementsAre("read 6", "read 6", "read 6", "pull 6"));
  EXPECT_TRUE(driver_->done());
  EXPECT_EQ(driver_->step(), 5u);
  const auto complete = std::find_if(reports.begin(), reports.end(), [](const auto& r) { return r.epoch_complete(); });
  ASSERT_NE(complete, reports.end());
  EXPECT_EQ(complete->validation().examples(), 19u);
}

TEST_F(StepDriverTest, AResumedDriverReadsWhatAnUndisturbedOneReads) {
  Create();
  Run();
  std::map<uint64_t, std::vector<std::vector<uint64_t>>> expected;
  for (uint64_t step = 8; step <= 15; ++step) expected[step] = client_.pulled_ids(step);
  client_ = ScriptedClient();
  Create(/*rank=*/0, /*resume_step=*/7);
  EXPECT_EQ(driver_->step(), 7u);
  Run();
  EXPECT_EQ(client_.log().front(), "pull 8");
  for (const auto& [step, ids] : expected) EXPECT_EQ(client_.pulled_ids(step), ids) << step;
  EXPECT_EQ(driver_->step(), 15u);
}

TEST_F(StepDriverTest, ADriverResumedAtTheEndOfAnEpochValidatesFirst) {
  Create();
  const std::vector<ProgressReport> undisturbed = Run();
  client_ = ScriptedClient();
  Create(/*rank=*/0, /*resume_step=*/5);
  const std::vector<ProgressReport> resumed = Run();
  EXPECT_EQ(client_.log().front(), "read 6");
  const auto is_complete = [](const ProgressReport& r) { return r.epoch_complete(); };
  const auto first = std::find_if(undisturbed.begin(), undisturbed.end(), is_complete);
  const auto again = std::find_if(resumed.begin(), resumed.end(), is_complete);
  ASSERT_NE(again, resumed.end());
  EXPECT_EQ(again->epoch(), 1u);
  EXPECT_EQ(again->step(), 5u);
  EXPECT_EQ(again->epoch_train().examples(), 0u) << "the epoch was trained before";
  EXPECT_EQ(again->validation().examples(), first->validation().examples());
}

TEST_F(StepDriverTest, ADriverResumedAfterTheLastStepValidatesAndDrains) {
  Create(/*rank=*/0, /*resume_step=*/15);
  Run();
  EXPECT_THAT(client_.log(), ElementsAre("read 16", "read 16", "read 16", "drain 16"));
  EXPECT_EQ(driver_->step(), 15u);
}

TEST_F(StepDriverTest, WorkersShareABatch) {
  SmallJobOptions options = OneEpoch();
  options.workers = 3;
  SetJob(options);
  uint64_t examples = 0;
  for (int rank = 0; rank < 3; ++rank) {
    Create(rank);
    for (const ProgressReport& report : Run()) {
      EXPECT_EQ(report.worker_rank(), static_cast<uint32_t>(rank));
      if (report.epoch_complete()) examples += report.epoch_train().examples();
    }
  }
  EXPECT_EQ(examples, 70u);
}

TEST_F(StepDriverTest, APullsErrorEndsFinish) {
  Create();
  client_.FailPullsOfStep(2, absl::UnavailableError("server 1 is gone"));
  ASSERT_TRUE(Turn().ok());
  EXPECT_EQ(Turn(), absl::UnavailableError("server 1 is gone"));
  EXPECT_EQ(client_.log().back(), "pull 2");
}

TEST_F(StepDriverTest, APushErrorThatComesWhileAPullIsOutstandingEndsFinishWithIt) {
  Create();
  client_.HoldPushes();
  ASSERT_TRUE(Turn().ok());
  client_.HoldPulls();
  int ready = 0;
  driver_->Begin([&ready] { ++ready; });
  EXPECT_EQ(ready, 0);
  client_.AnswerHeldPush(absl::ResourceExhaustedError("disk full"));
  EXPECT_EQ(ready, 1);
  EXPECT_EQ(driver_->Finish(now_), absl::ResourceExhaustedError("disk full"));
  client_.AnswerHeldPull(absl::CancelledError("closing"));
  EXPECT_EQ(ready, 1) << "ready is called once";
}

TEST_F(StepDriverTest, APushErrorThatComesBeforeBeginIsNotWaitedFor) {
  Create();
  client_.FailPushes(absl::InvalidArgumentError("id 99 is out of range"));
  ASSERT_TRUE(Turn().ok());
  client_.HoldPulls();  // A server never answers a pull that waits for the failed push.
  bool ready = false;
  driver_->Begin([&ready] { ready = true; });
  EXPECT_TRUE(ready);
  EXPECT_EQ(driver_->Finish(now_), absl::InvalidArgumentError("id 99 is out of range"));
}

TEST_F(StepDriverTest, APushThatIsAnsweredLateWakesNobody) {
  Create();
  client_.HoldPushes();
  ASSERT_TRUE(Turn().ok());
  client_.HoldPulls();
  int ready = 0;
  driver_->Begin([&ready] { ++ready; });
  client_.AnswerHeldPush(absl::OkStatus());
  EXPECT_EQ(ready, 0);
  client_.AnswerHeldPull(CONTINUE);
  EXPECT_EQ(ready, 1);
  EXPECT_TRUE(driver_->Finish(now_).ok());
}

TEST_F(StepDriverTest, CallbacksMayComeWhenTheDriverIsGone) {
  Create();
  client_.HoldPulls();
  bool ready = false;
  driver_->Begin([&ready] { ready = true; });
  driver_.reset();
  client_.AnswerHeldPull(absl::CancelledError("closing"));
  EXPECT_TRUE(ready);
}

TEST_F(StepDriverTest, IntervalsEndEverySoManyStepsAndWithTheEpoch) {
  Create();
  std::vector<uint64_t> steps;
  std::vector<uint64_t> epochs;
  std::vector<uint64_t> examples;
  std::vector<double> seconds;
  for (const ProgressReport& report : Run()) {
    for (const IntervalReport& interval : report.intervals()) {
      steps.push_back(interval.step());
      epochs.push_back(interval.epoch());
      examples.push_back(interval.train().examples());
      seconds.push_back(interval.seconds());
      EXPECT_GT(interval.learning_rate(), 0);
    }
  }
  EXPECT_THAT(steps, ElementsAre(3, 5, 6, 9, 10, 12, 15));
  EXPECT_THAT(epochs, ElementsAre(1, 1, 2, 2, 2, 3, 3));
  EXPECT_THAT(examples, ElementsAre(48, 22, 16, 48, 6, 32, 38));
  // Without the three seconds of each validation.
  EXPECT_THAT(seconds, ElementsAre(3, 2, 1, 3, 1, 2, 3));
}

TEST_F(StepDriverTest, AnEpochsReportSumsItsIntervals) {
  Create();
  MetricSums sums;
  std::vector<uint32_t> epochs;
  for (const ProgressReport& report : Run()) {
    for (const IntervalReport& interval : report.intervals()) AddMetricSums(interval.train(), &sums);
    if (!report.epoch_complete()) continue;
    epochs.push_back(report.epoch());
    EXPECT_EQ(report.step(), report.epoch() * 5);
    EXPECT_EQ(report.epoch_train().examples(), 70u);
    EXPECT_EQ(report.epoch_train().SerializeAsString(), sums.SerializeAsString());
    EXPECT_EQ(report.validation().examples(), 19u);
    EXPECT_EQ(report.train_seconds(), 5);
    EXPECT_EQ(report.validation_seconds(), 3);
    sums.Clear();
  }
  EXPECT_THAT(epochs, ElementsAre(1, 2, 3));
}

TEST_F(StepDriverTest, ReportsAreDueAfterAPauseOrAtOnceForAnEpoch) {
  SetJob(OneEpoch());
  Create();
  const auto turn = [this] {
    driver_->Begin([] {});
    ASSERT_TRUE(driver_->Finish(now_).ok());
  };
  for (int step = 1; step <= 4; ++step) turn();
  EXPECT_FALSE(driver_->TakeReport(now_ + StepDriver::kReportInterval - absl::Nanoseconds(1)).has_value());
  const auto report = driver_->TakeReport(now_ + StepDriver::kReportInterval);
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->step(), 3u) << "step 4 is pushed, but not yet known to be applied";
  EXPECT_EQ(report->intervals_size(), 1);
  EXPECT_FALSE(report->epoch_complete());
  for (int i = 0; i < 4; ++i) turn();
  const auto epoch = driver_->TakeReport(now_);
  ASSERT_TRUE(epoch.has_value());
  EXPECT_TRUE(epoch->epoch_complete());
  EXPECT_FALSE(driver_->TakeReport(now_).has_value());
}

TEST_F(StepDriverTest, DataWithoutTheModelsColumnsAreRefused) {
  data_ = SmallData(job_);
  data_.train.id_columns[1].name = "film_id";
  EXPECT_EQ(StepDriver::Create(job_, 0, {}, data_, {&client_}, now_).status(),
            absl::InvalidArgumentError("the data has no id column item_id"));
}

// ---- In the midst of a run -----------------------------------------------------------------------------------------

StartPoint MidRun(uint64_t step, StartPoint::EpochEnd epoch_end = StartPoint::EpochEnd::kReport) {
  StartPoint start = StartPoint::Behind(step);
  start.epoch_end = epoch_end;
  return start;
}

TEST_F(StepDriverTest, AnEpochThatIsReportedIsNotValidatedAgain) {
  CreateAt(MidRun(5, StartPoint::EpochEnd::kNone));
  EXPECT_FALSE(driver_->TakeReport(now_).has_value());
  std::vector<uint32_t> epochs;
  for (const ProgressReport& report : Run()) {
    if (report.epoch_complete()) epochs.push_back(report.epoch());
  }
  EXPECT_EQ(client_.log().front(), "pull 6");
  EXPECT_THAT(epochs, ElementsAre(2, 3));
}

TEST_F(StepDriverTest, AnEpochThatIsOwedIsValidatedAndReportedOnce) {
  CreateAt(MidRun(5));
  EXPECT_FALSE(driver_->TakeReport(now_).has_value()) << "it is to be validated first";
  std::vector<uint32_t> epochs;
  for (const ProgressReport& report : Run()) {
    if (report.epoch_complete()) epochs.push_back(report.epoch());
  }
  EXPECT_THAT(std::vector<std::string>(client_.log().begin(), client_.log().begin() + 4),
              ElementsAre("read 6", "read 6", "read 6", "pull 6"));
  EXPECT_THAT(epochs, ElementsAre(1, 2, 3));
}

TEST_F(StepDriverTest, AnOwedEpochWithoutValidationIsReportedAtOnce) {
  SmallJobOptions options;
  options.num_validation_examples = 0;
  SetJob(options);
  CreateAt(MidRun(10));
  const auto report = driver_->TakeReport(now_);
  ASSERT_TRUE(report.has_value());
  EXPECT_TRUE(report->epoch_complete());
  EXPECT_EQ(report->epoch(), 2u);
  EXPECT_EQ(report->step(), 10u);
  EXPECT_FALSE(report->has_validation());
  EXPECT_FALSE(driver_->TakeReport(now_).has_value());
  Run();
  EXPECT_EQ(client_.log().front(), "pull 11");
}

TEST_F(StepDriverTest, NothingIsOwedBehindACheckpointWithoutValidationOrInAnEpochsMidst) {
  SmallJobOptions options;
  options.num_validation_examples = 0;
  SetJob(options);
  for (const StartPoint& start : {MidRun(10, StartPoint::EpochEnd::kValidate), MidRun(7), MidRun(0)}) {
    CreateAt(start);
    EXPECT_FALSE(driver_->TakeReport(now_).has_value()) << start.step;
  }
}

TEST_F(StepDriverTest, WhatWasDecidedBehindTheNextStepStandsForThatStepAlone) {
  checkpoint().set_every_steps(4);
  checkpoint().set_every_epochs(0);
  StartPoint start = MidRun(6);
  start.decided = CHECKPOINT;
  CreateAt(start);
  Run();
  EXPECT_THAT(Boundaries(), ElementsAre("push 7 CHECKPOINT", "push 8 CHECKPOINT", "push 12 CHECKPOINT",
                                        "push 15 CHECKPOINT_AND_STOP"));
}

TEST_F(StepDriverTest, ADecisionToGoOnStandsAgainstWhatRankZeroWouldDecide) {
  checkpoint().set_every_steps(4);
  StartPoint start = MidRun(7);
  start.decided = CONTINUE;
  CreateAt(start);
  RequestStop();
  client_.AnswerPullsOfStep(10, CHECKPOINT_AND_STOP);
  Run();
  EXPECT_THAT(client_.log(), ElementsAre("pull 8", "push 8", "pull 9", "push 9 CHECKPOINT_AND_STOP", "pull 10"));
}

TEST_F(StepDriverTest, OtherRanksRepeatNoDecision) {
  SmallJobOptions options;
  options.workers = 2;
  SetJob(options);
  StartPoint start = MidRun(6);
  start.decided = CHECKPOINT;
  CreateAt(start, /*rank=*/1);
  Run();
  EXPECT_THAT(Boundaries(), IsEmpty());
}

// ---- Another worker is missing -------------------------------------------------------------------------------------

TEST_F(StepDriverTest, AnInterruptionEndsADriverThatWaits) {
  Create();
  ASSERT_TRUE(Turn().ok());
  client_.HoldPulls();
  int ready = 0;
  driver_->Begin([&ready] { ++ready; });
  EXPECT_FALSE(driver_->misses_others());
  driver_->Interrupt(absl::UnavailableError("worker 1 is gone"));
  EXPECT_EQ(ready, 1);
  EXPECT_TRUE(driver_->misses_others());
  EXPECT_EQ(driver_->Finish(now_), absl::UnavailableError("worker 1 is gone"));
  EXPECT_EQ(driver_->step(), 0u) << "step 1 is pushed, but not known to be applied";
  client_.AnswerHeldPull(absl::CancelledError("closing"));
  EXPECT_EQ(ready, 1);
  EXPECT_EQ(driver_->Finish(now_), absl::UnavailableError("worker 1 is gone"));
}

TEST_F(StepDriverTest, AnInterruptionThatComesBeforeBeginIsNotWaitedFor) {
  Create();
  driver_->Interrupt(absl::UnavailableError("worker 1 is gone"));
  client_.HoldPulls();
  bool ready = false;
  driver_->Begin([&ready] { ready = true; });
  EXPECT_TRUE(ready);
  EXPECT_EQ(driver_->Finish(now_), absl::UnavailableError("worker 1 is gone"));
  EXPECT_THAT(client_.log(), IsEmpty());
}

TEST_F(StepDriverTest, AServersErrorIsNotThatOthersAreMissing) {
  for (const bool fails_push : {false, true}) {
    client_ = ScriptedClient();
    Create();
    if (fails_push) {
      client_.FailPushes(absl::ResourceExhaustedError("disk full"));
    } else {
      client_.FailPullsOfStep(2, absl::ResourceExhaustedError("disk full"));
    }
    ASSERT_TRUE(Turn().ok());
    EXPECT_EQ(Turn(), absl::ResourceExhaustedError("disk full"));
    EXPECT_FALSE(driver_->misses_others());
    driver_->Interrupt(absl::UnavailableError("worker 1 is gone"));
    EXPECT_FALSE(driver_->misses_others()) << "what came first ended it";
    EXPECT_EQ(driver_->Finish(now_), absl::ResourceExhaustedError("disk full"));
  }
}

// ---- Dense parameters ----------------------------------------------------------------------------------------------

std::vector<float> ValuesOf(const DenseParameters& parameters) {
  std::vector<float> values;
  for (const SavedParameter& saved : parameters.Save()) {
    values.insert(values.end(), saved.values.begin(), saved.values.end());
  }
  return values;
}

TEST_F(StepDriverTest, DenseGradientsAreAppliedOnceTheNextPullShowsThatServersHaveAppliedTheStep) {
  job_ = SmallNetworkJob();
  Create();
  const std::vector<float> before = ValuesOf(*driver_->dense_parameters());
  ASSERT_TRUE(Turn().ok());
  EXPECT_EQ(client_.log().back(), "push 1");
  client_.HoldPulls();
  driver_->Begin([] {});
  EXPECT_EQ(ValuesOf(*driver_->dense_parameters()), before);
  client_.AnswerHeldPull(CONTINUE);
  ASSERT_TRUE(driver_->Finish(now_).ok());
  EXPECT_EQ(driver_->step(), 1u);
  EXPECT_NE(ValuesOf(*driver_->dense_parameters()), before);
}

TEST_F(StepDriverTest, AnInterruptedDriverHoldsTheDenseParametersOfItsStep) {
  job_ = SmallNetworkJob();
  Create();
  const std::vector<float> before = ValuesOf(*driver_->dense_parameters());
  ASSERT_TRUE(Turn().ok());
  driver_->Interrupt(absl::UnavailableError("worker 1 is gone"));
  EXPECT_FALSE(Turn().ok());
  ASSERT_TRUE(driver_->FetchDense().ok());
  EXPECT_EQ(driver_->step(), 0u);
  EXPECT_EQ(ValuesOf(*driver_->dense_parameters()), before);
}

TEST_F(StepDriverTest, ACheckpointThatLacksItsDenseParametersIsCompletedFirst) {
  for (const auto epoch_end : {StartPoint::EpochEnd::kNone, StartPoint::EpochEnd::kReport}) {
    job_ = SmallNetworkJob();
    client_ = ScriptedClient();
    client_.AnswerPullsOfStep(6, CHECKPOINT);
    sink_.saved.clear();
    StartPoint start = MidRun(5, epoch_end);
    start.dense_saved_step = 0;
    CreateAt(start);
    ASSERT_TRUE(Turn().ok());
    EXPECT_THAT(sink_.saved, ElementsAre(5));
    Run();
    EXPECT_THAT(sink_.saved, ElementsAre(5)) << "once, though several pulls tell of the boundary";
  }
}

TEST_F(StepDriverTest, DenseParametersAreNotSavedWhereTheyAreOrWhereNoCheckpointWasDecided) {
  struct {
    uint64_t dense_saved_step;
    Boundary boundary;
    int rank;
  } const cases[] = {{5, CHECKPOINT, 0}, {7, CHECKPOINT, 0}, {0, CONTINUE, 0}, {0, CHECKPOINT, 1}};
  for (const auto& test : cases) {
    SmallJobOptions options;
    options.workers = 2;
    job_ = SmallNetworkJob({}, options);
    client_ = ScriptedClient();
    client_.AnswerPullsOfStep(6, test.boundary);
    StartPoint start = MidRun(5, StartPoint::EpochEnd::kNone);
    start.dense_saved_step = test.dense_saved_step;
    CreateAt(start, test.rank);
    ASSERT_TRUE(Turn().ok());
    EXPECT_EQ(client_.log().back(), "push 6");
    EXPECT_THAT(sink_.saved, IsEmpty()) << "rank " << test.rank << ", " << Boundary_Name(test.boundary);
  }
}

}  // namespace
}  // namespace shoal
