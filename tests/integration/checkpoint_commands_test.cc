// `shoal digest`, `inspect` and `export` on what a run has saved.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "launcher/exit_codes.h"
#include "tests/integration/run_results.h"
#include "tests/integration/run_shoal.h"
#include "tests/integration/training_jobs.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class CheckpointCommandsTest : public testing::Test {
 protected:
  ShoalWorkspace workspace_;
  const std::string run_ = Train(workspace_, workspace_.WriteFile("small.textproto", kSmallJob), {2, 1});
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
  const std::string npy = ReadText(path);
  ASSERT_THAT(npy, StartsWith(std::string("\x93NUMPY\x01\x00", 8)));
  const size_t header = 10 + static_cast<unsigned char>(npy[8]) + 256 * static_cast<unsigned char>(npy[9]);
  EXPECT_THAT(npy.substr(0, header), HasSubstr("(150, 7)"));
  EXPECT_EQ(npy.size(), header + 150 * 7 * sizeof(float));
}

}  // namespace
}  // namespace shoal
