#include "launcher/training_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/launcher/child_test_util.h"
#include "tests/launcher/test_job.h"

namespace shoal {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Keeps what is written, and once that holds `trigger` sends this process SIGTERM.
class SignalOnText : public std::stringbuf {
 public:
  std::string trigger;

 protected:
  int sync() override {
    if (!trigger.empty() && str().find(trigger) != std::string::npos) {
      trigger.clear();
      kill(getpid(), SIGTERM);
    }
    return 0;
  }
};

class TrainingRunTest : public testing::Test {
 protected:
  TrainingRunTest() : run_directory_(directory_ / "run") {
    std::filesystem::create_directories(binaries());
    for (const char* name : {"shoal-worker", "shoal-parameter-server"}) {
      std::filesystem::create_symlink(TestBinary("fake_member"), binaries() + "/" + name);
    }
  }
  std::string binaries() const { return directory_ / "bin"; }

  // `scenario`: see fake_member.cc.
  absl::StatusOr<TrainingEnd> Run(const std::string& scenario, int workers, int servers) {
    ResolvedJob job = MakeTestJob(workers, servers);
    job.mutable_job()->set_name(scenario);
    if (dense_) GiveDenseParameters(&job);
    job.mutable_job()->mutable_cluster()->set_startup_timeout_seconds(startup_timeout_);
    job.mutable_job()->mutable_cluster()->set_max_restarts(max_restarts_);
    FileSystem& files = PosixFileSystem();
    auto signals = SignalWatcher::Create();
    EXPECT_TRUE(run_directory_.Create(files).ok());
    auto metrics = MetricsLog::Open(files, run_directory_.metrics_file(), 0);
    ProgressDisplay::Options display_options;
    display_options.now = absl::Now;
    display_options.epochs = 3;
    ProgressDisplay display(&shown_, display_options);
    Summary summary(job);
    Coordinator::Options coordinator;
    coordinator.job = job;
    coordinator.resume_step = resume_step_;
    TrainingRun run({coordinator, run_directory_, binaries(), directory_.path(),
                     [this](uint64_t step, const std::vector<CheckpointFile>& files) { return Publish(step, files); },
                     [this] {
                       published_.push_back("pruned");
                       return absl::OkStatus();
                     },
                     summary_period_, silence_limit_},
                    signals->get(), {&files, &display, metrics->get(), &summary});
    return run.Run();
  }
  absl::StatusOr<PublishedCheckpoint> Publish(uint64_t step, const std::vector<CheckpointFile>& files) {
    if (!publish_error_.ok()) return publish_error_;
    for (const CheckpointFile& file : files) published_.push_back(absl::StrCat(step, " ", file.name()));
    return PublishedCheckpoint{absl::StrCat("step-", step), {"digest", "dense digest"}};
  }
  std::string shown() const { return signal_on_text_.str(); }
  nlohmann::json Summarised() const { return nlohmann::json::parse(ReadText(run_directory_.summary_file())); }
  // The folder of the sockets is gone, whatever happened.
  void TearDown() override {
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
      EXPECT_THAT(entry.path().filename().string(), testing::AnyOf("run", "bin"));
    }
  }

  TestDirectory directory_;
  RunDirectory run_directory_;
  SignalOnText signal_on_text_;
  std::ostream shown_{&signal_on_text_};
  std::vector<std::string> published_;
  absl::Status publish_error_;
  double startup_timeout_ = 60;
  uint64_t resume_step_ = 0;
  absl::Duration summary_period_ = absl::Seconds(1);
  absl::Duration silence_limit_ = absl::Minutes(1);
  bool dense_ = false;
  int max_restarts_ = 0;
};

TEST_F(TrainingRunTest, AnEmbeddedJobIsTrainedByOneWorker) {
  const absl::StatusOr<TrainingEnd> end = Run("good", 1, 0);
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_EQ(end->kind, TrainingEnd::kFinished);
  EXPECT_EQ(end->step, 30u);
  EXPECT_THAT(published_, ElementsAre("30 tables-0", "pruned"));
  EXPECT_TRUE(std::filesystem::exists(run_directory_.logs() + "/worker-0.log"));
}

