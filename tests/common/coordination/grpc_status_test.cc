#include "common/coordination/grpc_status.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(GrpcStatusTest, EveryCodeSurvivesTheRoundTrip) {
  for (int code = 0; code <= static_cast<int>(absl::StatusCode::kUnauthenticated); ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), code == 0 ? "" : "why");
    EXPECT_EQ(FromGrpcStatus(ToGrpcStatus(status)), status);
  }
}

TEST(GrpcStatusTest, UnknownNumbersBecomeUnknown) {
  const absl::Status status = FromGrpcStatus(grpc::Status(static_cast<grpc::StatusCode>(99), "strange"));
  EXPECT_EQ(status, absl::UnknownError("strange"));
}

}  // namespace
}  // namespace shoal
