#include "worker/collective/gloo_mesh.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"
#include "common/base/steady_now.h"
#include "gloo/rendezvous/context.h"
#include "gloo/transport/tcp/device.h"
#include "gloo/transport/unbound_buffer.h"

namespace shoal {
namespace {

// Gloo waits for a connection five times as long as it is told.
constexpr int kGlooConnectFactor = 5;

// Calls what may throw. Gloo's exceptions share std::exception alone.
template <typename Function>
absl::Status Guarded(const Function& function) {
  try {
    function();
    return absl::OkStatus();
  } catch (const std::exception& error) {
    return absl::UnavailableError(error.what());
  }
}

// Rounded up, so that a wait that was long enough ends behind the deadline. Not negative: Gloo takes -1 ms for its own
// default.
std::chrono::milliseconds TimeUntil(absl::Time deadline) {
  const absl::Duration left = std::max(deadline - SteadyNow(), absl::ZeroDuration());
  return absl::ToChronoMilliseconds(absl::Ceil(left, absl::Milliseconds(1)));
}

}  // namespace

struct GlooMesh::Transfer {
  int peer;
  bool incoming;
  std::unique_ptr<gloo::transport::UnboundBuffer> buffer;

  void Post(uint64_t tag) const {
    if (incoming) {
      buffer->recv(peer, tag);
    } else {
      buffer->send(peer, tag);
    }
  }
  void Wait(absl::Time deadline) const {
    if (incoming) {
      buffer->waitRecv(/*rank=*/nullptr, TimeUntil(deadline));
    } else {
      buffer->waitSend(/*rank=*/nullptr, TimeUntil(deadline));
    }
  }
  void Abort() const {
    buffer->abortWaitRecv();
    buffer->abortWaitSend();
  }
};

GlooMesh::GlooMesh(std::shared_ptr<gloo::Context> context) : context_(std::move(context)) {}

GlooMesh::~GlooMesh() = default;

absl::StatusOr<std::unique_ptr<GlooMesh>> GlooMesh::Connect(const Options& options, CoordinatorStore* store) {
  const auto context = std::make_shared<gloo::rendezvous::Context>(options.rank, options.size);
  context->setTimeout(absl::ToChronoMilliseconds(options.connect_timeout) / kGlooConnectFactor);
  const absl::Status status = Guarded([&] {
    std::shared_ptr<gloo::transport::Device> device =
        gloo::transport::tcp::CreateDevice(gloo::transport::tcp::attr(options.host.c_str()));
    context->connectFullMesh(*store, device);
  });
  SHOAL_RETURN_IF_ERROR(store->status());
  SHOAL_RETURN_IF_ERROR(status);
  return std::unique_ptr<GlooMesh>(new GlooMesh(context));
}

GlooMesh::Transfers GlooMesh::MakeTransfers(absl::Span<const RankMessage> outgoing,
                                            absl::Span<const RankMessage> incoming) const {
  Transfers transfers;
  transfers.reserve(incoming.size() + outgoing.size());
  const auto add = [&](const RankMessage& message, bool is_incoming) {
    if (message.size == 0) return;  // Both sides know the sizes.
    transfers.push_back({message.peer, is_incoming,
                         context_->createUnboundBuffer(message.floats, message.size * sizeof(*message.floats))});
  };
  for (const RankMessage& message : incoming) add(message, true);
  for (const RankMessage& message : outgoing) add(message, false);
  return transfers;
}

absl::Status GlooMesh::SendAndReceive(absl::Span<const RankMessage> outgoing, absl::Span<const RankMessage> incoming,
                                      absl::Duration timeout) {
  const Transfers transfers = MakeTransfers(outgoing, incoming);
  SHOAL_RETURN_IF_ERROR(SetRunning(&transfers));
  const absl::Status status = Run(transfers, timeout);
  const absl::Status cancelled = SetRunning(nullptr);
  // The others are told at once, not when they run out of time. A connection that does not close is closed already.
  if (!status.ok() || !cancelled.ok()) (void)Guarded([&] { context_->closeConnections(); });
  return cancelled.ok() ? status : cancelled;
}

absl::Status GlooMesh::Run(const Transfers& transfers, absl::Duration timeout) {
  const uint64_t tag = next_tag_++;
  const absl::Time deadline = SteadyNow() + timeout;
  absl::Status error;
  std::vector<int> missing;  // Ranks; the first is the one of `error`.
  const auto note = [&](int peer, absl::Status status) {
    if (status.ok() || absl::c_linear_search(missing, peer)) return;
    if (missing.empty()) error = std::move(status);
    missing.push_back(peer);
  };
  for (const Transfer& transfer : transfers) note(transfer.peer, Guarded([&] { transfer.Post(tag); }));
  for (const Transfer& transfer : transfers) {
    // After an error only to see who else is missing.
    const absl::Time until = missing.empty() ? deadline : absl::InfinitePast();
    note(transfer.peer, Guarded([&] { transfer.Wait(until); }));
  }
  if (missing.empty()) return absl::OkStatus();
  const absl::StatusCode code =
      SteadyNow() < deadline ? absl::StatusCode::kUnavailable : absl::StatusCode::kDeadlineExceeded;
  std::string message = absl::StrCat("nothing came from rank ", missing[0], " (", error.message(), ")");
  if (missing.size() > 1) {
    missing.erase(missing.begin());
    absl::StrAppend(&message, ", nor so far from rank ", absl::StrJoin(missing, ", "));
  }
  return absl::Status(code, message);
}

absl::Status GlooMesh::SetRunning(const Transfers* transfers) {
  absl::MutexLock lock(&mutex_);
  running_ = aborted_ ? nullptr : transfers;
  return aborted_ ? absl::CancelledError("this worker ends its part") : absl::OkStatus();
}

void GlooMesh::Abort() {
  absl::MutexLock lock(&mutex_);
  aborted_ = true;
  if (running_ == nullptr) return;
  for (const Transfer& transfer : *running_) transfer.Abort();
}

}  // namespace shoal
