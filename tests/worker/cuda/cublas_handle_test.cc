#include "worker/cuda/cublas_handle.h"

#include <cublas_v2.h>

#include <cstring>
#include <random>
#include <vector>

#include "tests/support/gpu_test.h"
#include "worker/cuda/cuda_buffer.h"
#include "worker/cuda/cuda_status.h"

namespace shoal {
namespace {

constexpr uint32_t kSeed = 20260801;

class CublasHandleTest : public GpuTest {
 protected:
  // c = a b, all n times n, of the same numbers every time.
  absl::StatusOr<std::vector<float>> Multiply(int n) {
    SHOAL_ASSIGN_OR_RETURN(const CudaStream stream, CudaStream::Create());
    SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<CublasHandle> handle, CublasHandle::Create(stream, &allocator_));
    DeviceBuffer<float> matrices(&allocator_, "test");
    SHOAL_RETURN_IF_ERROR(matrices.Reserve(int64_t{3} * n * n));
    std::mt19937 random(kSeed);
    std::vector<float> numbers(size_t{2} * n * n);
    for (float& value : numbers) value = static_cast<float>(random() % 2048) / 1024 - 1;
    SHOAL_RETURN_IF_CUDA_ERROR(cudaMemcpyAsync(matrices.data(), numbers.data(), numbers.size() * sizeof(float),
                                               cudaMemcpyHostToDevice, stream.get()));
    const float one = 1;
    const float zero = 0;
    float* const a = matrices.data();
    float* const b = a + n * n;
    EXPECT_EQ(cublasSgemm(handle->get(), CUBLAS_OP_N, CUBLAS_OP_N, n, n, n, &one, a, n, b, n, &zero, b + n * n, n),
              CUBLAS_STATUS_SUCCESS);
    std::vector<float> product(size_t{1} * n * n);
    SHOAL_RETURN_IF_CUDA_ERROR(cudaMemcpyAsync(product.data(), b + n * n, product.size() * sizeof(float),
                                               cudaMemcpyDeviceToHost, stream.get()));
    SHOAL_RETURN_IF_ERROR(stream.Synchronize());
    return product;
  }

  CudaAllocator allocator_;
};

TEST_F(CublasHandleTest, TheSameProductHasTheSameBitsEveryTime) {
  RecordProperty("seed", kSeed);
  const absl::StatusOr<std::vector<float>> first = Multiply(513);
  ASSERT_TRUE(first.ok()) << first.status();
  for (int run = 0; run < 5; ++run) {
    const absl::StatusOr<std::vector<float>> again = Multiply(513);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(std::memcmp(first->data(), again->data(), first->size() * sizeof(float)), 0) << "run " << run;
  }
}

TEST_F(CublasHandleTest, ProductsAreOfFullPrecision) {
  // TF32 would keep 10 bits of each factor: sums of 64 products would be off by 1e-3.
  const int n = 64;
  const absl::StatusOr<std::vector<float>> product = Multiply(n);
  ASSERT_TRUE(product.ok()) << product.status();
  std::mt19937 random(kSeed);
  std::vector<double> numbers(size_t{2} * n * n);
  for (double& value : numbers) value = static_cast<double>(random() % 2048) / 1024 - 1;
  for (int column = 0; column < n; ++column) {
    for (int row = 0; row < n; ++row) {
      double sum = 0;
      for (int k = 0; k < n; ++k) sum += numbers[k * n + row] * numbers[n * n + column * n + k];
      EXPECT_NEAR((*product)[column * n + row], sum, 1e-5);
    }
  }
}

}  // namespace
}  // namespace shoal
