// All workers of a job, a GPU each, as NCCL connects them. It sends and receives; what is done with the floats is its
// user's.
//
// Nothing blocks in NCCL: the communicator is non-blocking, and whoever waits asks for its state, so that an error that
// NCCL finds, a worker that is silent, or Abort ends the wait. The communicator is aborted then, which ends its
// kernels. NCCL finds a broken network connection; that a worker of the same host has died shows only by its silence.
//
// Thread safety: one thread calls, whose device is the worker's, but for Abort.
#ifndef SHOAL_WORKER_COLLECTIVE_NCCL_COMMUNICATOR_H_
#define SHOAL_WORKER_COLLECTIVE_NCCL_COMMUNICATOR_H_

#include <nccl.h>

#include <atomic>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "worker/collective/coordinator_exchange.h"
#include "worker/collective/rank_blocks.h"
#include "worker/cuda/cuda_stream.h"

namespace shoal {

class NcclCommunicator {
 public:
  struct Options {
    int rank = 0;
    int size = 1;
    // For all workers to connect.
    absl::Duration connect_timeout;
  };
  // Rank 0 publishes NCCL's unique id. Waits until all workers are connected. The exchange is needed until then.
  static absl::StatusOr<std::unique_ptr<NcclCommunicator>> Connect(const Options& options,
                                                                   CoordinatorExchange* exchange);
  // Where nothing has failed, gives the others kFinalizeTimeout to take what they have been sent.
  ~NcclCommunicator();
  static constexpr absl::Duration kFinalizeTimeout = absl::Seconds(5);

  // Gives the messages, at most one each way a peer, to the stream; pointers are to the device's memory. A worker may
  // send to itself. The n-th call of one worker goes with the n-th of the others.
  absl::Status SendAndReceive(absl::Span<const RankMessage> outgoing, absl::Span<const RankMessage> incoming,
                              const CudaStream& stream, absl::Time deadline);

  // Waits for the event behind them. After an error the communicator is gone, and all later calls fail.
  // DeadlineExceeded: a worker is silent. Unavailable: one is gone. Cancelled: Abort was called.
  absl::Status Await(const CudaEvent& event, absl::Time deadline);

  // Ends a call under way, and all later ones. May be called on any thread.
  void Abort() { aborted_ = true; }

 private:
  explicit NcclCommunicator(const Options& options) : options_(options) {}
  absl::Status Initialize(const ncclUniqueId& id, CoordinatorExchange* exchange);
  // Waits until NCCL has done what it was asked for.
  absl::Status AwaitReady(absl::Time deadline);
  // The communicator's error, if it has one. True: it is not in the middle of anything.
  absl::StatusOr<bool> IsReady();
  // Aborts the communicator on an error; returns it.
  absl::Status EndOnError(absl::Status status);

  const Options options_;
  ncclComm_t communicator_ = nullptr;  // Null: not yet connected, or aborted.
  std::atomic<bool> aborted_ = false;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_COLLECTIVE_NCCL_COMMUNICATOR_H_
