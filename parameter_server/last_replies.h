// What each worker was last sent for a training step, so that it can be sent again once the step is applied and the
// rows are no longer what they were: a worker that takes a lost one's place takes its last step again.
//
// Kept are the answers to the pulls of the last step that is applied, and of the one behind it, in the memory that they
// were sent from.
//
// Thread safety: external.
#ifndef SHOAL_PARAMETER_SERVER_LAST_REPLIES_H_
#define SHOAL_PARAMETER_SERVER_LAST_REPLIES_H_

#include <vector>

#include "absl/types/optional.h"
#include "common/codec/payload.h"
#include "proto/parameter_service.pb.h"

namespace shoal {

class LastReplies {
 public:
  explicit LastReplies(int num_workers) : applied_(num_workers), next_(num_workers) {}

  // The answer to a pull of the step behind the last that is applied. REQUIRES: the rank is in range.
  void Keep(PullRequest request, Payload reply);
  // The step behind the last one has been applied.
  void OnApplied();
  // What the worker was sent for the step that is applied now; null: nothing, or it asked for other rows then.
  const Payload* Find(const PullRequest& request) const;

 private:
  struct Sent {
    PullRequest request;
    Payload reply;
  };
  // By rank.
  std::vector<absl::optional<Sent>> applied_;
  std::vector<absl::optional<Sent>> next_;
};

}  // namespace shoal

#endif  // SHOAL_PARAMETER_SERVER_LAST_REPLIES_H_