TEST_F(TrainingRunTest, AClusterIsTrainedAndRecorded) {
  const absl::StatusOr<TrainingEnd> end = Run("good", 2, 2);
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_THAT(published_, ElementsAre("30 tables-0", "30 tables-1", "pruned"));
  const nlohmann::json summary = Summarised();
  EXPECT_EQ(summary["status"], "finished");
  EXPECT_EQ(summary["steps"], 30);
  EXPECT_EQ(summary["weights_digest"], "digest");
  EXPECT_EQ(summary["epochs"].size(), 3u);
  EXPECT_EQ(summary["epochs"][0]["train"]["examples"], 20);
  EXPECT_EQ(summary["epochs"][2]["validation"]["loss"], 0.2);
  EXPECT_EQ(summary["peak_memory_bytes"]["parameter_server-1"], 1001);
  const std::string metrics = ReadText(run_directory_.metrics_file());
  EXPECT_EQ(std::count(metrics.begin(), metrics.end(), '\n'), 30);
  EXPECT_THAT(shown(), HasSubstr("epoch 3/3  train loss 0.50000"));
}

TEST_F(TrainingRunTest, AnEpochIsWrittenThoughNothingHappensAfterIt) {
  summary_period_ = absl::Milliseconds(100);
  setenv("SHOAL_FAKE_SUMMARY", run_directory_.summary_file().c_str(), 1);
  const absl::StatusOr<TrainingEnd> end = Run("patient", 1, 0);
  unsetenv("SHOAL_FAKE_SUMMARY");
  EXPECT_TRUE(end.ok()) << end.status();
}

TEST_F(TrainingRunTest, TheEndIsWrittenWithTheEpochsThatWaitedForIt) {
  summary_period_ = absl::InfiniteDuration();
  for (const bool fails : {false, true}) {
    if (fails) publish_error_ = absl::ResourceExhaustedError("No space left on device");
    EXPECT_EQ(Run("good", 1, 0).ok(), !fails);
    EXPECT_EQ(Summarised()["status"], fails ? "failed" : "finished");
    EXPECT_EQ(Summarised()["epochs"].size(), 3U);
  }
}

TEST_F(TrainingRunTest, DenseParametersArePublishedWithTheTables) {
  dense_ = true;
  for (const int servers : {0, 2}) {
    published_.clear();
    const absl::StatusOr<TrainingEnd> end = Run("good", servers == 0 ? 1 : 2, servers);
    ASSERT_TRUE(end.ok()) << end.status();
    EXPECT_EQ(published_.at(std::max(servers, 1)), "30 dense.safetensors");
    EXPECT_EQ(Summarised()["dense_digest"], "dense digest");
  }
}

TEST_F(TrainingRunTest, AWorkerThatEndsWithoutItsDenseParametersHasFailed) {
  dense_ = true;
  for (const int servers : {0, 1}) {
    const std::string message(Run("forgetful", 1, servers).status().message());
    EXPECT_THAT(message, HasSubstr("worker 0 (pid "));
    EXPECT_THAT(message, HasSubstr("without having finished"));
    EXPECT_THAT(published_, testing::IsEmpty());
  }
}

TEST_F(TrainingRunTest, ADeathEndsTheJobWithinFiveSecondsAndIsExplained) {
  const absl::Time start = absl::Now();
  const absl::Status status = Run("crash", 3, 2).status();
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  const std::string message(status.message());
  EXPECT_THAT(message, HasSubstr("worker 1 (pid "));
  EXPECT_THAT(message, HasSubstr("exited with status 9"));
  EXPECT_THAT(message, HasSubstr("| about to fail"));
  EXPECT_THAT(message, HasSubstr(run_directory_.logs() + "/worker-1.log"));
  EXPECT_EQ(Summarised()["status"], "failed");
  EXPECT_EQ(Summarised()["error"].get<std::string>() + "\n", message);
}

