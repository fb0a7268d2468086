#include "worker/collective/nccl_collective.h"

#include <cuda_runtime_api.h>

#include <algorithm>
#include <cassert>
#include <numeric>
#include <utility>

#include "absl/memory/memory.h"
#include "common/base/status_macros.h"
#include "common/base/steady_now.h"
#include "worker/collective/coordinator_exchange.h"
#include "worker/collective/rank_blocks.h"
#include "worker/collective/rank_sum.cuh"
#include "worker/cuda/cuda_status.h"
#include "worker/cuda/nvtx_range.h"

namespace shoal {

NcclCollective::NcclCollective(const Options& options, CudaAllocator* allocator)
    : options_(options),
      shares_(allocator, "all-reduce: shares of a block"),
      staging_(allocator, "all-reduce: floats of the host"),
      pinned_(allocator, "all-reduce: floats of the host") {}

absl::StatusOr<std::unique_ptr<NcclCollective>> NcclCollective::Connect(const Options& options, CoordinatorLink* link,
                                                                        CudaAllocator* allocator) {
  auto collective = absl::WrapUnique(new NcclCollective(options, allocator));
  NcclCollective* const self = collective.get();
  self->thread_ =
      std::make_unique<OperationThread>(options.rank, options.size, [self, link] { return self->ConnectDevice(link); });
  SHOAL_RETURN_IF_ERROR(self->thread_->AwaitConnected());
  return collective;
}

NcclCollective::~NcclCollective() {
  // Operations that were not waited for are not waited for here either.
  if (thread_->has_operations() && device_ != nullptr) device_->communicator->Abort();
  thread_.reset();
}

absl::Status NcclCollective::ConnectDevice(CoordinatorLink* link) {
  SHOAL_RETURN_IF_CUDA_ERROR(cudaSetDevice(options_.device));
  SHOAL_ASSIGN_OR_RETURN(CudaStream stream, CudaStream::Create());
  SHOAL_ASSIGN_OR_RETURN(CudaEvent done, CudaEvent::Create());
  CoordinatorExchange exchange({options_.rank, options_.incarnation, options_.connect_timeout}, link);
  SHOAL_ASSIGN_OR_RETURN(
      std::unique_ptr<NcclCommunicator> communicator,
      NcclCommunicator::Connect({options_.rank, options_.size, options_.connect_timeout}, &exchange));
  device_ = absl::WrapUnique(new Device{std::move(stream), std::move(done), std::move(communicator)});
  return absl::OkStatus();
}

void NcclCollective::AllReduceSum(absl::Span<float> data, Done done) {
  thread_->Start(
      "AllReduceSum", [this, data] { return SumHost(data); }, std::move(done));
}

void NcclCollective::AllGather(absl::Span<const float> mine, absl::Span<const int64_t> counts, absl::Span<float> all,
                               Done done) {
  assert(counts.size() == static_cast<size_t>(size()) && mine.size() == static_cast<size_t>(counts[rank()]));
  auto run = [this, mine, counts = std::vector<int64_t>(counts.begin(), counts.end()), all] {
    return GatherHost(mine, counts, all);
  };
  thread_->Start("AllGather", std::move(run), std::move(done));
}

void NcclCollective::AllReduceSumOnDevice(float* data, int64_t size, const CudaEvent& ready, Done done) {
  thread_->Start(
      "AllReduceSum", [this, data, size, &ready] { return SumDevice(data, size, ready); }, std::move(done));
}

absl::Status NcclCollective::SumDevice(float* data, int64_t size, const CudaEvent& ready) {
  const NvtxRange range("all-reduce of a bucket");
  const absl::Time deadline = SteadyNow() + options_.timeout;
  SHOAL_RETURN_IF_ERROR(device_->stream.WaitFor(ready));
  SHOAL_RETURN_IF_ERROR(EnqueueSum(data, size, deadline));
  return Await(deadline);
}

absl::Status NcclCollective::SumHost(absl::Span<float> data) {
  const NvtxRange range("all-reduce of the host's floats");
  const absl::Time deadline = SteadyNow() + options_.timeout;
  const auto size = static_cast<int64_t>(data.size());
  SHOAL_RETURN_IF_ERROR(staging_.Reserve(size));
  SHOAL_RETURN_IF_ERROR(pinned_.Reserve(size));
  std::copy(data.begin(), data.end(), pinned_.data());
  SHOAL_RETURN_IF_ERROR(EnqueueCopy(staging_.data(), pinned_.data(), size, cudaMemcpyHostToDevice));
  SHOAL_RETURN_IF_ERROR(EnqueueSum(staging_.data(), size, deadline));
  SHOAL_RETURN_IF_ERROR(EnqueueCopy(pinned_.data(), staging_.data(), size, cudaMemcpyDeviceToHost));
  SHOAL_RETURN_IF_ERROR(Await(deadline));
  std::copy_n(pinned_.data(), size, data.begin());
  return absl::OkStatus();
}

absl::Status NcclCollective::GatherHost(absl::Span<const float> mine, const std::vector<int64_t>& counts,
                                        absl::Span<float> all) {
  const NvtxRange range("gather of the host's floats");
  const absl::Time deadline = SteadyNow() + options_.timeout;
  const auto size = static_cast<int64_t>(all.size());
  SHOAL_RETURN_IF_ERROR(staging_.Reserve(size));
  SHOAL_RETURN_IF_ERROR(pinned_.Reserve(size));
  const int64_t offset = std::accumulate(counts.begin(), counts.begin() + rank(), int64_t{0});
  std::copy(mine.begin(), mine.end(), pinned_.data() + offset);
  SHOAL_RETURN_IF_ERROR(
      EnqueueCopy(staging_.data() + offset, pinned_.data() + offset, counts[rank()], cudaMemcpyHostToDevice));
  SHOAL_RETURN_IF_ERROR(EnqueueGather(counts, staging_.data(), deadline));
  SHOAL_RETURN_IF_ERROR(EnqueueCopy(pinned_.data(), staging_.data(), size, cudaMemcpyDeviceToHost));
  SHOAL_RETURN_IF_ERROR(Await(deadline));
  std::copy_n(pinned_.data(), size, all.begin());
  return absl::OkStatus();
}

absl::Status NcclCollective::EnqueueCopy(float* to, const float* from, int64_t size, cudaMemcpyKind kind) {
  if (size == 0) return absl::OkStatus();  // There may be no memory at all.
  const cudaError_t code = cudaMemcpyAsync(to, from, size * sizeof(float), kind, device_->stream.get());
  return CudaStatus(code, "cudaMemcpyAsync");
}

absl::Status NcclCollective::EnqueueSum(float* data, int64_t size, absl::Time deadline) {
  const int num_ranks = options_.size;
  const std::vector<int64_t> block_sizes = RankBlockSizes(size, num_ranks);
  const std::vector<RankMessage> blocks = RankParts(block_sizes, data);
  const int64_t block_size = block_sizes[rank()];
  // Nothing on the stream uses it still: operations are waited for.
  SHOAL_RETURN_IF_ERROR(shares_.Reserve(num_ranks * block_size));
  const std::vector<RankMessage> shares = RankParts(std::vector<int64_t>(num_ranks, block_size), shares_.data());
  SHOAL_RETURN_IF_ERROR(device_->communicator->SendAndReceive(blocks, shares, device_->stream, deadline));
  SHOAL_RETURN_IF_ERROR(
      SumInRankOrder(shares_.data(), num_ranks, block_size, blocks[rank()].floats, device_->stream.get()));
  return EnqueueGather(block_sizes, data, deadline);
}

absl::Status NcclCollective::EnqueueGather(const std::vector<int64_t>& counts, float* all, absl::Time deadline) {
  const std::vector<RankMessage> parts = RankParts(counts, all);
  return device_->communicator->SendAndReceive(WithoutRank(ToAllRanks(parts[rank()], size()), rank()),
                                               WithoutRank(parts, rank()), device_->stream, deadline);
}

absl::Status NcclCollective::Await(absl::Time deadline) {
  SHOAL_RETURN_IF_ERROR(device_->stream.Record(device_->done));
  return device_->communicator->Await(device_->done, deadline);
}

}  // namespace shoal
