// Rows on parameter servers behind channels: ids are grouped by server, requests are encoded, sent, and sent again
// while the answer is Unavailable or DeadlineExceeded. No I/O of its own.
//
// A pull may be sent again because reading changes nothing that training sees; a push because servers apply a worker's
// push of a step once.
//
// Thread safety: as ParameterClient; channels may call back on any thread.
#ifndef SHOAL_WORKER_REMOTE_PARAMETER_CLIENT_H_
#define SHOAL_WORKER_REMOTE_PARAMETER_CLIENT_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "proto/coordinator_service.pb.h"
#include "worker/id_router.h"
#include "worker/parameter_client.h"
#include "worker/server_channel.h"

namespace shoal {

class RemoteParameterClient : public ParameterClient {
 public:
  struct Options {
    uint64_t job_id = 0;
    uint32_t incarnation = 0;
    uint32_t worker_rank = 0;
    uint64_t seed = 0;                // The job's.
    DType wire_dtype = FLOAT32;       // Of training's rows and gradients; validation reads FLOAT32.
    std::vector<int> dims;            // embedding_dim by table number.
    std::vector<int> num_partitions;  // By table number.
    std::vector<uint32_t> partition_owner;
    // For how long a server may be unreachable (Unavailable) before that is final, and the clock that tells. A server
    // that is slow (DeadlineExceeded) is asked again without end.
    absl::Duration give_up_after = absl::Seconds(120);
    absl::AnyInvocable<absl::Time() const> now;
  };

  // Of worker `rank` under the coordinator's assignment, but for the clock.
  static Options OptionsFor(const RegisterReply& assignment, uint32_t rank);

  // Channels by server index.
  RemoteParameterClient(Options options, std::vector<std::unique_ptr<ServerChannel>> channels);

  void Pull(uint64_t step, bool read_only, absl::Span<const PullTable> tables, PullDone done) override;
  void Push(uint64_t step, Boundary boundary, absl::Span<const PushTable> tables, PushDone done) override;

  // Joins all servers under the incarnation of the options, a later one than the first: they refuse from then on what
  // this worker sent under an earlier one. What they say, in no order.
  using RejoinDone = absl::AnyInvocable<void(absl::StatusOr<std::vector<RejoinReply>>)>;
  void Rejoin(RejoinDone done);

 private:
  // One request to every server, and what has come back so far.
  struct Fanout;
  // Takes a server's reply; an error is final.
  using Decode = absl::AnyInvocable<absl::Status(int server, ServerChannel::Reply reply)>;

  StepHeader Header(uint64_t step, DType dtype) const;
  // The type that a pull's rows come in.
  DType PulledType(bool read_only) const { return read_only ? FLOAT32 : options_.wire_dtype; }
  Payload EncodePull(uint64_t step, bool read_only, absl::Span<const PullTable> tables, int server) const;
  void Route(int table, absl::Span<const uint64_t> ids, size_t place, std::vector<IdRouter::Routes>* routes) const;
  // Sends all requests.
  void Start(std::shared_ptr<Fanout> fanout);
  bool IsWorthSendingAgain(const absl::Status& status, absl::Time* unreachable_since) const;
  void Send(const std::shared_ptr<Fanout>& fanout, int server);
  void OnReply(const std::shared_ptr<Fanout>& fanout, int server, absl::StatusOr<ServerChannel::Reply> reply);

  const Options options_;
  const IdRouter router_;
  // By place of the table in the request; the pull's live until its rows are there.
  std::vector<IdRouter::Routes> pull_routes_;
  std::vector<IdRouter::Routes> push_routes_;
  // Destroyed first: a channel that closes may still bring a reply.
  std::vector<std::unique_ptr<ServerChannel>> channels_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_REMOTE_PARAMETER_CLIENT_H_
