#include "worker/cuda/cuda_gradient_sums.h"

#include <cuda_runtime_api.h>

#include <memory>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "tests/support/gpu_test.h"
#include "tests/support/nccl_collectives.h"
#include "worker/cuda/cuda_buffer.h"

namespace shoal {
namespace {

class CudaGradientSumsTest : public GpuTest {};

absl::Status AwaitSums(GradientSums& sums) {
  absl::Notification called;
  absl::Status result;
  sums.Await([&](absl::Status status) {
    result = std::move(status);
    called.Notify();
  });
  called.WaitForNotification();
  return result;
}

// Of one worker: what is there behind the kernels that were queued before.
TEST_F(CudaGradientSumsTest, BucketsAreThereOnceTheyWereAwaited) {
  const Collectives collectives = ConnectNcclCollectives(1, absl::Seconds(60));
  ASSERT_NE(collectives[0], nullptr);
  constexpr int64_t kSize = 10007;
  CudaAllocator allocator;
  DeviceBuffer<float> gradients(&allocator, "test");
  ASSERT_TRUE(gradients.Reserve(GradientSums::kMaxBuckets * kSize).ok());
  const absl::StatusOr<CudaStream> stream = CudaStream::Create();
  ASSERT_TRUE(stream.ok()) << stream.status();
  const auto sums = CudaGradientSums::Create(&*stream, static_cast<DeviceCollective*>(collectives[0].get()));
  ASSERT_TRUE(sums.ok()) << sums.status();
  EXPECT_TRUE(AwaitSums(**sums).ok()) << "nothing was started";
  for (int step = 1; step <= 3; ++step) {
    for (int bucket = 0; bucket < GradientSums::kMaxBuckets; ++bucket) {
      float* const data = gradients.data() + bucket * kSize;
      ASSERT_EQ(cudaMemsetAsync(data, step + bucket, kSize * sizeof(float), stream->get()), cudaSuccess);
      (*sums)->Start(data, kSize);
    }
    ASSERT_TRUE(AwaitSums(**sums).ok());
    std::vector<unsigned char> bytes(GradientSums::kMaxBuckets * kSize * sizeof(float));
    ASSERT_EQ(cudaMemcpy(bytes.data(), gradients.data(), bytes.size(), cudaMemcpyDeviceToHost), cudaSuccess);
    for (int bucket = 0; bucket < GradientSums::kMaxBuckets; ++bucket) {
      ASSERT_EQ(bytes[bucket * kSize * sizeof(float)], step + bucket);
      ASSERT_EQ(bytes[(bucket + 1) * kSize * sizeof(float) - 1], step + bucket);
    }
  }
}

}  // namespace
}  // namespace shoal
