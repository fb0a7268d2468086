// All workers' collectives in one process, and operations that wait.
#ifndef SHOAL_TESTS_SUPPORT_COLLECTIVES_H_
#define SHOAL_TESTS_SUPPORT_COLLECTIVES_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/coordination/coordinator_link.h"
#include "worker/collective/collective.h"

namespace shoal {

// By rank.
using Collectives = std::vector<std::unique_ptr<Collective>>;

// Connects worker `rank`, of incarnation 1, through the link; called on a thread of its own.
using ConnectRank = std::function<absl::StatusOr<std::unique_ptr<Collective>>(int rank, CoordinatorLink* link)>;
// All workers of a job, through a coordinator in this process.
Collectives ConnectOnThreads(int size, const ConnectRank& connect);

// Gloo's, over the loopback interface and a coordinator in this process. `timeout` is that of their operations.
Collectives ConnectGlooCollectives(int size, absl::Duration timeout);

// Calls `function` with each, on a thread for each, and waits for all.
void OnEachRank(const Collectives& collectives, const std::function<void(Collective&)>& function);

absl::Status SumAndWait(Collective& collective, absl::Span<float> data);
absl::Status GatherAndWait(Collective& collective, absl::Span<const float> mine, absl::Span<const int64_t> counts,
                           absl::Span<float> all);
// Begins a sum that needs the others, destroys the collective, and returns what the sum ended with.
absl::Status SumAndDestroy(std::unique_ptr<Collective> collective);

}  // namespace shoal

#endif  // SHOAL_TESTS_SUPPORT_COLLECTIVES_H_
