// `shoal digest`, `inspect`, `export`, `query` and `plot` on what a run has saved.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "launcher/exit_codes.h"
#include "tests/integration/network_jobs.h"
#include "tests/integration/run_results.h"
#include "tests/integration/run_shoal.h"
#include "tests/integration/training_jobs.h"

namespace shoal {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// float32, of a shape that is given as Python writes it, with so many elements.
void ExpectNpy(const std::string& npy, const std::string& shape, size_t elements) {
  ASSERT_THAT(npy, StartsWith(std::string("\x93NUMPY\x01\x00", 8)));
  const size_t header = 10 + static_cast<unsigned char>(npy[8]) + 256 * static_cast<unsigned char>(npy[9]);
  EXPECT_THAT(npy.substr(0, header), HasSubstr(shape));
  EXPECT_EQ(npy.size(), header + elements * sizeof(float));
}

class CheckpointCommandsTest : public testing::Test {
 protected:
  ShoalWorkspace workspace_;
  const std::string run_ = Train(workspace_, workspace_.WriteFile("small.textproto", kSmallJob), {2, 1});
};

class NetworkCheckpointCommandsTest : public testing::Test {
 protected:
  ShoalWorkspace workspace_;
  const std::string run_ = Train(workspace_, WriteNetworkJob(workspace_, "Classification"), {2, 2});
};

TEST_F(CheckpointCommandsTest, DigestIsThatOfTheSummary) {
  const ShoalResult result = workspace_.Run({"digest", run_});
  EXPECT_EQ(result.exit_code, kExitOk);
  EXPECT_EQ(result.output, WeightsDigest(run_) + "\n");
}

TEST_F(CheckpointCommandsTest, InspectVerifiesTheLatestCheckpoint) {
  const ShoalResult result = workspace_.Run({"inspect", run_});
  EXPECT_EQ(result.exit_code, kExitOk);
  EXPECT_THAT(result.output, HasSubstr(CheckpointDirectory(run_, kSmallJobSteps)));
  EXPECT_THAT(result.output, HasSubstr(WeightsDigest(run_)));
  EXPECT_THAT(result.output, HasSubstr("all verified"));
}

TEST_F(CheckpointCommandsTest, ExportedArrayHasEveryRow) {
  const std::string path = workspace_ / "item.npy";
  const ShoalResult result = workspace_.Run({"export", run_, "--table=item", "--format=npy", "--output=" + path});
  ASSERT_EQ(result.exit_code, kExitOk) << result.output;
  ExpectNpy(ReadText(path), "(150, 7)", 150 * 7);
}

TEST_F(CheckpointCommandsTest, QueryListsAsManyRowsAsItIsAskedFor) {
  const ShoalResult result = workspace_.Run({"query", run_, "--table=item", "--id=7", "-k", "3"});
  ASSERT_EQ(result.exit_code, kExitOk) << result.output;
  EXPECT_THAT(result.output, ContainsRegex("nearest to .*id 7.* of table item at step"));
  EXPECT_THAT(result.output, AllOf(HasSubstr("\n   3  "), Not(HasSubstr("\n   4  "))));
}

TEST_F(CheckpointCommandsTest, PlotDrawsTheLossesOfTheRun) {
  const std::string path = workspace_ / "losses.svg";
  const ShoalResult result = workspace_.Run({"plot", "losses", run_, "--output=" + path});
  if (absl::StrContains(result.output, "gnuplot, which draws, is not installed")) GTEST_SKIP() << result.output;
  ASSERT_EQ(result.exit_code, kExitOk) << result.output;
  EXPECT_THAT(ReadText(path), AllOf(HasSubstr("<svg"), HasSubstr("rmse"), HasSubstr("</svg>")));
}

TEST_F(NetworkCheckpointCommandsTest, DigestsAreThoseOfTheSummary) {
  const auto [weights, dense] = Digests(run_);
  ASSERT_EQ(dense.size(), 32U);
  const ShoalResult result = workspace_.Run({"digest", run_});
  EXPECT_EQ(result.exit_code, kExitOk);
  EXPECT_EQ(result.output, weights + "\n" + dense + "\n");
}

TEST_F(NetworkCheckpointCommandsTest, InspectShowsTheDenseParametersBesideTheTables) {
  const ShoalResult result = workspace_.Run({"inspect", run_});
  EXPECT_EQ(result.exit_code, kExitOk);
  EXPECT_THAT(result.output, HasSubstr(Digests(run_).second));
  EXPECT_THAT(result.output, HasSubstr("all verified"));
  EXPECT_THAT(result.output, ContainsRegex("word +[0-9]+ +7 "));
  EXPECT_THAT(result.output, ContainsRegex("tower.0.weight +\\[11, 14\\] .*exp_avg, exp_avg_sq"));
}

TEST_F(NetworkCheckpointCommandsTest, ExportedParameterHasEveryElement) {
  const std::string path = workspace_ / "weight.npy";
  const ShoalResult result =
      workspace_.Run({"export", run_, "--parameter=tower.0.weight", "--format=npy", "--output=" + path});
  ASSERT_EQ(result.exit_code, kExitOk) << result.output;
  ExpectNpy(ReadText(path), "(11, 14)", 11 * 14);
}

TEST_F(NetworkCheckpointCommandsTest, AnUnknownParameterIsRefusedWithTheNamesThatThereAre) {
  const ShoalResult result = workspace_.Run({"export", run_, "--parameter=tower.9.weight"});
  EXPECT_EQ(result.exit_code, kExitFailed);
  EXPECT_THAT(result.output, AllOf(HasSubstr("tower.9.weight"), HasSubstr("tower.4.bias")));
}

}  // namespace
}  // namespace shoal
