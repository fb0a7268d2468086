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

TEST(GrpcStatusTest, ACodeThatAbslDoesNotKnowBecomesUnknown) {
  const absl::Status status = FromGrpcStatus(grpc::Status(grpc::StatusCode::DO_NOT_USE, "strange"));
  EXPECT_EQ(status, absl::UnknownError("strange"));
}

}  // namespace
}  // namespace shoal
