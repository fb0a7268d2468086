#include "worker/collective/nccl_collective.h"

#include <cuda_runtime_api.h>
#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <random>
#include <utility>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "tests/support/gpu_test.h"
#include "tests/support/nccl_collectives.h"
#include "worker/collective/rank_sum.cuh"

namespace shoal {
namespace {

using ::testing::HasSubstr;

constexpr uint32_t kSeed = 20260802;

std::vector<float> RandomFloats(size_t n) {
  std::mt19937 random(kSeed);
  std::vector<float> floats(n);
  for (float& value : floats) {
    value = std::ldexp(static_cast<float>(random() % 65536) / 65536 - 0.5F, static_cast<int>(random() % 41) - 20);
  }
  return floats;
}

class RankSumTest : public GpuTest {};

TEST_F(RankSumTest, AddsInRankOrder) {
  RecordProperty("seed", kSeed);
  constexpr int kRanks = 5;
  for (const int64_t n : {int64_t{1}, int64_t{255}, int64_t{100003}, int64_t{3000000}}) {
    const std::vector<float> shares = RandomFloats(kRanks * n);
    CudaAllocator allocator;
    DeviceBuffer<float> device(&allocator, "test");
    ASSERT_TRUE(device.Reserve((kRanks + 1) * n).ok());
    const absl::StatusOr<CudaStream> stream = CudaStream::Create();
    ASSERT_TRUE(stream.ok()) << stream.status();
    ASSERT_EQ(cudaMemcpyAsync(device.data(), shares.data(), shares.size() * sizeof(float), cudaMemcpyHostToDevice,
                              stream->get()),
              cudaSuccess);
    float* const sum = device.data() + kRanks * n;
    ASSERT_TRUE(SumInRankOrder(device.data(), kRanks, n, sum, stream->get()).ok());
    std::vector<float> result(n);
    ASSERT_EQ(cudaMemcpyAsync(result.data(), sum, n * sizeof(float), cudaMemcpyDeviceToHost, stream->get()),
              cudaSuccess);
    ASSERT_TRUE(stream->Synchronize().ok());
    for (int64_t i = 0; i < n; ++i) {
      float expected = shares[i];
      for (int r = 1; r < kRanks; ++r) expected += shares[r * n + i];
      ASSERT_EQ(std::memcmp(&expected, &result[i], sizeof(expected)), 0) << "float " << i << " of " << n;
    }
  }
}

class NcclCollectiveTest : public GpuTest {};

TEST_F(NcclCollectiveTest, BucketsAreSummedBehindTheirEvents) {
  const Collectives collectives = ConnectNcclCollectives(1, absl::Seconds(60));
  ASSERT_NE(collectives[0], nullptr);
  auto& collective = static_cast<DeviceCollective&>(*collectives[0]);
  constexpr int kBuckets = 8;
  constexpr int64_t kSize = 10007;
  CudaAllocator allocator;
  DeviceBuffer<float> gradients(&allocator, "test");
  ASSERT_TRUE(gradients.Reserve(kBuckets * kSize).ok());
  const absl::StatusOr<CudaStream> backward = CudaStream::Create();
  ASSERT_TRUE(backward.ok()) << backward.status();
  absl::BlockingCounter done(kBuckets);
  std::vector<CudaEvent> ready;
  for (int bucket = 0; bucket < kBuckets; ++bucket) {
    absl::StatusOr<CudaEvent> event = CudaEvent::Create();
    ASSERT_TRUE(event.ok()) << event.status();
    ready.push_back(*std::move(event));
  }
  for (int bucket = 0; bucket < kBuckets; ++bucket) {
    float* const data = gradients.data() + bucket * kSize;
    ASSERT_EQ(cudaMemsetAsync(data, bucket, kSize * sizeof(float), backward->get()), cudaSuccess);
    ASSERT_TRUE(backward->Record(ready[bucket]).ok());
    collective.AllReduceSumOnDevice(data, kSize, ready[bucket], [&done](const absl::Status& status) {
      EXPECT_TRUE(status.ok()) << status;
      done.DecrementCount();
    });
  }
  done.Wait();
  std::vector<float> sums(kBuckets * kSize);
  ASSERT_EQ(cudaMemcpy(sums.data(), gradients.data(), sums.size() * sizeof(float), cudaMemcpyDeviceToHost),
            cudaSuccess);
  std::vector<float> expected(kSize);
  for (int bucket = 0; bucket < kBuckets; ++bucket) {
    std::memset(expected.data(), bucket, kSize * sizeof(float));
    EXPECT_EQ(std::memcmp(sums.data() + bucket * kSize, expected.data(), kSize * sizeof(float)), 0);
  }
}

TEST_F(NcclCollectiveTest, AWorkerThatIsSilentEndsTheOthersOperationInTime) {
  const std::string why = WhyNoNcclCollectives(2);
  if (!why.empty()) GTEST_SKIP() << why;
  const Collectives collectives = ConnectNcclCollectives(2, absl::Seconds(2));
  std::vector<float> data(1000, 1);
  absl::Status status = SumAndWait(*collectives[0], absl::MakeSpan(data));
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("AllReduceSum on rank 0 of 2: another worker is silent"));
  EXPECT_EQ(SumAndWait(*collectives[0], absl::MakeSpan(data)), status);
}

TEST_F(NcclCollectiveTest, WorkersComeTogetherAnewAfterOneWasSilent) {
  // One alone, too, makes a second communicator.
  for (const int size : {1, 2}) {
    const std::string why = WhyNoNcclCollectives(size);
    if (!why.empty()) GTEST_SKIP() << why;
    Collectives collectives = ConnectNcclCollectives(size, absl::Seconds(2));
    std::vector<float> data(1000, 1);
    EXPECT_EQ(SumAndWait(*collectives[0], absl::MakeSpan(data)).ok(), size == 1);
    collectives.clear();
    collectives = ConnectNcclCollectives(size, absl::Seconds(60));
    OnEachRank(collectives, [&](Collective& collective) {
      std::vector<float> ones(1000, 1);
      EXPECT_EQ(SumAndWait(collective, absl::MakeSpan(ones)), absl::OkStatus());
      EXPECT_EQ(ones[999], static_cast<float>(size));
    });
  }
}

TEST_F(NcclCollectiveTest, DestructionEndsARunningOperationWithCancelled) {
  const std::string why = WhyNoNcclCollectives(2);
  if (!why.empty()) GTEST_SKIP() << why;
  Collectives collectives = ConnectNcclCollectives(2, absl::Seconds(60));
  const absl::Status result = SumAndDestroy(std::move(collectives[0]));
  EXPECT_EQ(result.code(), absl::StatusCode::kCancelled) << result;
}

}  // namespace
}  // namespace shoal
