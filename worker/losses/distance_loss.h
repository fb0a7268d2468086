// What losses of distances between rows of the global batch have in common: every worker finds the same terms
// (distances and how the loss changes with them) and takes the gradient of its own rows. Where needs_global_batch() is
// false, it finds the terms of its own rows alone.
//
// A batch with an output that is NaN or infinite has no order of distances: its loss and gradients are NaN, so that a
// model that has diverged is seen.
#ifndef SHOAL_WORKER_LOSSES_DISTANCE_LOSS_H_
#define SHOAL_WORKER_LOSSES_DISTANCE_LOSS_H_

#include <vector>

#include "worker/losses/loss.h"
#include "worker/losses/pairwise_distance.h"

namespace shoal {

class DistanceLoss : public Loss {
 public:
  bool needs_global_batch() const override { return true; }
  absl::Status Evaluate(const LossBatch& batch, absl::Span<float> gradients, MetricSums* sums) override;

 protected:
  DistanceLoss(Distance kind, float eps) : distance_(kind, eps) {}

  // Appends the terms of the whole batch's loss sum to `terms_` and adds the own rows' share to `*sums`. Returns what
  // the mean divides by: 0 makes all gradients zero.
  virtual double CollectTerms(const LossBatch& batch, MetricSums* sums) = 0;

  PairwiseDistance distance_;
  std::vector<DistanceTerm> terms_;
};

// `name` and `number` say which tuple it is in messages; `rows` are the rows that it names.
absl::Status CheckTupleRows(absl::string_view name, int64_t number, absl::Span<const int64_t> rows, int64_t n);

// InvalidArgument names the field, `prefix` and all: margin and eps are finite and not negative.
absl::Status CheckDistanceOptions(absl::string_view prefix, float margin, float eps);

}  // namespace shoal

#endif  // SHOAL_WORKER_LOSSES_DISTANCE_LOSS_H_
