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

namespace shoal {
namespace {

using ::testing::HasSubstr;

struct Losses {
  std::string network;  // One of NetworkJobNames(); empty: kSmallJob.
  Cluster cluster;
  int epochs;              // Long enough for the kills.
  std::vector<int> ranks;  // Of those that are killed, one after the other.
};

void PrintTo(const Losses& losses, std::ostream* out) {
  *out << (losses.network.empty() ? "small" : losses.network) << ", " << ToString(losses.cluster);
}

class ReplacedWorkerTest : public testing::Test {
 protected:
  std::string JobOf(const Losses& losses) {
    return losses.network.empty() ? workspace_.WriteFile("small.textproto", kSmallJob)
                                  : WriteNetworkJob(workspace_, losses.network);
  }
  // A run whose folder is there before it begins.
  RunningShoal Start(const std::vector<std::string>& command, const std::string& run) {
    std::filesystem::create_directory(run);
    return workspace_.Start(command);
  }

  ShoalWorkspace workspace_;
};

class LossesTest : public ReplacedWorkerTest, public testing::WithParamInterface<Losses> {};

TEST_P(LossesTest, TheRunGoesOnAndComesToTheWeightsOfAnUndisturbedOne) {
  const Losses& losses = GetParam();
  const std::string job = JobOf(losses);
  std::vector<std::string> set = {absl::StrCat("training.epochs=", losses.epochs),
                                  "training.checkpoint.every_epochs=5"};
  const std::string undisturbed = Train(workspace_, job, losses.cluster, set);
  set.push_back("cluster.max_restarts=8");
  const std::string run = workspace_ / "run";
  RunningShoal shoal = Start(TrainCommand(job, run, losses.cluster, set), run);
  uint64_t step = 1;
  int kills = 0;
  for (const int rank : losses.ranks) {
    if (!shoal.WaitForTraining(run, step)) break;
    const std::vector<ChildProcess> children = ChildrenOf(shoal.pid());
    kill(ChildWith(absl::StrCat("--rank=", rank), children).pid, SIGKILL);
    ++kills;
    step += losses.epochs * kSmallJobStepsPerEpoch / 4;
  }
  const ShoalResult result = shoal.Wait();
  ASSERT_EQ(result.exit_code, kExitOk) << result.output;
  EXPECT_GT(kills, 0);
  EXPECT_THAT(result.output, HasSubstr(absl::StrCat("worker ", losses.ranks[0], " (pid ")));
  EXPECT_THAT(result.output, HasSubstr(" was killed by SIGKILL; starting it anew (1 of 8 restarts); its log is "));
  EXPECT_EQ(ReadSummary(run).at("restarts"), kills);
  EXPECT_EQ(Digests(run), Digests(undisturbed));
  EXPECT_EQ(CheckpointSteps(run), CheckpointSteps(undisturbed));
  const nlohmann::json epochs = EpochsWithoutTimes(run);
  const nlohmann::json expected = EpochsWithoutTimes(undisturbed);
  ASSERT_EQ(epochs.size(), expected.size());
  for (size_t i = 0; i < epochs.size(); ++i) EXPECT_EQ(epochs[i].at("validation"), expected[i].at("validation"));
}

INSTANTIATE_TEST_SUITE_P(Jobs, LossesTest,
                         testing::Values(Losses{"", {2, 2, "UNIX"}, 100, {0, 1}}, Losses{"", {1, 1, "TCP"}, 100, {0}},
                                         Losses{"Classification", {2, 2, "UNIX"}, 30, {1, 0}},
                                         Losses{"Contrastive", {1, 2, "UNIX"}, 30, {0, 1}}));

// Once more than may be.
TEST_F(ReplacedWorkerTest, OneLossTooManyEndsTheRun) {
  const std::string run = workspace_ / "run";
  const Losses losses = {"", {1, 2, "UNIX"}, 1, {}};
  RunningShoal shoal = Start(
      TrainCommand(JobOf(losses), run, losses.cluster, {"training.epochs=1000000", "cluster.max_restarts=1"}), run);
  ASSERT_TRUE(shoal.WaitForTraining(run));
  const std::vector<ChildProcess> first = ChildrenOf(shoal.pid());
  kill(ChildWith("--rank=0", first).pid, SIGKILL);
  ASSERT_TRUE(shoal.WaitForTraining(run, 5000));
  const std::vector<ChildProcess> second = ChildrenOf(shoal.pid());
  const pid_t victim = ChildWith("--rank=1", second).pid;
  kill(victim, SIGKILL);
  const ShoalResult result = shoal.Wait();
  EXPECT_EQ(result.exit_code, kExitFailed);
  EXPECT_THAT(result.output, HasSubstr(absl::StrCat("worker 1 (pid ", victim, ") was killed by SIGKILL\n")));
  EXPECT_EQ(ReadSummary(run).at("restarts"), 1);
}

// Nobody else has the dense parameters.
TEST_F(ReplacedWorkerTest, TheOnlyWorkerOfANetworkCannotBeReplaced) {
  const std::string run = workspace_ / "run";
  const Losses losses = {"Classification", {1, 1, "UNIX"}, 1, {}};
  RunningShoal shoal = Start(
      TrainCommand(JobOf(losses), run, losses.cluster, {"training.epochs=1000000", "cluster.max_restarts=1"}), run);
  ASSERT_TRUE(shoal.WaitForTraining(run));
  const std::vector<ChildProcess> children = ChildrenOf(shoal.pid());
  kill(ChildWith("--rank=0", children).pid, SIGKILL);
  EXPECT_EQ(shoal.Wait().exit_code, kExitFailed);
  EXPECT_EQ(ReadSummary(run).at("restarts"), 0);
}

}  // namespace
}  // namespace shoal
