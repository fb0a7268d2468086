#include "launcher/commands/digest.h"

#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/common/base/memory_file_system.h"
#include "tests/common/checkpoint/test_checkpoint.h"

namespace shoal {
namespace {

TEST(DigestCommandTest, PrintsTheDigestOfTheLatestCheckpointAloneOnALine) {
  std::mt19937_64 random(1);
  MemoryFileSystem files;
  ASSERT_TRUE(SaveCheckpoint(files, "/run/checkpoints", 9, {RandomModelTable("t", 20, 3, true, 9, &random)}, 1).ok());
  const auto digest =
      SaveCheckpoint(files, "/run/checkpoints", 10, {RandomModelTable("t", 20, 3, true, 10, &random)}, 3);
  ASSERT_TRUE(digest.ok()) << digest.status();
  for (const char* path : {"/run", "/run/checkpoints", "/run/checkpoints/step-10"}) {
    std::ostringstream out;
    const absl::Status status = RunDigest(files, {path}, out);
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_EQ(out.str(), *digest + "\n");
  }
}

TEST(DigestCommandTest, TheDigestOfDenseParametersFollowsOnALineOfItsOwn) {
  std::mt19937_64 random(1);
  MemoryFileSystem files;
  const auto digests = SaveDenseCheckpoint(files, "/c", 9, {RandomModelTable("t", 20, 3, true, 9, &random)},
                                           {RandomParameter("tower.0.weight", {2, 3}, &random)}, 1);
  ASSERT_TRUE(digests.ok()) << digests.status();
  std::ostringstream out;
  ASSERT_TRUE(RunDigest(files, {"/c"}, out).ok());
  EXPECT_EQ(out.str(), digests->weights + "\n" + digests->dense + "\n");
}

TEST(DigestCommandTest, WhatIsNoCheckpointIsNotFound) {
  MemoryFileSystem files;
  std::ostringstream out;
  EXPECT_EQ(RunDigest(files, {"/nowhere"}, out).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace shoal
