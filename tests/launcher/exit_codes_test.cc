#include "launcher/exit_codes.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(ExitCodesTest, AnErrorKeepsItsMarkAndItsMessage) {
  const absl::Status error = WithExitCode(absl::AlreadyExistsError("in use"), kExitUsage);
  EXPECT_EQ(ExitCodeOf(error), kExitUsage);
  EXPECT_EQ(error.message(), "in use");
  EXPECT_EQ(error.code(), absl::StatusCode::kAlreadyExists);
}

TEST(ExitCodesTest, AnErrorWithoutMarkIsAFailure) {
  EXPECT_EQ(ExitCodeOf(absl::AlreadyExistsError("in use")), kExitFailed);
  EXPECT_EQ(ExitCodeOf(absl::FailedPreconditionError("")), kExitFailed);
}

}  // namespace
}  // namespace shoal
