// The collective of workers on GPUs, one each: NCCL, with its unique id exchanged through the coordinator.
//
// NCCL's own all-reduce adds in an order that depends on its ring, and so on where the GPUs are plugged in. Here, as
// over Gloo, every worker receives the others' floats of its block, adds them in rank order, and sends the sum to all:
// the same bits as on CPUs, on every host and in every run. A worker sends and receives 2 (W - 1) / W times the data,
// as much as a ring does; what it costs is one more pass of a block over the device's memory, and memory for W blocks.
//
// Operations run on a thread and a stream of the collective's own, beside the caller's. Floats of the host go through
// pinned memory. An operation in which a worker is missing fails: with Unavailable where a connection broke, with
// DeadlineExceeded where it is silent; the communicator is aborted then.
//
// Destruction ends what runs; where nothing does, it gives the others NcclCommunicator::kFinalizeTimeout to take what
// they have been sent, but not after Abandon.
//
// Thread safety: that of Collective. Calls may come from a thread of any device.
#ifndef SHOAL_WORKER_COLLECTIVE_NCCL_COLLECTIVE_H_
#define SHOAL_WORKER_COLLECTIVE_NCCL_COLLECTIVE_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/coordination/coordinator_link.h"
#include "worker/collective/device_collective.h"
#include "worker/collective/nccl_communicator.h"
#include "worker/collective/operation_thread.h"
#include "worker/cuda/cuda_buffer.h"
#include "worker/cuda/cuda_stream.h"

namespace shoal {

class NcclCollective final : public DeviceCollective {
 public:
  struct Options {
    int rank = 0;
    int size = 1;
    // Of the RegisterReply.
    uint32_t incarnation = 0;
    // The worker's GPU.
    int device = 0;
    // How long Connect waits for the others to come, and then for them to connect.
    absl::Duration connect_timeout = absl::Seconds(60);
    // How long an operation waits for the others.
    absl::Duration timeout = absl::Seconds(120);
  };
  // Waits until this worker is connected to all others; the link is needed until then. `allocator` outlives the result.
  static absl::StatusOr<std::unique_ptr<NcclCollective>> Connect(const Options& options, CoordinatorLink* link,
                                                                 CudaAllocator* allocator);
  ~NcclCollective() override;

  int rank() const override { return options_.rank; }
  int size() const override { return options_.size; }
  void AllReduceSum(absl::Span<float> data, Done done) override;
  void AllGather(absl::Span<const float> mine, absl::Span<const int64_t> counts, absl::Span<float> all,
                 Done done) override;
  void Abandon() override { device_->communicator->Abort(); }
  void AllReduceSumOnDevice(float* data, int64_t size, const CudaEvent& ready, Done done) override;

 private:
  // What the thread uses, made on it.
  struct Device {
    CudaStream stream;
    CudaEvent done;
    std::unique_ptr<NcclCommunicator> communicator;
  };

  NcclCollective(const Options& options, CudaAllocator* allocator);
  absl::Status ConnectDevice(CoordinatorLink* link);

  absl::Status SumHost(absl::Span<float> data);
  absl::Status GatherHost(absl::Span<const float> mine, const std::vector<int64_t>& counts, absl::Span<float> all);
  absl::Status SumDevice(float* data, int64_t size, const CudaEvent& ready);
  // Give the work to the stream.
  absl::Status EnqueueCopy(float* to, const float* from, int64_t size, cudaMemcpyKind kind);
  absl::Status EnqueueSum(float* data, int64_t size, absl::Time deadline);
  absl::Status EnqueueGather(const std::vector<int64_t>& counts, float* all, absl::Time deadline);
  // Waits for all that the stream was given.
  absl::Status Await(absl::Time deadline);

  const Options options_;
  DeviceBuffer<float> shares_;   // All workers' floats of this one's block, in rank order.
  DeviceBuffer<float> staging_;  // What is the host's,
  PinnedBuffer<float> pinned_;   // on its way.
  std::unique_ptr<Device> device_;
  // Destroyed first: it uses the rest.
  std::unique_ptr<OperationThread> thread_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_COLLECTIVE_NCCL_COLLECTIVE_H_
