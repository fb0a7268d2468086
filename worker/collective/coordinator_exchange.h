// Values that workers leave for each other in the job's coordinator: addresses, NCCL's unique id.
//
// A key has one publisher and one value for ever, so every call may be repeated.
//
// Thread safety: external.
#ifndef SHOAL_WORKER_COLLECTIVE_COORDINATOR_EXCHANGE_H_
#define SHOAL_WORKER_COLLECTIVE_COORDINATOR_EXCHANGE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/coordination/coordinator_link.h"
#include "common/coordination/retry.h"

namespace shoal {

class CoordinatorExchange {
 public:
  struct Options {
    int worker_rank = 0;
    uint32_t incarnation = 0;
    // What others publish is waited for until this long after construction.
    absl::Duration timeout;
    // Must outlive the object.
    RetryClock* clock = RetryClock::System();
  };
  // `link` must outlive the object.
  CoordinatorExchange(const Options& options, CoordinatorLink* link);

  absl::Status Publish(const std::string& key, const std::string& value);
  // Asks until the value is there. DeadlineExceeded: it did not come in time. Else the link's error.
  absl::StatusOr<std::string> Await(const std::string& key);
  // FailedPrecondition: the group is formed anew, under a later incarnation. Else the link's error.
  absl::Status CheckCurrent();

 private:
  ExchangeRequest MakeRequest(const std::string& key) const;

  const Options options_;
  CoordinatorLink* const link_;
  const absl::Time deadline_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_COLLECTIVE_COORDINATOR_EXCHANGE_H_
