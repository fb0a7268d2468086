// Promise: resuming from any checkpoint, at another number of servers, gives the weights of the undisturbed run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "launcher/exit_codes.h"
#include "tests/integration/network_jobs.h"
#include "tests/integration/run_results.h"
#include "tests/integration/run_shoal.h"
#include "tests/integration/training_jobs.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

struct Resharding {
  Cluster before;
  Cluster after;
  std::string network = "";  // One of NetworkJobNames(); empty: kSmallJob.
  std::string wire_dtype = "FLOAT32";
};

// Weights and optimizer state of the dense parameters, to the byte; empty where there are none.
std::string LastDenseParameters(const std::string& run) {
  const std::string checkpoint = CheckpointDirectory(run, CheckpointSteps(run).back());
  return ReadText(checkpoint + "/dense.safetensors");
}

class ResumeTest : public testing::Test {
 protected:
  // In each of these files of a checkpoint, on its own.
  void ExpectDamageIsFound(const std::string& job, const std::vector<std::string>& files);

  ShoalWorkspace workspace_;
  const std::string job_ = workspace_.WriteFile("small.textproto", kSmallJob);
};

class ReshardingTest : public ResumeTest, public testing::WithParamInterface<Resharding> {
 protected:
  const std::string job_ =
      GetParam().network.empty() ? ResumeTest::job_ : WriteNetworkJob(workspace_, GetParam().network);
};

// 13, 26 and 65 are in the middle of an epoch, 38 at its end.
TEST_P(ReshardingTest, EveryCheckpointLeadsToTheWeightsOfTheUndisturbedRun) {
  const std::vector<std::string> set = {"training.checkpoint.every_steps=13", "training.checkpoint.keep=0",
                                        "cluster.wire_dtype=" + GetParam().wire_dtype};
  const std::string undisturbed = Train(workspace_, job_, GetParam().before, set);
  ASSERT_THAT(CheckpointSteps(undisturbed), IsSupersetOf({13, 26, 38, 65, kSmallJobSteps}));
  for (const uint64_t step : {13, 26, 38, 65}) {
    SCOPED_TRACE(step);
    const std::string run = workspace_.NewPath("run");
    CopyRunUpTo(step, undisturbed, run);
    std::vector<std::string> command = TrainCommand(job_, run, GetParam().after, set);
    command.push_back("--resume");
    const ShoalResult result = workspace_.Run(command);
    ASSERT_EQ(result.exit_code, kExitOk) << result.output;
    EXPECT_THAT(result.output, HasSubstr("resuming from " + CheckpointDirectory(run, step)));
    EXPECT_EQ(Digests(run), Digests(undisturbed));
    EXPECT_TRUE(LastDenseParameters(run) == LastDenseParameters(undisturbed));
    const nlohmann::json epochs = EpochsWithoutTimes(run);
    const nlohmann::json expected = EpochsWithoutTimes(undisturbed);
    ASSERT_EQ(epochs.size(), 2U);
    EXPECT_EQ(epochs[1].at("validation"), expected[1].at("validation"));
    EXPECT_EQ(ReadMetrics(run).back().at("step"), kSmallJobSteps);
  }
}

// The signal comes at any step. The schedule is constant, so that the run can be cut short wherever that was.
TEST_P(ReshardingTest, AStoppedRunSaysHowToResumeAndThenLearnsTheSame) {
  const std::vector<std::string> set = {"training.schedule.constant={}", "training.checkpoint.every_epochs=0",
                                        "training.epochs=100000"};
  const std::string run = workspace_.NewPath("run");
  std::filesystem::create_directory(run);
  RunningShoal shoal = workspace_.Start(TrainCommand(job_, run, GetParam().before, set));
  ASSERT_TRUE(shoal.WaitForTraining(run)) << shoal.Wait().output;
  shoal.Signal(SIGTERM);
  const ShoalResult stopped = shoal.Wait();
  ASSERT_EQ(stopped.exit_code, kExitStopped) << stopped.output;
  const nlohmann::json summary = ReadSummary(run);
  EXPECT_EQ(summary.at("status"), "stopped");
  const uint64_t step = summary.at("checkpoint_step");
  EXPECT_GE(step, 10U);
  EXPECT_EQ(CheckpointSteps(run), std::vector<uint64_t>{step});

  const std::string hint =
      absl::StrCat("stopped after step ", step, " of ", 100000 * kSmallJobStepsPerEpoch, "; resume with: shoal ");
  ASSERT_THAT(stopped.output, HasSubstr(hint));
  const std::string told = stopped.output.substr(stopped.output.find(hint) + hint.size());
  std::vector<std::string> command =
      absl::StrSplit(absl::StrReplaceAll(told.substr(0, told.find('\n')), {{"'", ""}}), ' ');
  const std::string epochs = absl::StrCat("training.epochs=", step / kSmallJobStepsPerEpoch + 1);
  for (const std::string& field : {epochs, absl::StrCat("cluster.parameter_servers=", GetParam().after.servers)}) {
    command.insert(command.end(), {"--set", field});
  }
  const ShoalResult resumed = workspace_.Run(command);
  ASSERT_EQ(resumed.exit_code, kExitOk) << resumed.output;

  std::vector<std::string> undisturbed_set = set;
  undisturbed_set.back() = epochs;
  const std::string undisturbed = Train(workspace_, job_, GetParam().before, undisturbed_set);
  EXPECT_EQ(Digests(run), Digests(undisturbed));
  EXPECT_TRUE(LastDenseParameters(run) == LastDenseParameters(undisturbed));
}

