#include "worker/cuda/cuda_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "worker/collective/nccl_status.h"
#include "worker/cuda/cublas_status.h"

namespace shoal {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Stands for a call; it has an argument, which messages leave out.
cudaError_t FailWith(cudaError_t code) { return code; }

absl::Status Call(cudaError_t code) {
  SHOAL_RETURN_IF_CUDA_ERROR(FailWith(code));
  return absl::OkStatus();
}

TEST(CudaStatusTest, SuccessIsOk) { EXPECT_TRUE(Call(cudaSuccess).ok()); }

TEST(CudaStatusTest, NamesTheCallAndCudasError) {
  const absl::Status status = Call(cudaErrorIllegalAddress);
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()),
              AllOf(StartsWith("FailWith"), HasSubstr(": cudaErrorIllegalAddress, "), HasSubstr("compute-sanitizer")));
}

TEST(CudaStatusTest, CodesSayWhatCanBeDoneAboutThem) {
  EXPECT_EQ(Call(cudaErrorMemoryAllocation).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(Call(cudaErrorNoDevice).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Call(cudaErrorInsufficientDriver).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Call(cudaErrorNoKernelImageForDevice).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Call(cudaErrorInvalidDevice).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Call(cudaErrorUnknown).code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(Call(cudaErrorNoDevice).message()), HasSubstr("CUDA_VISIBLE_DEVICES"));
}

TEST(CublasStatusTest, NamesTheCallAndCublassError) {
  EXPECT_TRUE(CublasStatus(CUBLAS_STATUS_SUCCESS, "cublasSgemm(x)").ok());
  const absl::Status status = CublasStatus(CUBLAS_STATUS_ALLOC_FAILED, "cublasCreate(&handle)");
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()),
              AllOf(StartsWith("cublasCreate"), HasSubstr(": CUBLAS_STATUS_ALLOC_FAILED, ")));
}

TEST(NcclStatusTest, WhatIsInProgressIsNoError) {
  EXPECT_TRUE(NcclStatus(ncclSuccess, "ncclSend(x)").ok());
  EXPECT_TRUE(NcclStatus(ncclInProgress, "ncclSend(x)").ok());
}

TEST(NcclStatusTest, NamesTheCallAndWhatToDo) {
  const absl::Status gone = NcclStatus(ncclRemoteError, "ncclGroupEnd()");
  EXPECT_EQ(gone.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(gone.message()), AllOf(StartsWith("ncclGroupEnd"), HasSubstr("another worker has gone")));
  const absl::Status shared = NcclStatus(ncclInvalidUsage, "ncclCommInitRankConfig(x)");
  EXPECT_EQ(shared.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(shared.message()), HasSubstr("a GPU of its own for each worker"));
}

}  // namespace
}  // namespace shoal
