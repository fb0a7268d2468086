// Requests in, replies out: a shard, and the pulls that wait for pushes. No I/O, no threads, no clock.
//
// Thread safety: one thread at a time. Callbacks run inside the call that makes their answer possible.
#ifndef SHOAL_PARAMETER_SERVER_PARAMETER_SERVER_H_
#define SHOAL_PARAMETER_SERVER_PARAMETER_SERVER_H_

#include <cstdint>
#include <list>
#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "common/codec/payload.h"
#include "common/codec/pull_reply_codec.h"
#include "common/codec/push_request_codec.h"
#include "parameter_server/checkpoint_sink.h"
#include "parameter_server/last_replies.h"
#include "parameter_server/shard.h"
#include "proto/parameter_service.pb.h"

namespace shoal {

class ParameterServer {
 public:
  // A PullReply, PushReply or RejoinReply, encoded, or why there is none. Called exactly once.
  using Done = absl::AnyInvocable<void(absl::StatusOr<Payload>)>;

  // `sink` outlives the server.
  ParameterServer(std::unique_ptr<Shard> shard, CheckpointSink* sink);
  // Pulls that still wait are answered with Cancelled.
  ~ParameterServer();

  const Shard& shard() const { return *shard_; }

  // Answers at once, or when the pushes that the pull waits for are applied. The result is a ticket for CancelPull;
  // 0: answered.
  uint64_t Pull(PullRequest request, Done done);
  // The caller no longer waits: answers the pull with Cancelled unless it has been answered.
  void CancelPull(uint64_t ticket);

  void Push(DecodedPush push, Done done);

  // Pulls of the worker's earlier incarnations that wait are answered with FailedPrecondition.
  void Rejoin(const RejoinRequest& request, Done done);

  // Answers the pulls that wait, and whatever comes later, with `reason`. REQUIRES: it is an error.
  void Stop(const absl::Status& reason);

 private:
  struct WaitingPull {
    uint64_t ticket;
    PullRequest request;
    Done done;
  };

  // REQUIRES: the pull does not have to wait.
  absl::StatusOr<Payload> AnswerPull(Shard::Readiness readiness, PullRequest request);
  absl::StatusOr<Payload> AnswerAgain(const PullRequest& request) const;
  Payload EncodeRows(const PullRequest& request);
  // Of one table, as they travel.
  void WriteRows(const PullRequest& request, const TableIds& ids, const RowsShape& shape, uint8_t* out);
  void AnswerReadyPulls();

  std::unique_ptr<Shard> shard_;
  CheckpointSink* sink_;
  absl::optional<LastReplies> last_replies_;  // Where workers may be lost.
  uint64_t last_ticket_ = 0;
  std::list<WaitingPull> waiting_;
  // Not OK once a checkpoint could not be saved, or the server was stopped: every later request gets it.
  absl::Status failure_;
};

}  // namespace shoal

#endif  // SHOAL_PARAMETER_SERVER_PARAMETER_SERVER_H_
