#include "worker/cuda/cuda_buffer.h"

#include <cuda_runtime_api.h>
#include <gmock/gmock.h>

#include <numeric>
#include <utility>
#include <vector>

#include "tests/support/gpu_test.h"
#include "worker/cuda/cuda_stream.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

class CudaBufferTest : public GpuTest {
 protected:
  CudaAllocator allocator_;
};

TEST_F(CudaBufferTest, WhatIsCopiedToTheDeviceComesBack) {
  constexpr int64_t kSize = 100003;
  PinnedBuffer<float> there(&allocator_, "test: there");
  PinnedBuffer<float> back(&allocator_, "test: back");
  DeviceBuffer<float> device(&allocator_, "test");
  ASSERT_TRUE(there.Reserve(kSize).ok());
  ASSERT_TRUE(back.Reserve(kSize).ok());
  ASSERT_TRUE(device.Reserve(kSize).ok());
  std::iota(there.span().begin(), there.span().end(), 1.0F);
  const absl::StatusOr<CudaStream> stream = CudaStream::Create();
  ASSERT_TRUE(stream.ok()) << stream.status();
  ASSERT_EQ(cudaMemcpyAsync(device.data(), there.data(), device.size_bytes(), cudaMemcpyHostToDevice, stream->get()),
            cudaSuccess);
  ASSERT_EQ(cudaMemcpyAsync(back.data(), device.data(), device.size_bytes(), cudaMemcpyDeviceToHost, stream->get()),
            cudaSuccess);
  ASSERT_TRUE(stream->Synchronize().ok());
  EXPECT_EQ(std::vector<float>(back.span().begin(), back.span().end()),
            std::vector<float>(there.span().begin(), there.span().end()));
}

TEST_F(CudaBufferTest, WhatIsLargeEnoughStaysWhereItIs) {
  DeviceBuffer<float> buffer(&allocator_, "test");
  ASSERT_TRUE(buffer.Reserve(1000).ok());
  const float* const data = buffer.data();
  ASSERT_TRUE(buffer.Reserve(10).ok());
  EXPECT_EQ(buffer.data(), data);
  EXPECT_EQ(buffer.size(), 10);
  ASSERT_TRUE(buffer.Reserve(1000).ok());
  EXPECT_EQ(buffer.data(), data);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(data) % 256, 0u);
}

TEST_F(CudaBufferTest, TheLedgerKnowsWhoHoldsWhat) {
  {
    DeviceBuffer<float> batch(&allocator_, "batch: rows of user");
    ASSERT_TRUE(batch.Reserve(1 << 20).ok());
    DeviceBuffer<float> moved = std::move(batch);
    EXPECT_EQ(allocator_.device().Describe(), "batch: rows of user 4.0 MiB");
  }
  EXPECT_EQ(allocator_.device().Describe(), "nothing");
}

TEST_F(CudaBufferTest, OutOfMemorySaysWhoWantsAndWhoHoldsHowMuch) {
  DeviceBuffer<float> held(&allocator_, "cuBLAS workspace");
  ASSERT_TRUE(held.Reserve(8 << 20).ok());
  DeviceBuffer<float> wanted(&allocator_, "batch: rows of user");
  const absl::Status status = wanted.Reserve(int64_t{1} << 50);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("batch: rows of user wants 4096.0 TiB: "));
  EXPECT_THAT(std::string(status.message()), HasSubstr(" are free; this worker holds cuBLAS workspace 32.0 MiB"));
  // Nothing is broken by it.
  EXPECT_TRUE(wanted.Reserve(1000).ok());
}

}  // namespace
}  // namespace shoal
