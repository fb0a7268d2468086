#include "common/checkpoint/checkpoint_directory.h"

#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/base/memory_file_system.h"
#include "tests/common/checkpoint/test_checkpoint.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A directory with steps 2, 10 and 300 complete, and what else may lie there.
class CheckpointDirectoryTest : public ::testing::Test {
 protected:
  CheckpointDirectoryTest() {
    std::mt19937_64 random(2);
    tables_ = {RandomModelTable("t", 10, 2, true, 2, &random)};
    for (const uint64_t step : {10, 300, 2}) EXPECT_TRUE(SaveCheckpoint(files_, kDirectory, step, tables_, 2).ok());
    for (const char* name : {"/run/checkpoints/step-007", "/run/checkpoints/step-11", "/run/checkpoints/step-+5",
                             "/run/checkpoints/step-3.tmp", "/run/checkpoints/step-301.tmp", "/run/checkpoints/x"}) {
      EXPECT_TRUE(files_.CreateDirectories(name).ok());
    }
    for (const char* name : {"/run/checkpoints/step-007", "/run/checkpoints/step-3.tmp"}) {
      EXPECT_TRUE(WriteFile(files_, std::string(name) + "/manifest.json", "").ok());
    }
  }

  std::vector<uint64_t> Steps() {
    std::vector<uint64_t> steps;
    const auto checkpoints = ListCheckpoints(files_, kDirectory);
    EXPECT_TRUE(checkpoints.ok()) << checkpoints.status();
    for (const CheckpointLocation& checkpoint : *checkpoints) steps.push_back(checkpoint.step);
    return steps;
  }

  static constexpr char kDirectory[] = "/run/checkpoints";
  MemoryFileSystem files_;
  std::vector<ModelTable> tables_;
};

TEST_F(CheckpointDirectoryTest, OnlyCompleteCheckpointsAreListedInOrderOfStep) {
  EXPECT_THAT(Steps(), ElementsAre(2, 10, 300));
  EXPECT_EQ(LatestCheckpoint(files_, kDirectory)->path, "/run/checkpoints/step-300");
}

TEST_F(CheckpointDirectoryTest, AMissingDirectoryHoldsNone) {
  EXPECT_TRUE(ListCheckpoints(files_, "/missing")->empty());
  const absl::Status status = LatestCheckpoint(files_, "/missing").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/missing"));
}

TEST_F(CheckpointDirectoryTest, ACheckpointIsFoundByItsOwnItsDirectorysOrItsRunsPath) {
  EXPECT_EQ(*FindCheckpoint(files_, "/run/checkpoints/step-10"), "/run/checkpoints/step-10");
  EXPECT_EQ(*FindCheckpoint(files_, "/run/checkpoints"), "/run/checkpoints/step-300");
  EXPECT_EQ(*FindCheckpoint(files_, "/run"), "/run/checkpoints/step-300");
  const absl::Status status = FindCheckpoint(files_, "/run/checkpoints/x").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/run/checkpoints/x"));
}

TEST_F(CheckpointDirectoryTest, PruningKeepsTheNewestAndWhatMayBeBeingWritten) {
  ASSERT_TRUE(PruneCheckpoints(files_, kDirectory, 2).ok());
  EXPECT_THAT(Steps(), ElementsAre(10, 300));
  EXPECT_THAT(*files_.ListDirectory(kDirectory),
              ElementsAre("step-+5", "step-007", "step-10", "step-11", "step-300", "step-301.tmp", "x"));
  ASSERT_TRUE(PruneCheckpoints(files_, kDirectory, 1).ok());
  EXPECT_THAT(Steps(), ElementsAre(300));
}

TEST_F(CheckpointDirectoryTest, KeepZeroKeepsAllCompleteOnes) {
  ASSERT_TRUE(PruneCheckpoints(files_, kDirectory, 0).ok());
  EXPECT_THAT(Steps(), ElementsAre(2, 10, 300));
  EXPECT_FALSE(*files_.Exists("/run/checkpoints/step-3.tmp"));
}

TEST_F(CheckpointDirectoryTest, NothingIsPrunedWithoutACompleteCheckpoint) {
  ASSERT_TRUE(files_.CreateDirectories("/new/step-5.tmp").ok());
  ASSERT_TRUE(PruneCheckpoints(files_, "/new", 1).ok());
  EXPECT_TRUE(*files_.Exists("/new/step-5.tmp"));
}

// At every instant of pruning, whatever of it the disk keeps: what is listed is whole, and the newest is there.
TEST(PruneCrashTest, AHalfDeletedCheckpointIsNeverListed) {
  for (int64_t operations = 0;; ++operations) {
    for (uint64_t seed = 0; seed < 4; ++seed) {
      SCOPED_TRACE(::testing::Message() << "stopped after " << operations << " operations, seed " << seed);
      std::mt19937_64 random(seed);
      MemoryFileSystem files;
      const std::vector<ModelTable> tables = {RandomModelTable("t", 6, 2, true, 1, &random)};
      for (const uint64_t step : {1, 2, 3}) ASSERT_TRUE(SaveCheckpoint(files, "/c", step, tables, 2).ok());
      files.FailAfter(operations);
      const bool finished = PruneCheckpoints(files, "/c", 1).ok();
      files.Crash([&] { return random() % 2 == 0; });
      const auto checkpoints = ListCheckpoints(files, "/c");
      ASSERT_TRUE(checkpoints.ok()) << checkpoints.status();
      ASSERT_FALSE(checkpoints->empty());
      EXPECT_EQ(checkpoints->back().step, 3u);
      for (const CheckpointLocation& checkpoint : *checkpoints) {
        const auto reader = CheckpointReader::Open(files, checkpoint.path);
        ASSERT_TRUE(reader.ok()) << reader.status();
        EXPECT_TRUE(reader->VerifyAllBytes().ok());
      }
      if (finished && seed == 3) return;
    }
  }
}

}  // namespace
}  // namespace shoal
