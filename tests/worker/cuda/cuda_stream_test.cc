#include "worker/cuda/cuda_stream.h"

#include <cuda_runtime_api.h>

#include <atomic>

#include "tests/support/gpu_test.h"

namespace shoal {
namespace {

class CudaStreamTest : public GpuTest {};

// Keeps a stream busy until the test lets it go.
class Gate {
 public:
  static void CUDART_CB Wait(void* gate) {
    while (!static_cast<Gate*>(gate)->open_) {
    }
  }
  void Open() { open_ = true; }

 private:
  std::atomic<bool> open_ = false;
};

TEST_F(CudaStreamTest, AnEventHappensOnceWhatIsBeforeItIsDone) {
  const absl::StatusOr<CudaStream> stream = CudaStream::Create();
  const absl::StatusOr<CudaEvent> event = CudaEvent::Create();
  ASSERT_TRUE(stream.ok() && event.ok()) << stream.status() << event.status();
  Gate gate;
  ASSERT_EQ(cudaLaunchHostFunc(stream->get(), Gate::Wait, &gate), cudaSuccess);
  ASSERT_TRUE(stream->Record(*event).ok());
  EXPECT_FALSE(*event->HasHappened());
  gate.Open();
  ASSERT_TRUE(event->Synchronize().ok());
  EXPECT_TRUE(*event->HasHappened());
}

TEST_F(CudaStreamTest, AStreamWaitsForTheEventOfAnother) {
  const absl::StatusOr<CudaStream> first = CudaStream::Create();
  const absl::StatusOr<CudaStream> second = CudaStream::Create();
  const absl::StatusOr<CudaEvent> event = CudaEvent::Create();
  const absl::StatusOr<CudaEvent> end = CudaEvent::Create();
  ASSERT_TRUE(first.ok() && second.ok() && event.ok() && end.ok());
  Gate gate;
  ASSERT_EQ(cudaLaunchHostFunc(first->get(), Gate::Wait, &gate), cudaSuccess);
  ASSERT_TRUE(first->Record(*event).ok());
  ASSERT_TRUE(second->WaitFor(*event).ok());
  ASSERT_TRUE(second->Record(*end).ok());
  EXPECT_FALSE(*end->HasHappened());
  gate.Open();
  ASSERT_TRUE(second->Synchronize().ok());
  EXPECT_TRUE(*end->HasHappened());
}

TEST_F(CudaStreamTest, TimePassesBetweenTimedEvents) {
  const absl::StatusOr<CudaStream> stream = CudaStream::Create();
  const absl::StatusOr<CudaEvent> begin = CudaEvent::Create(CudaEvent::Timing::kYes);
  const absl::StatusOr<CudaEvent> end = CudaEvent::Create(CudaEvent::Timing::kYes);
  ASSERT_TRUE(stream.ok() && begin.ok() && end.ok());
  ASSERT_TRUE(stream->Record(*begin).ok());
  ASSERT_TRUE(stream->Record(*end).ok());
  ASSERT_TRUE(end->Synchronize().ok());
  const absl::StatusOr<float> milliseconds = CudaEvent::MillisecondsBetween(*begin, *end);
  ASSERT_TRUE(milliseconds.ok()) << milliseconds.status();
  EXPECT_GE(*milliseconds, 0);
}

}  // namespace
}  // namespace shoal
