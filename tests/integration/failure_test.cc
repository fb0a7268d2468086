// Whatever process dies, the job ends within five seconds, says which and why, and leaves no process behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "launcher/exit_codes.h"
#include "tests/integration/child_processes.h"
#include "tests/integration/run_results.h"
#include "tests/integration/run_shoal.h"
#include "tests/integration/training_jobs.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

// Two servers and two workers in the midst of training.
class FailureTest : public testing::Test {
 protected:
  FailureTest() : shoal_(StartTraining()), trains_(shoal_.WaitForTraining(run_)), children_(ChildrenOf(shoal_.pid())) {}

  void SetUp() override {
    ASSERT_TRUE(trains_) << shoal_.Wait().output;
    ASSERT_EQ(children_.size(), 4U);
  }
  RunningShoal StartTraining() {
    std::filesystem::create_directory(run_);
    return workspace_.Start(TrainCommand(workspace_.WriteFile("small.textproto", kSmallJob), run_, {2, 2},
                                         {"training.epochs=1000000", "training.checkpoint.every_epochs=0"}));
  }
  void ExpectNoProcessIsLeft() const {
    for (const ChildProcess& child : children_) EXPECT_TRUE(EndsWithinFiveSeconds(child.pidfd)) << child.command_line;
  }
  // `title` and `log` are those of the process with `argument`.
  void ExpectReportOfKilled(const std::string& argument, const std::string& title, const std::string& log) {
    const ChildProcess& victim = ChildWith(argument, children_);
    const absl::Time killed = absl::Now();
    ASSERT_EQ(kill(victim.pid, SIGKILL), 0);
    const ShoalResult result = shoal_.Wait();
    EXPECT_LT(absl::Now() - killed, absl::Seconds(5));
    EXPECT_EQ(result.exit_code, kExitFailed);
    EXPECT_THAT(result.output,
                HasSubstr(absl::StrCat("shoal train: ", title, " (pid ", victim.pid, ") was killed by SIGKILL\n")));
    EXPECT_THAT(result.output, HasSubstr(run_ + "/logs/" + log));
    EXPECT_THAT(result.output, HasSubstr("\nno checkpoint had been saved yet; start over with: shoal train "));
    EXPECT_EQ(ReadSummary(run_).at("status"), "failed");
    EXPECT_THAT(ReadSummary(run_).at("error").get<std::string>(), HasSubstr(title));
    EXPECT_FALSE(ReadSummary(run_).contains("checkpoint"));
    ExpectNoProcessIsLeft();
    EXPECT_TRUE(std::filesystem::is_empty(workspace_ / "tmp")) << "the folder of sockets is left";
  }

  ShoalWorkspace workspace_;
  const std::string run_ = workspace_ / "run";
  RunningShoal shoal_;
  const bool trains_;
  const std::vector<ChildProcess> children_;
};

TEST_F(FailureTest, AKilledWorkerEndsTheJobAndIsNamed) { ExpectReportOfKilled("--rank=1", "worker 1", "worker-1.log"); }

TEST_F(FailureTest, AKilledServerEndsTheJobAndIsNamed) {
  ExpectReportOfKilled("--index=0", "parameter server 0", "parameter_server-0.log");
}

// As a service manager or a batch system signals a job.
TEST_F(FailureTest, ASignalToEveryProcessStopsTheJobAfterACheckpoint) {
  for (const ChildProcess& child : children_) ASSERT_EQ(kill(child.pid, SIGTERM), 0);
  shoal_.Signal(SIGTERM);
  const ShoalResult result = shoal_.Wait();
  EXPECT_EQ(result.exit_code, kExitStopped) << result.output;
  EXPECT_EQ(ReadSummary(run_).at("status"), "stopped");
  ExpectNoProcessIsLeft();
}

TEST_F(FailureTest, AKilledLauncherLeavesNoProcess) {
  shoal_.Signal(SIGKILL);
  EXPECT_EQ(shoal_.Wait().exit_code, kExitKilled + SIGKILL);
  ExpectNoProcessIsLeft();
}

}  // namespace
}  // namespace shoal
