// How a worker comes to train with the others: what it says to the coordinator, what it does about the replies, and
// where its training then begins. No I/O.
//
//   while (true) {
//     assignment = link.Register(registration.request());
//     switch (registration.Next(assignment)) {
//       case kJoinServers: registration.OnServersJoined(assignment, <RemoteParameterClient::Rejoin under it>); break;
//       case kAskAgain: <wait>; break;
//       case kTrain: <train behind registration.Start(assignment)>; if (<others are missing>) registration.OnLeft(...);
//     }
//   }
//
// Thread safety: external.
#ifndef SHOAL_WORKER_WORKER_REGISTRATION_H_
#define SHOAL_WORKER_WORKER_REGISTRATION_H_

#include <cstdint>
#include <vector>

#include "absl/types/optional.h"
#include "proto/coordinator_service.pb.h"
#include "proto/parameter_service.pb.h"
#include "worker/start_point.h"

namespace shoal {

class WorkerRegistration {
 public:
  WorkerRegistration(int rank, int64_t pid);

  const RegisterRequest& request() const { return request_; }

  enum class Action {
    kJoinServers,  // The group is formed anew: servers must refuse what came before, and say how far they are.
    kTrain,        // The group is complete.
    kAskAgain,     // After a while.
  };
  Action Next(const RegisterReply& reply) const;

  // What the servers said under the incarnation of `reply`.
  void OnServersJoined(const RegisterReply& reply, std::vector<RejoinReply> servers);

  // Where training with the group begins. REQUIRES: Next said kTrain.
  StartPoint Start(const RegisterReply& assignment);

  // Another worker of the group is missing. `step`: the last that is known to be applied on all servers, after which
  // the worker holds the dense parameters, where there are any. None: it has not come further than it was.
  void OnLeft(const RegisterReply& assignment, absl::optional<uint64_t> step = absl::nullopt);

 private:
  uint32_t joined() const;

  RegisterRequest request_;
  std::vector<RejoinReply> servers_;  // Of the incarnation that it joins.
};

}  // namespace shoal

#endif  // SHOAL_WORKER_WORKER_REGISTRATION_H_
