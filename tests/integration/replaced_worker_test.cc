// Promise 4 of workers, with real processes: those that are killed are started anew, and the run comes to the weights
// of an undisturbed one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "launcher/exit_codes.h"
#include "tests/integration/child_processes.h"
#include "tests/integration/network_jobs.h"
#include "tests/integration/run_results.h"
#include "tests/integration/run_shoal.h"
#include "tests/integration/training_jobs.h"
#include "tests/integration/worker_losses.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

struct Losses {
  std::string network;
  Cluster cluster;
  int epochs;              // Long enough for the kills.
  std::vector<int> ranks;  // Of those that are killed, one after the other.
};

void PrintTo(const Losses& losses, std::ostream* out) {
  *out << (losses.network.empty() ? "small" : losses.network) << ", " << ToString(losses.cluster);
}

class ReplacedWorkerTest : public testing::Test {
 protected:
  // One of NetworkJobNames(); empty: kSmallJob.
  std::string JobOf(const std::string& network) {
    return network.empty() ? workspace_.WriteFile("small.textproto", kSmallJob) : WriteNetworkJob(workspace_, network);
  }
  // A run that takes one loss and does not end by itself.
  RunningShoal StartEndless(const std::string& network, const Cluster& cluster) {
    std::filesystem::create_directory(run_);
    return workspace_.Start(
        TrainCommand(JobOf(network), run_, cluster,
                     {"training.epochs=1000000", "training.checkpoint.every_epochs=0", "cluster.max_restarts=1"}));
  }
  // Of the launcher. Returns its process id.
  static pid_t KillWorker(const std::string& rank, pid_t launcher) {
    const std::vector<ChildProcess> children = ChildrenOf(launcher);
    const pid_t worker = ChildWith("--rank=" + rank, children).pid;
    kill(worker, SIGKILL);
    return worker;
  }

  ShoalWorkspace workspace_;
  const std::string run_ = workspace_ / "run";
};

class LossesTest : public ReplacedWorkerTest, public testing::WithParamInterface<Losses> {};

TEST_P(LossesTest, TheRunGoesOnAndComesToTheWeightsOfAnUndisturbedOne) {
  const Losses& losses = GetParam();
  TrainWithLosses(workspace_, JobOf(losses.network), losses.cluster, losses.epochs, losses.ranks);
}

INSTANTIATE_TEST_SUITE_P(Jobs, LossesTest,
                         testing::Values(Losses{"", {2, 2, "UNIX"}, 200, {0, 1}}, Losses{"", {1, 1, "TCP"}, 200, {0}},
                                         Losses{"Classification", {2, 2, "UNIX"}, 30, {1, 0}},
                                         Losses{"Contrastive", {1, 2, "UNIX"}, 30, {0, 1}}));

TEST_F(ReplacedWorkerTest, OneLossTooManyEndsTheRun) {
  RunningShoal shoal = StartEndless("", {1, 2, "UNIX"});
  ASSERT_TRUE(shoal.WaitForTraining(run_));
  KillWorker("0", shoal.pid());
  ASSERT_TRUE(shoal.WaitForTraining(run_, 5000));
  const pid_t second = KillWorker("1", shoal.pid());
  const ShoalResult result = shoal.Wait();
  EXPECT_EQ(result.exit_code, kExitFailed);
  EXPECT_THAT(result.output, HasSubstr(absl::StrCat("worker 1 (pid ", second, ") was killed by SIGKILL\n")));
  EXPECT_EQ(ReadSummary(run_).at("restarts"), 1);
}

// Nobody else has the dense parameters.
TEST_F(ReplacedWorkerTest, TheOnlyWorkerOfANetworkCannotBeReplaced) {
  RunningShoal shoal = StartEndless("Classification", {1, 1, "UNIX"});
  ASSERT_TRUE(shoal.WaitForTraining(run_));
  KillWorker("0", shoal.pid());
  EXPECT_EQ(shoal.Wait().exit_code, kExitFailed);
  EXPECT_EQ(ReadSummary(run_).at("restarts"), 0);
}

// It is there, so that no process ends, but does nothing.
TEST_F(ReplacedWorkerTest, AWorkerThatDoesNotComeBackIsKilledAndReplaced) {
  const Cluster cluster = {1, 2, "UNIX"};
  std::vector<std::string> set = {"training.epochs=30"};
  const std::string job = JobOf("Classification");
  const std::string undisturbed = Train(workspace_, job, cluster, set);
  set.insert(set.end(), {"cluster.max_restarts=3", "cluster.give_up_after_seconds=5"});
  std::filesystem::create_directory(run_);
  RunningShoal shoal = workspace_.Start(TrainCommand(job, run_, cluster, set));
  ASSERT_TRUE(shoal.WaitForTraining(run_));
  const std::vector<ChildProcess> children = ChildrenOf(shoal.pid());
  kill(ChildWith("--rank=0", children).pid, SIGSTOP);
  const ShoalResult result = shoal.Wait();
  ASSERT_EQ(result.exit_code, kExitOk) << result.output;
  EXPECT_THAT(result.output, HasSubstr("worker 0 does not come back to the others, who have waited for 5 s "
                                       "(cluster.give_up_after_seconds); killing it\n"));
  EXPECT_GE(ReadSummary(run_).at("restarts"), 1);
  EXPECT_EQ(Digests(run_), Digests(undisturbed));
}

// While nobody trains, a signal still leads to a checkpoint.
TEST_F(ReplacedWorkerTest, ASignalBehindALossStopsTheRunAfterACheckpoint) {
  RunningShoal shoal = StartEndless("Classification", {1, 2, "UNIX"});
  ASSERT_TRUE(shoal.WaitForTraining(run_));
  KillWorker("1", shoal.pid());
  shoal.Signal(SIGTERM);
  const ShoalResult result = shoal.Wait();
  EXPECT_EQ(result.exit_code, kExitStopped) << result.output;
  EXPECT_EQ(ReadSummary(run_).at("restarts"), 1);
  EXPECT_EQ(CheckpointSteps(run_).size(), 1U);
}

}  // namespace
}  // namespace shoal
