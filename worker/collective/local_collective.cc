#include "worker/collective/local_collective.h"

#include <algorithm>
#include <cassert>

namespace shoal {

void LocalCollective::AllReduceSum(absl::Span<float> /*data*/, Done done) { done(absl::OkStatus()); }

void LocalCollective::AllGather(absl::Span<const float> mine, [[maybe_unused]] absl::Span<const int64_t> counts,
                                absl::Span<float> all, Done done) {
  assert(counts.size() == 1 && mine.size() == static_cast<size_t>(counts[0]) && all.size() == mine.size());
  if (all.data() != mine.data()) std::copy(mine.begin(), mine.end(), all.begin());
  done(absl::OkStatus());
}

}  // namespace shoal
