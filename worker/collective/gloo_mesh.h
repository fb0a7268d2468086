// TCP connections between all workers of a job, by Gloo: the one place where its exceptions are caught. It sends and
// receives; what is done with the floats is its user's. Gloo takes whoever connects to its port first for the worker
// that it waits for.
//
// Thread safety: one thread calls, but for Abort. Gloo writes to sockets on that thread and on one that Connect starts,
// without protection from SIGPIPE: the calling thread must have it blocked, and the other inherits that.
#ifndef SHOAL_WORKER_COLLECTIVE_GLOO_MESH_H_
#define SHOAL_WORKER_COLLECTIVE_GLOO_MESH_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "worker/collective/coordinator_store.h"
#include "worker/collective/rank_blocks.h"

namespace gloo {
class Context;
}

namespace shoal {

class GlooMesh {
 public:
  struct Options {
    int rank = 0;
    int size = 1;
    // Address of this host that the others reach, in numbers: Gloo crashes over names that nobody knows. Ports are
    // chosen by the system.
    std::string host;
    // For the connection to each other worker once it has published its address.
    absl::Duration connect_timeout;
  };
  // Waits until this worker is connected to all others. The store is needed until then.
  static absl::StatusOr<std::unique_ptr<GlooMesh>> Connect(const Options& options, CoordinatorStore* store);
  ~GlooMesh();

  // Sends and receives the messages, at most one each way a peer, and waits for all of them. The n-th call of one
  // worker goes with the n-th of the others: their messages match. Errors close all connections and name the ranks
  // whose messages are missing. DeadlineExceeded: they did not come in time. Unavailable: a connection broke.
  // Cancelled: Abort was called.
  absl::Status SendAndReceive(absl::Span<const RankMessage> outgoing, absl::Span<const RankMessage> incoming,
                              absl::Duration timeout);

  // Ends a SendAndReceive under way, and all later ones. May be called on any thread.
  void Abort();

 private:
  struct Transfer;
  using Transfers = std::vector<Transfer>;

  explicit GlooMesh(std::shared_ptr<gloo::Context> context);
  Transfers MakeTransfers(absl::Span<const RankMessage> outgoing, absl::Span<const RankMessage> incoming) const;
  absl::Status Run(const Transfers& transfers, absl::Duration timeout);
  // What Abort ends from now on; null: nothing. Cancelled: it was called already; there is nothing to end.
  absl::Status SetRunning(const Transfers* transfers) ABSL_LOCKS_EXCLUDED(mutex_);

  const std::shared_ptr<gloo::Context> context_;
  uint64_t next_tag_ = 0;
  absl::Mutex mutex_;
  bool aborted_ ABSL_GUARDED_BY(mutex_) = false;
  const Transfers* running_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_COLLECTIVE_GLOO_MESH_H_
