#include "tests/support/gpu_absence.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

class GpuAbsenceTest : public testing::Test {
 protected:
  void SetUp() override { unsetenv("SHOAL_REQUIRE_GPU"); }
  void TearDown() override { unsetenv("SHOAL_REQUIRE_GPU"); }
};

TEST_F(GpuAbsenceTest, OnlyAMissingGpuIsAReasonToSkip) {
  EXPECT_TRUE(MaySkipWithoutGpu(absl::FailedPreconditionError("cudaGetDeviceCount: cudaErrorNoDevice")));
  EXPECT_FALSE(MaySkipWithoutGpu(absl::InternalError("cudaGetDeviceProperties: cudaErrorECCUncorrectable")));
  EXPECT_FALSE(MaySkipWithoutGpu(absl::OkStatus()));
}

TEST_F(GpuAbsenceTest, NothingIsAReasonToSkipWhereAGpuIsRequired) {
  setenv("SHOAL_REQUIRE_GPU", "1", /*overwrite=*/1);
  EXPECT_FALSE(MaySkipWithoutGpu(absl::FailedPreconditionError("cudaGetDeviceCount: cudaErrorNoDevice")));
}

}  // namespace
}  // namespace shoal
