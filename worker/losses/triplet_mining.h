// Which triplets of an anchor count, given its distances to all rows of the global batch.
//
// A positive is another row of the anchor's label, a negative a row of another label. Of equal distances the first row
// is taken. A random negative is the one at random.Below(count, anchor, positive) of the `count` that it is drawn from,
// the nearest first. Thread safety: free functions.
#ifndef SHOAL_WORKER_LOSSES_TRIPLET_MINING_H_
#define SHOAL_WORKER_LOSSES_TRIPLET_MINING_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "proto/job.pb.h"
#include "worker/losses/step_random.h"
#include "worker/losses/triplet_cost.h"

namespace shoal {

struct TripletAnchor {
  int64_t row = 0;
  absl::Span<const int64_t> labels;   // [n]
  absl::Span<const float> distances;  // [n], from the anchor.

  bool IsPositive(int64_t j) const { return labels[j] == labels[row] && j != row; }
  bool IsNegative(int64_t j) const { return labels[j] != labels[row]; }
  double Gap(int64_t positive, int64_t negative) const {
    return static_cast<double>(distances[positive]) - distances[negative];
  }
};

// Calls visit(positive, negative) for the anchor's triplets, in the order of positives and then of negatives.
// REQUIRES: mining is not GIVEN. `random` is read by RANDOM_HARD.
void MineTriplets(Triplet::Mining mining, const TripletAnchor& anchor, const TripletCost& cost,
                  const StepRandom& random, absl::FunctionRef<void(int64_t, int64_t)> visit);

}  // namespace shoal

#endif  // SHOAL_WORKER_LOSSES_TRIPLET_MINING_H_
