// Collectives of several workers in one process, for tests and the simulation: an operation completes for all of them
// in the call of the last one, and the callbacks are then delivered as the test likes.
//
// Workers that call different operations, or with different sizes, get FailedPrecondition. When one is destroyed, the
// others get Unavailable.
//
// Thread safety: that of Collective; different workers' may be used concurrently.
#ifndef SHOAL_WORKER_COLLECTIVE_IN_PROCESS_COLLECTIVE_H_
#define SHOAL_WORKER_COLLECTIVE_IN_PROCESS_COLLECTIVE_H_

#include <functional>
#include <memory>
#include <vector>

#include "worker/collective/collective.h"

namespace shoal {

// Calls the function once: at once, or later, in any order and on any thread.
using CallbackExecutor = std::function<void(std::function<void()>)>;

// By rank. Callbacks are delivered at once.
std::vector<std::unique_ptr<Collective>> MakeInProcessCollectives(int size);

// By rank. Every callback goes through `executor`, which must outlive the collectives.
std::vector<std::unique_ptr<Collective>> MakeInProcessCollectives(int size, CallbackExecutor executor);

}  // namespace shoal

#endif  // SHOAL_WORKER_COLLECTIVE_IN_PROCESS_COLLECTIVE_H_
