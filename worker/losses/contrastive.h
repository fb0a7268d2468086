// Contrastive loss of pairs (Hadsell, Chopra and LeCun, "Dimensionality reduction by learning an invariant mapping",
// CVPR 2006): a pair that belongs together costs d^2 / 2, another max(0, margin - d)^2 / 2; the mean is over pairs.
//
// In PyTorch, with d = torch.nn.functional.pairwise_distance(first, second, eps=eps) and same = 1 or 0:
//   (same * d**2 + (1 - same) * torch.relu(margin - d)**2).mean() / 2
//
// ONLINE takes each unordered pair of rows once, the lower row first: all pairs of one label and as many pairs of
// different labels, the nearest (of equal distances, the lower rows). Where no label has two rows there are no pairs,
// and loss and gradients are zero.
//
// Sums: `loss` and loss_weight (pairs) by the pair's first row.
#ifndef SHOAL_WORKER_LOSSES_CONTRASTIVE_H_
#define SHOAL_WORKER_LOSSES_CONTRASTIVE_H_

#include <memory>
#include <vector>

#include "proto/job.pb.h"
#include "worker/losses/contrastive_cost.h"
#include "worker/losses/distance_loss.h"

namespace shoal {

class ContrastiveLoss : public DistanceLoss {
 public:
  // InvalidArgument names the field and the value that cannot be.
  static absl::StatusOr<std::unique_ptr<Loss>> Create(const Contrastive& config);

  // Unordered pairs of rows of one label.
  static int64_t CountSamePairs(absl::Span<const int64_t> labels);

  LossSpec spec() const override { return ContrastiveSpec{mining_, distance_.formula(), cost_}; }
  // A given pair's gradient needs its own rows and the number of pairs alone.
  bool needs_global_batch() const override { return mining_ != Contrastive::GIVEN; }
  absl::Status Check(const LossBatch& batch) const override;

 private:
  explicit ContrastiveLoss(const Contrastive& config);

  double CollectTerms(const LossBatch& batch, MetricSums* sums) override;
  void MinePairs(const LossBatch& batch);
  // Counts the pair and turns it into a term, whose derivative so far is unset.
  void AddPair(DistanceTerm pair, bool same, const LossBatch& batch, MetricSums* sums);

  Contrastive::Mining mining_;
  ContrastiveCost cost_;
  std::vector<float> distances_;         // [n], from one row.
  std::vector<DistanceTerm> same_;       // Mined pairs, derivatives unset.
  std::vector<DistanceTerm> different_;  // Nearest first.
};

}  // namespace shoal

#endif  // SHOAL_WORKER_LOSSES_CONTRASTIVE_H_
