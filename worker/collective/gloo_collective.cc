#include "worker/collective/gloo_collective.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "common/base/status_macros.h"
#include "common/simd/vector_ops.h"

namespace shoal {
namespace {

void BlockBrokenPipeSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

absl::StatusOr<std::unique_ptr<GlooCollective>> GlooCollective::Connect(const Options& options, CoordinatorLink* link) {
  std::unique_ptr<GlooCollective> collective(new GlooCollective(options));
  GlooCollective* const self = collective.get();
  self->thread_ = std::make_unique<OperationThread>(options.rank, options.size, [self, link] {
    // Gloo writes into connections that may be broken, here and on a thread that inherits the mask.
    BlockBrokenPipeSignals();
    return self->ConnectMesh(link);
  });
  SHOAL_RETURN_IF_ERROR(self->thread_->AwaitConnected());
  return collective;
}

GlooCollective::~GlooCollective() {
  if (mesh_ != nullptr) mesh_->Abort();
}

absl::Status GlooCollective::ConnectMesh(CoordinatorLink* link) {
  CoordinatorStore store({options_.rank, options_.incarnation, options_.connect_timeout}, link);
  SHOAL_ASSIGN_OR_RETURN(
      mesh_, GlooMesh::Connect({options_.rank, options_.size, options_.host, options_.connect_timeout}, &store));
  return absl::OkStatus();
}

void GlooCollective::AllReduceSum(absl::Span<float> data, Done done) {
  thread_->Start(
      "AllReduceSum", [this, data] { return Sum(data); }, std::move(done));
}

void GlooCollective::AllGather(absl::Span<const float> mine, absl::Span<const int64_t> counts, absl::Span<float> all,
                               Done done) {
  assert(counts.size() == static_cast<size_t>(size()) && mine.size() == static_cast<size_t>(counts[rank()]));
  auto run = [this, mine, counts = std::vector<int64_t>(counts.begin(), counts.end()), all] {
    float* place = RankParts(counts, all.data())[rank()].floats;
    if (place != mine.data()) std::copy(mine.begin(), mine.end(), place);
    return Gather(counts, all);
  };
  thread_->Start("AllGather", std::move(run), std::move(done));
}

absl::Status GlooCollective::Sum(absl::Span<float> data) {
  const std::vector<int64_t> block_sizes = RankBlockSizes(static_cast<int64_t>(data.size()), size());
  const std::vector<RankMessage> blocks = RankParts(block_sizes, data.data());
  const int64_t block_size = block_sizes[rank()];
  shares_.resize(size() * block_size);
  std::vector<RankMessage> shares = RankParts(std::vector<int64_t>(size(), block_size), shares_.data());
  SHOAL_RETURN_IF_ERROR(
      mesh_->SendAndReceive(WithoutRank(blocks, rank()), WithoutRank(shares, rank()), options_.timeout));
  float* const mine = blocks[rank()].floats;
  shares[rank()].floats = mine;
  float* const sum = shares[0].floats;
  for (int r = 1; r < size(); ++r) Add(shares[r].floats, sum, static_cast<int>(block_size));
  if (sum != mine) std::copy_n(sum, block_size, mine);
  return Gather(block_sizes, data);
}

absl::Status GlooCollective::Gather(const std::vector<int64_t>& counts, absl::Span<float> all) {
  const std::vector<RankMessage> parts = RankParts(counts, all.data());
  return mesh_->SendAndReceive(WithoutRank(ToAllRanks(parts[rank()], size()), rank()), WithoutRank(parts, rank()),
                               options_.timeout);
}

}  // namespace shoal
