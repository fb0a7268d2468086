#include "worker/compute/check_cuda_computes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using ::testing::HasSubstr;

TEST(CheckCudaComputesTest, FactorizationsAreComputed) {
  ModelConfig model;
  model.mutable_matrix_factorization();
  EXPECT_TRUE(CheckCudaComputes(model).ok());
  model.mutable_implicit_factorization();
  EXPECT_TRUE(CheckCudaComputes(model).ok());
}

TEST(CheckCudaComputesTest, AModelThatIsNotIsNamed) {
  ModelConfig model;
  model.mutable_network();
  const absl::Status status = CheckCudaComputes(model);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(std::string(status.message()), HasSubstr("not yet network: set cluster.compute: CPU"));
}

}  // namespace
}  // namespace shoal
