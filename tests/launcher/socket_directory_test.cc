#include "launcher/socket_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/launcher/child_test_util.h"

namespace shoal {
namespace {

TEST(SocketDirectoryTest, OnlyItsUserCanEnterAndItGoesWithTheObject) {
  const TestDirectory directory;
  std::string path;
  {
    auto sockets = SocketDirectory::Create(directory.path());
    ASSERT_TRUE(sockets.ok()) << sockets.status();
    path = (*sockets)->path();
    struct stat info = {};
    ASSERT_EQ(stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0700u);
    std::ofstream(path + "/left.sock") << "";
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(SocketDirectoryTest, APathThatDoesNotFitASocketAddressIsRefused) {
  const absl::Status status = SocketDirectory::Create("/" + std::string(90, 'x')).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("TMPDIR"));
}

TEST(SocketDirectoryTest, AMissingParentIsAnErrorThatNamesIt) {
  const absl::Status status = SocketDirectory::Create("/nonexistent").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("/nonexistent"));
}

}  // namespace
}  // namespace shoal