TEST_F(TrainingRunTest, ADeathBySignalIsNamed) {
  EXPECT_THAT(std::string(Run("killed", 2, 1).status().message()), HasSubstr("was killed by SIGKILL"));
}

TEST_F(TrainingRunTest, LeavingWithoutAWordIsAFailure) {
  const std::string message(Run("quiet", 2, 1).status().message());
  EXPECT_THAT(message, HasSubstr("worker 0 (pid "));
  EXPECT_THAT(message, HasSubstr("without having finished"));
}

TEST_F(TrainingRunTest, ASignalStopsTheRunAfterACheckpoint) {
  const absl::StatusOr<TrainingEnd> end = Run("stop", 1, 0);
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_EQ(end->kind, TrainingEnd::kStopped);
  EXPECT_EQ(end->step, 3u);
  EXPECT_THAT(published_, ElementsAre("3 tables-0", "pruned"));
  EXPECT_EQ(Summarised()["status"], "stopped");
  EXPECT_THAT(shown(), HasSubstr("SIGTERM: saving a checkpoint and stopping"));
}

TEST_F(TrainingRunTest, ASignalBeforeAllAreThereStopsAtOnce) {
  setenv("SHOAL_FAKE_MUTE_SERVERS", "1", 1);
  setenv("SHOAL_FAKE_SIGNAL", "1", 1);
  const absl::Time start = absl::Now();
  const absl::StatusOr<TrainingEnd> end = Run("good", 1, 1);
  unsetenv("SHOAL_FAKE_SIGNAL");
  unsetenv("SHOAL_FAKE_MUTE_SERVERS");
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_LT(absl::Now() - start, absl::Seconds(30)) << "it waited for the startup timeout";
  EXPECT_EQ(end->kind, TrainingEnd::kStopped);
  EXPECT_EQ(end->step, 0u);
  EXPECT_EQ(end->signal, SIGTERM);
  EXPECT_THAT(published_, testing::IsEmpty());
  EXPECT_EQ(Summarised()["status"], "stopped");
}

TEST_F(TrainingRunTest, ASignalBeforeAnyProgressStopsAtOnce) {
  const absl::StatusOr<TrainingEnd> end = Run("slow", 1, 0);
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_EQ(end->kind, TrainingEnd::kStopped);
  EXPECT_EQ(end->step, 0u);
  EXPECT_THAT(shown(), testing::Not(HasSubstr("saving a checkpoint")));
}

TEST_F(TrainingRunTest, ASignalBeforeAnOwedValidationLeavesItOwed) {
  resume_step_ = 30;  // All of them.
  const absl::StatusOr<TrainingEnd> end = Run("slow", 1, 0);
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_EQ(end->kind, TrainingEnd::kStopped);
  EXPECT_EQ(end->step, 30u);
  EXPECT_EQ(Summarised()["status"], "stopped");
}

TEST_F(TrainingRunTest, AWorkerThatSaysNothingIsShown) {
  silence_limit_ = absl::Milliseconds(100);
  signal_on_text_.trigger = "no progress report for 0.1 s from worker 0 (none so far: it may be reading data or rows)";
  const absl::StatusOr<TrainingEnd> end = Run("mute", 1, 0);
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_EQ(end->kind, TrainingEnd::kStopped);
  EXPECT_THAT(shown(), HasSubstr("the logs are in " + run_directory_.logs()));
}

TEST_F(TrainingRunTest, ASecondSignalKills) {
  const absl::StatusOr<TrainingEnd> end = Run("deaf", 1, 0);
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_EQ(end->kind, TrainingEnd::kKilled);
  EXPECT_EQ(Summarised()["status"], "killed");
}

