#include "tests/integration/worker_losses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdint>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "launcher/exit_codes.h"
#include "tests/integration/child_processes.h"
#include "tests/integration/run_results.h"

namespace shoal {

using ::testing::AllOf;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;

void TrainWithLosses(ShoalWorkspace& workspace, const std::string& job_file, const Cluster& cluster, int epochs,
                     const std::vector<int>& ranks, std::vector<std::string> set) {
  set.push_back(absl::StrCat("training.epochs=", epochs));
  set.push_back("training.checkpoint.every_epochs=5");
  const std::string undisturbed = Train(workspace, job_file, cluster, set);
  set.push_back("cluster.max_restarts=8");
  const std::string run = workspace.NewPath("run");
  std::filesystem::create_directory(run);
  RunningShoal shoal = workspace.Start(TrainCommand(job_file, run, cluster, set));
  uint64_t step = 1;
  int kills = 0;
  for (const int rank : ranks) {
    if (!shoal.WaitForTraining(run, step)) break;
    const std::vector<ChildProcess> children = ChildrenOf(shoal.pid());
    kill(ChildWith(absl::StrCat("--rank=", rank), children).pid, SIGKILL);
    ++kills;
    step += static_cast<uint64_t>(epochs) * kSmallJobStepsPerEpoch / 4;
  }
  const ShoalResult result = shoal.Wait();
  ASSERT_EQ(result.exit_code, kExitOk) << result.output;
  EXPECT_THAT(result.output, HasSubstr(absl::StrCat("worker ", ranks[0], " (pid ")));
  EXPECT_THAT(result.output, HasSubstr(" was killed by SIGKILL; starting it anew (1 of 8 restarts); its log is "));
  // The last may come when the worker has just finished.
  EXPECT_THAT(ReadSummary(run).at("restarts").get<int>(), AllOf(Ge(1), Le(kills)));
  EXPECT_EQ(Digests(run), Digests(undisturbed));
  EXPECT_EQ(CheckpointSteps(run), CheckpointSteps(undisturbed));
  const nlohmann::json trained = EpochsWithoutTimes(run);
  const nlohmann::json expected = EpochsWithoutTimes(undisturbed);
  ASSERT_EQ(trained.size(), expected.size());
  for (size_t i = 0; i < trained.size(); ++i) EXPECT_EQ(trained[i].at("validation"), expected[i].at("validation"));
}

}  // namespace shoal
