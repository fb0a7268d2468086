#include "worker/collective/gloo_collective.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/simd/vector_ops.h"

namespace shoal {
namespace {

constexpr int64_t kBlockMultiple = 16;  // Floats: a cache line.

void BlockBrokenPipeSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

// Sizes of the workers' blocks of `n` floats, in rank order: nearly equal, but for the last whole cache lines.
std::vector<int64_t> BlockSizes(int64_t n, int size) {
  std::vector<int64_t> sizes(size);
  int64_t begin = 0;
  for (int r = 0; r < size; ++r) {
    const int64_t end = r + 1 == size ? n : n * (r + 1) / size / kBlockMultiple * kBlockMultiple;
    sizes[r] = end - begin;
    begin = end;
  }
  return sizes;
}

// The parts of `all`, one after the other.
std::vector<GlooMesh::Message> Parts(absl::Span<const int64_t> counts, float* all) {
  std::vector<GlooMesh::Message> parts;
  parts.reserve(counts.size());
  for (int r = 0; r < static_cast<int>(counts.size()); ++r) {
    parts.push_back({r, all, counts[r]});
    all += counts[r];
  }
  return parts;
}

// Others' messages: those of one peer each, without this worker's.
std::vector<GlooMesh::Message> WithoutRank(std::vector<GlooMesh::Message> messages, int rank) {
  messages.erase(messages.begin() + rank);
  return messages;
}

}  // namespace

absl::StatusOr<std::unique_ptr<GlooCollective>> GlooCollective::Connect(const Options& options, CoordinatorLink* link) {
  std::unique_ptr<GlooCollective> collective(new GlooCollective(options));
  collective->thread_ = std::thread([&collective = *collective, link] { collective.Run(link); });
  collective->connected_.WaitForNotification();
  if (collective->mesh_ == nullptr) return collective->failure_;
  return collective;
}

GlooCollective::~GlooCollective() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (mesh_ != nullptr) mesh_->Abort();
  thread_.join();
}

void GlooCollective::Run(CoordinatorLink* link) {
  // Gloo writes into connections that may be broken, here and on a thread that inherits the mask.
  BlockBrokenPipeSignals();
  failure_ = Annotate("connecting", ConnectMesh(link));
  const bool is_connected = failure_.ok();
  connected_.Notify();
  if (!is_connected) return;
  while (absl::optional<Operation> operation = AwaitOperation()) {
    if (failure_.ok()) failure_ = Annotate(operation->name, operation->run());
    operation->done(failure_);
  }
}

absl::Status GlooCollective::ConnectMesh(CoordinatorLink* link) {
  CoordinatorStore store({options_.rank, options_.incarnation, options_.connect_timeout}, link);
  SHOAL_ASSIGN_OR_RETURN(
      mesh_, GlooMesh::Connect({options_.rank, options_.size, options_.host, options_.connect_timeout}, &store));
  return absl::OkStatus();
}

absl::Status GlooCollective::Annotate(const char* what, const absl::Status& status) const {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(what, " on rank ", rank(), " of ", size(), ": ", status.message()));
}

absl::optional<GlooCollective::Operation> GlooCollective::AwaitOperation() {
  const auto has_work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return operation_.has_value() || stopping_; };
  absl::MutexLock lock(&mutex_, absl::Condition(&has_work));
  return std::exchange(operation_, absl::nullopt);
}

void GlooCollective::Start(Operation operation) {
  absl::MutexLock lock(&mutex_);
  assert(!operation_.has_value() && "one operation at a time");
  operation_ = std::move(operation);
}

void GlooCollective::AllReduceSum(absl::Span<float> data, Done done) {
  Start({"AllReduceSum", [this, data] { return Sum(data); }, std::move(done)});
}

void GlooCollective::AllGather(absl::Span<const float> mine, absl::Span<const int64_t> counts, absl::Span<float> all,
                               Done done) {
  assert(counts.size() == static_cast<size_t>(size()) && mine.size() == static_cast<size_t>(counts[rank()]));
  const auto run = [this, mine, counts = std::vector<int64_t>(counts.begin(), counts.end()), all] {
    float* place = Parts(counts, all.data())[rank()].floats;
    if (place != mine.data()) std::copy(mine.begin(), mine.end(), place);
    return Gather(counts, all);
  };
  Start({"AllGather", run, std::move(done)});
}

absl::Status GlooCollective::Sum(absl::Span<float> data) {
  const std::vector<int64_t> block_sizes = BlockSizes(static_cast<int64_t>(data.size()), size());
  const std::vector<GlooMesh::Message> blocks = Parts(block_sizes, data.data());
  const int64_t block_size = block_sizes[rank()];
  shares_.resize(size() * block_size);
  std::vector<GlooMesh::Message> shares = Parts(std::vector<int64_t>(size(), block_size), shares_.data());
  SHOAL_RETURN_IF_ERROR(
      mesh_->SendAndReceive(WithoutRank(blocks, rank()), WithoutRank(shares, rank()), options_.timeout));
  float* const mine = blocks[rank()].floats;
  shares[rank()].floats = mine;
  float* const sum = shares[0].floats;
  for (int r = 1; r < size(); ++r) Add(shares[r].floats, sum, static_cast<int>(block_size));
  if (sum != mine) std::copy_n(sum, block_size, mine);
  return Gather(block_sizes, data);
}

absl::Status GlooCollective::Gather(absl::Span<const int64_t> counts, absl::Span<float> all) {
  const std::vector<GlooMesh::Message> parts = Parts(counts, all.data());
  std::vector<GlooMesh::Message> outgoing(size(), parts[rank()]);
  for (int r = 0; r < size(); ++r) outgoing[r].peer = r;
  return mesh_->SendAndReceive(WithoutRank(outgoing, rank()), WithoutRank(parts, rank()), options_.timeout);
}

}  // namespace shoal
