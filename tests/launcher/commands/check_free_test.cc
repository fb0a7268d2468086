#include "launcher/commands/check_free.h"

#include "gtest/gtest.h"
#include "tests/common/base/memory_file_system.h"

namespace shoal {
namespace {

TEST(CheckFreeTest, WhatExistsIsInTheWayUnlessItMayBeReplaced) {
  MemoryFileSystem files;
  ASSERT_TRUE(WriteFile(files, "/x", "mine").ok());
  EXPECT_TRUE(CheckFree(files, "/y", false).ok());
  EXPECT_TRUE(CheckFree(files, "/x", true).ok());
  const absl::Status status = CheckFree(files, "/x", false);
  EXPECT_EQ(absl::StatusCode::kAlreadyExists, status.code());
  EXPECT_EQ("/x exists; --overwrite replaces it", status.message());
}

}  // namespace
}  // namespace shoal
