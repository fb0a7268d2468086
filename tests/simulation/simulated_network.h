// A network that delays, reorders, duplicates and breaks: a request may arrive twice, and a connection may break before
// the request or before the reply.
#ifndef SHOAL_TESTS_SIMULATION_SIMULATED_NETWORK_H_
#define SHOAL_TESTS_SIMULATION_SIMULATED_NETWORK_H_

#include <functional>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "tests/simulation/scheduler.h"

namespace shoal {

struct NetworkFaults {
  double duplicate = 0.1;  // Share of requests that arrive twice.
  double break_before_request = 0.03;
  double break_before_reply = 0.03;
  // Share of a worker's operations with the others that end without it.
  double break_collective = 0;
};

class SimulatedNetwork {
 public:
  SimulatedNetwork(Scheduler* scheduler, NetworkFaults faults) : scheduler_(scheduler), faults_(faults) {}

  // Brings `request` to `handle`, at least once or not at all, and its first reply to `done`; Unavailable where the
  // connection broke. `handle` answers through its second argument, when it likes.
  template <typename Request, typename Reply>
  void Call(Request request, std::function<void(Request, std::function<void(absl::StatusOr<Reply>)>)> handle,
            std::function<void(absl::StatusOr<Reply>)> done) {
    const auto answered = std::make_shared<bool>(false);
    auto answer = [this, answered, done = std::move(done)](absl::StatusOr<Reply> reply) {
      scheduler_->After(scheduler_->Delay(), [answered, done, reply = std::move(reply)] {
        if (!std::exchange(*answered, true)) done(reply);
      });
    };
    if (scheduler_->Chance(faults_.break_before_request)) {
      answer(absl::UnavailableError("the connection broke before the request"));
      return;
    }
    const bool reply_is_lost = scheduler_->Chance(faults_.break_before_reply);
    const int copies = scheduler_->Chance(faults_.duplicate) ? 2 : 1;
    for (int copy = 0; copy < copies; ++copy) {
      // The reply to a copy that comes late reaches nobody, but the request does what it does.
      scheduler_->After(scheduler_->Delay(), [handle, request, answer, reply_is_lost, copy] {
        handle(request, [answer, reply_is_lost, copy](absl::StatusOr<Reply> reply) {
          if (copy > 0) return;
          if (reply_is_lost) reply = absl::UnavailableError("the connection broke before the reply");
          answer(std::move(reply));
        });
      });
    }
  }

 private:
  Scheduler* scheduler_;
  NetworkFaults faults_;
};

}  // namespace shoal

#endif  // SHOAL_TESTS_SIMULATION_SIMULATED_NETWORK_H_
