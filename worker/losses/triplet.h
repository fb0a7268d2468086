// Triplet loss: an anchor shall be nearer to rows of its label than to rows of other labels, by a margin (Schroff et
// al., "FaceNet", CVPR 2015; Hermans et al., "In defense of the triplet loss for person re-identification", 2017).
//
// A triplet costs max(0, d(a, p) - d(a, n) + margin), as torch.nn.TripletMarginLoss with p = 2, or with soft_margin
// log(1 + exp(d(a, p) - d(a, n))). The mean is over the triplets that do not cost zero; where there are none, loss and
// gradients are zero. Anchors and positives are ordered pairs: each row of a pair is the other's positive in turn.
//
// Losses and metrics are counted by the anchor's row; loss_weight is the number of triplets that do not cost zero.
#ifndef SHOAL_WORKER_LOSSES_TRIPLET_H_
#define SHOAL_WORKER_LOSSES_TRIPLET_H_

#include <memory>
#include <vector>

#include "proto/job.pb.h"
#include "worker/losses/distance_loss.h"
#include "worker/losses/triplet_cost.h"
#include "worker/losses/triplet_mining.h"

namespace shoal {

class TripletLoss : public DistanceLoss {
 public:
  // InvalidArgument names the field and the value that cannot be.
  static absl::StatusOr<std::unique_ptr<Loss>> Create(const Triplet& config);

  LossSpec spec() const override { return TripletSpec{mining_, distance_.formula(), cost_}; }
  absl::Status Check(const LossBatch& batch) const override;

 private:
  // Of an anchor's triplets, or of all.
  struct Totals {
    double loss = 0;
    int64_t triplets = 0;
    int64_t nonzero = 0;
  };

  explicit TripletLoss(const Triplet& config);

  double CollectTerms(const LossBatch& batch, MetricSums* sums) override;
  Totals MineAnchor(const LossBatch& batch, const StepRandom& random, int64_t anchor);
  Totals AddGiven(absl::Span<const int64_t> triplet);

  Triplet::Mining mining_;
  TripletCost cost_;
  std::vector<float> distances_;     // [n], from one anchor,
  std::vector<double> derivatives_;  // and of the anchor's loss by them.
};

}  // namespace shoal

#endif  // SHOAL_WORKER_LOSSES_TRIPLET_H_
