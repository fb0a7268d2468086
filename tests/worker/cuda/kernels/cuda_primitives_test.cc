// What only a GPU's sorts have: memory of their own, which may not be there.
#include <gmock/gmock.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/support/gpu_test.h"
#include "worker/cuda/cuda_buffer.h"
#include "worker/cuda/cuda_stream.h"
#include "worker/cuda/kernels/cuda_kernels.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

TEST(FirstCudaErrorTest, TheFirstErrorStaysUntilItIsTaken) {
  FirstCudaError error;
  error.Note(cudaSuccess, "a copy");
  EXPECT_FALSE(error.is_set());
  error.Note(absl::ResourceExhaustedError("the first"));
  error.Note(cudaErrorInvalidValue, "a copy");
  EXPECT_TRUE(error.is_set());
  EXPECT_EQ(error.Take(), absl::ResourceExhaustedError("the first"));
  EXPECT_FALSE(error.is_set());
  error.Note(cudaErrorInvalidValue, "a copy");
  EXPECT_THAT(std::string(error.Take().message()), HasSubstr("a copy"));
}

class NoMemory : public ComputeMemory {
 public:
  absl::StatusOr<void*> Allocate(size_t bytes, absl::string_view purpose) override {
    return absl::ResourceExhaustedError(absl::StrCat(purpose, " wants ", bytes, " bytes"));
  }
  void Free(void*) override {}
  int64_t num_frees() const override { return 0; }
  void CopyToDevice(const void*, size_t, void*) override {}
  void CopyToHost(const void*, size_t, void*) override {}
  void Clear(void*, size_t) override {}
  absl::Status Wait() override { return absl::OkStatus(); }
};

class CudaPrimitivesTest : public GpuTest {};

TEST_F(CudaPrimitivesTest, BehindASortWithoutMemoryNothingIsLaunched) {
  constexpr int64_t kPlaces = 1000;
  constexpr int64_t kRows = 10;
  const absl::StatusOr<CudaStream> stream = CudaStream::Create();
  ASSERT_TRUE(stream.ok()) << stream.status();
  CudaAllocator allocator;
  DeviceBuffer<uint32_t> numbers(&allocator, "test");
  ASSERT_TRUE(numbers.Reserve(3 * kPlaces + kRows + 1).ok());
  // Rows that are not there: what reads them writes far beyond.
  ASSERT_EQ(cudaMemsetAsync(numbers.data(), 0xFF, numbers.size_bytes(), stream->get()), cudaSuccess);
  uint32_t* const sorted = numbers.data() + kPlaces;
  FirstCudaError error;
  NoMemory memory;
  const auto primitives = MakeCudaPrimitives(stream->get(), &memory, &error);
  primitives->SortPlaces(numbers.data(), kPlaces, /*bits=*/4, sorted, sorted + kPlaces);
  MakeCudaRowKernels(stream->get(), &error)->FindBegins(sorted, kPlaces, kRows, sorted + 2 * kPlaces);
  ASSERT_TRUE(stream->Synchronize().ok());
  const absl::Status status = error.Take();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("the batch's places wants 4000 bytes"));
}

}  // namespace
}  // namespace shoal