std::string NameOf(const Resharding& resharding) {
  const auto& [before, after, network, wire_dtype] = resharding;
  return absl::StrCat(network, wire_dtype == "FLOAT32" ? "" : wire_dtype, "From", before.servers, "To", after.servers,
                      "With", before.workers, before.workers == 1 ? "Worker" : "Workers");
}

INSTANTIATE_TEST_SUITE_P(
    ResumeTest, ReshardingTest,
    testing::Values(Resharding{{0, 1}, {2, 1}}, Resharding{{2, 1}, {3, 1}}, Resharding{{3, 1}, {0, 1}},
                    Resharding{{0, 1}, {2, 1}, "Classification"}, Resharding{{2, 2}, {3, 2}, "Classification"},
                    Resharding{{0, 1}, {2, 1}, "EmbeddingRules"}, Resharding{{2, 2}, {3, 2}, "EmbeddingRules"},
                    Resharding{{3, 1}, {0, 1}, "Text"}, Resharding{{0, 1}, {2, 1}, "Triplet"},
                    Resharding{{2, 2}, {1, 2}, "Triplet"}, Resharding{{1, 3}, {2, 3}, "Contrastive"},
                    Resharding{{0, 1}, {2, 1}, "SampledSoftmax"}, Resharding{{2, 2}, {3, 2}, "SampledSoftmax"},
                    Resharding{{2, 1}, {3, 1}, "IdLists"}, Resharding{{2, 2}, {1, 2}, "GivenTriplets"},
                    Resharding{{0, 1}, {2, 1}, "EmbeddingRules", "BFLOAT16"}, Resharding{{2, 2}, {3, 2}, "", "FLOAT16"},
                    Resharding{{1, 1}, {0, 1}, "Bpr"}, Resharding{{2, 2}, {1, 2}, "Logistic"}),
    [](const auto& info) { return NameOf(info.param); });

// Leaves in the run what it had when its last checkpoint was just in place.
void ForgetTheLastValidation(const std::string& run) {
  nlohmann::json summary = ReadSummary(run);
  summary["status"] = "running";
  summary["epochs"].erase(summary["epochs"].size() - 1);
  std::ofstream(run + "/summary.json") << summary;
}

TEST_F(ResumeTest, ARunThatWasKilledBehindItsLastCheckpointIsValidatedAndFinished) {
  const std::string network = WriteNetworkJob(workspace_, "Classification");
  for (const auto& [job, cluster] : {std::pair{job_, Cluster{0, 1}}, std::pair{network, Cluster{2, 2}}}) {
    const std::string undisturbed = Train(workspace_, job, cluster);
    const std::string run = workspace_.NewPath("run");
    CopyRunUpTo(kSmallJobSteps, undisturbed, run);
    ForgetTheLastValidation(run);
    std::vector<std::string> command = TrainCommand(job, run, cluster);
    command.push_back("--resume");
    const ShoalResult resumed = workspace_.Run(command);
    ASSERT_EQ(resumed.exit_code, kExitOk) << resumed.output;
    EXPECT_THAT(resumed.output, Not(HasSubstr("examples/s"))) << "nothing was trained";
    EXPECT_EQ(ReadSummary(run).at("status"), "finished");
    EXPECT_EQ(EpochsWithoutTimes(run).back().at("validation"), EpochsWithoutTimes(undisturbed).back().at("validation"));
    EXPECT_EQ(Digests(run), Digests(undisturbed));
    EXPECT_EQ(CheckpointSteps(run), std::vector<uint64_t>{kSmallJobSteps});
    // Now it has finished.
    EXPECT_THAT(workspace_.Run(command).output, HasSubstr("training is complete"));
  }
}

// Turns over one bit in the middle of the file.
void Damage(const std::string& path) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  const auto middle = static_cast<std::streamoff>(std::filesystem::file_size(path) / 2);
  file.seekg(middle);
  const char byte = static_cast<char>(file.get() ^ 1);
  file.seekp(middle);
  file.put(byte);
  ASSERT_TRUE(file.good()) << path;
}

void ResumeTest::ExpectDamageIsFound(const std::string& job, const std::vector<std::string>& files) {
  const std::string undisturbed = Train(workspace_, job, {2, 1});
  for (const std::string& file : files) {
    for (const int servers : {0, 3}) {
      SCOPED_TRACE(absl::StrCat(file, ", ", servers, " servers"));
      const std::string run = workspace_.NewPath("run");
      CopyRunUpTo(kSmallJobStepsPerEpoch, undisturbed, run);
      Damage(CheckpointDirectory(run, kSmallJobStepsPerEpoch) + "/" + file);
      const std::map<std::string, std::string> before = ReadTree(run);
      std::vector<std::string> command = TrainCommand(job, run, {servers, 1});
      command.push_back("--resume");
      const ShoalResult result = workspace_.Run(command);
      EXPECT_EQ(result.exit_code, kExitFailed) << result.output;
      EXPECT_THAT(result.output, HasSubstr(file));
      EXPECT_TRUE(ReadTree(run) == before) << result.output;
    }
  }
}

TEST_F(ResumeTest, ADamagedFileIsNamedAndNothingIsOverwritten) {
  ExpectDamageIsFound(job_, {"manifest.json", "job.textproto", "tables-00000-of-00002.safetensors",
                             "tables-00001-of-00002.safetensors"});
}

TEST_F(ResumeTest, ADamagedFileOfANetworkIsNamedAndNothingIsOverwritten) {
  ExpectDamageIsFound(WriteNetworkJob(workspace_, "Classification"),
                      {"dense.safetensors", "vocabulary/label.kind.txt", "vocabulary/word.txt"});
}

}  // namespace
}  // namespace shoal
