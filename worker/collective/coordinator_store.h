// Where Gloo's workers leave their addresses for each other: in the job's coordinator.
//
// Gloo's interface knows no errors but exceptions: methods throw gloo::IoException, for Gloo to pass on to its caller,
// who finds the error in status().
//
// Thread safety: external.
#ifndef SHOAL_WORKER_COLLECTIVE_COORDINATOR_STORE_H_
#define SHOAL_WORKER_COLLECTIVE_COORDINATOR_STORE_H_

#include <chrono>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/coordination/coordinator_link.h"
#include "gloo/rendezvous/store.h"
#include "worker/collective/coordinator_exchange.h"

namespace shoal {

class CoordinatorStore final : public gloo::rendezvous::Store {
 public:
  // `link` must outlive the store.
  CoordinatorStore(const CoordinatorExchange::Options& options, CoordinatorLink* link) : exchange_(options, link) {}

  // OK until a method has thrown. DeadlineExceeded: a value did not come in time. Else the link's error.
  const absl::Status& status() const { return status_; }

  void set(const std::string& key, const std::vector<char>& data) override;
  std::vector<char> get(const std::string& key) override;
  void wait(const std::vector<std::string>& keys) override;
  // Gloo's timeout is ignored: the store has a deadline.
  void wait(const std::vector<std::string>& keys, const std::chrono::milliseconds& timeout) override;

 private:
  [[noreturn]] void Fail(absl::Status status);

  CoordinatorExchange exchange_;
  absl::Status status_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_COLLECTIVE_COORDINATOR_STORE_H_