TEST_F(TrainingRunTest, AStartupTimeoutNamesWhoIsMissing) {
  setenv("SHOAL_FAKE_MUTE_SERVERS", "1", 1);
  startup_timeout_ = 0.5;
  const absl::Status status = Run("good", 1, 1).status();
  unsetenv("SHOAL_FAKE_MUTE_SERVERS");
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(status.message()), HasSubstr("not ready after 0.5 s"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("parameter server 0"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("| waiting for nobody"));
}

TEST_F(TrainingRunTest, AMissingExecutableIsAnError) {
  std::filesystem::remove(binaries() + "/shoal-worker");
  EXPECT_THAT(std::string(Run("good", 1, 0).status().message()), HasSubstr("/shoal-worker"));
}

TEST_F(TrainingRunTest, ACheckpointThatCannotBePublishedEndsTheJob) {
  publish_error_ = absl::ResourceExhaustedError("No space left on device");
  const absl::Status status = Run("good", 1, 2).status();
  EXPECT_EQ(status, publish_error_);
  EXPECT_EQ(Summarised()["status"], "failed");
}

// ---- Workers that are started anew ---------------------------------------------------------------------------------

TEST_F(TrainingRunTest, AWorkerThatEndsEarlyIsNamedAndStartedAnewAndTheRunGoesOn) {
  max_restarts_ = 2;
  const absl::StatusOr<TrainingEnd> end = Run("killed", 2, 2);
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_EQ(end->kind, TrainingEnd::kFinished);
  EXPECT_EQ(end->step, 30u);
  EXPECT_THAT(shown(), AllOf(HasSubstr("worker 1 (pid "),
                             HasSubstr(") was killed by SIGKILL; starting it anew (1 of 2 restarts); its log is " +
                                       run_directory_.logs() + "/worker-1.log")));
  const nlohmann::json summary = Summarised();
  EXPECT_EQ(summary["status"], "finished");
  EXPECT_EQ(summary["restarts"], 1);
  EXPECT_EQ(summary["epochs"].size(), 3u);
  const std::string metrics = ReadText(run_directory_.metrics_file());
  EXPECT_EQ(std::count(metrics.begin(), metrics.end(), '\n'), 30) << "each interval once";
}

TEST_F(TrainingRunTest, OneWorkerTooManyEndsTheRun) {
  max_restarts_ = 2;
  const std::string message(Run("doomed", 2, 1).status().message());
  EXPECT_THAT(message, AllOf(HasSubstr("worker 1 (pid "), HasSubstr("was killed by SIGKILL")));
  EXPECT_THAT(shown(), HasSubstr("(2 of 2 restarts)"));
  EXPECT_EQ(Summarised()["status"], "failed");
  EXPECT_EQ(Summarised()["restarts"], 2);
}

TEST_F(TrainingRunTest, AWorkerThatNobodyCanReplaceEndsTheRun) {
  max_restarts_ = 2;
  EXPECT_THAT(std::string(Run("quiet", 1, 0).status().message()), HasSubstr("without having finished")) << "embedded";
  dense_ = true;
  EXPECT_THAT(std::string(Run("quiet", 1, 1).status().message()), HasSubstr("without having finished"));
  EXPECT_EQ(Summarised()["restarts"], 0);
}

TEST_F(TrainingRunTest, WorkersThatMissEachOtherComeTogetherAgain) {
  max_restarts_ = 1;
  const absl::StatusOr<TrainingEnd> end = Run("apart", 2, 1);
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_EQ(end->step, 30u);
  EXPECT_EQ(Summarised()["restarts"], 1) << "though nobody was started anew";
}

TEST_F(TrainingRunTest, AWorkerThatIsKilledWhenAllHaveFinishedIsNotMissed) {
  for (const int max_restarts : {0, 1}) {
    max_restarts_ = max_restarts;
    const absl::Status status = Run("late", 2, 1).status();
    EXPECT_EQ(status.ok(), max_restarts > 0) << status;
    EXPECT_EQ(Summarised()["restarts"], 0);
  }
}

}  // namespace
}  // namespace shoal
