#include "worker/losses/triplet.h"

#include "absl/memory/memory.h"
#include "common/base/status_macros.h"

namespace shoal {

namespace {

constexpr int kTupleSize = LossBatch::kTupleSize;

}  // namespace

absl::StatusOr<std::unique_ptr<Loss>> TripletLoss::Create(const Triplet& config) {
  SHOAL_RETURN_IF_ERROR(CheckDistanceOptions("triplet", config.margin(), config.eps()));
  return absl::WrapUnique(new TripletLoss(config));
}

TripletLoss::TripletLoss(const Triplet& config)
    : DistanceLoss(config.distance(), config.eps()),
      mining_(config.mining()),
      cost_{config.margin(), config.soft_margin()} {}

absl::Status TripletLoss::Check(const LossBatch& batch) const {
  if (mining_ != Triplet::GIVEN) return absl::OkStatus();
  for (size_t at = 0; at < batch.tuples.size(); at += kTupleSize) {
    SHOAL_RETURN_IF_ERROR(CheckTupleRows("triplet", static_cast<int64_t>(at / kTupleSize),
                                         batch.tuples.subspan(at, kTupleSize), batch.n));
  }
  return absl::OkStatus();
}

double TripletLoss::CollectTerms(const LossBatch& batch, MetricSums* sums) {
  int64_t all_nonzero = 0;
  MetricBatch own;
  const auto add = [&](int64_t anchor, const Totals& totals) {
    all_nonzero += totals.nonzero;
    if (anchor < batch.begin || anchor >= batch.end) return;
    sums->set_loss(sums->loss() + RoundToSum(totals.loss));
    sums->set_loss_weight(sums->loss_weight() + static_cast<double>(totals.nonzero));
    own.triplets = own.triplets.value_or(0) + totals.triplets;
    own.nonzero_triplets = own.nonzero_triplets.value_or(0) + totals.nonzero;
  };
  if (mining_ == Triplet::GIVEN) {
    for (size_t at = 0; at < batch.tuples.size(); at += kTupleSize) {
      add(batch.tuples[at], AddGiven(batch.tuples.subspan(at, kTupleSize)));
    }
  } else {
    const StepRandom random(StepRandom::Purpose::kTripletNegatives, batch.seed, batch.step);
    for (int64_t anchor = 0; anchor < batch.n; ++anchor) add(anchor, MineAnchor(batch, random, anchor));
  }
  AddMetrics(own, sums);
  return static_cast<double>(all_nonzero);
}

TripletLoss::Totals TripletLoss::MineAnchor(const LossBatch& batch, const StepRandom& random, int64_t anchor) {
  distances_.resize(batch.n);
  distance_.FromRow(anchor, absl::MakeSpan(distances_));
  derivatives_.assign(batch.n, 0);
  Totals totals;
  const TripletAnchor view = {anchor, batch.labels, distances_};
  MineTriplets(mining_, view, cost_, random, [&](int64_t positive, int64_t negative) {
    const double gap = view.Gap(positive, negative);
    const double loss = cost_.Value(gap);
    ++totals.triplets;
    if (loss <= 0) return;
    const double derivative = cost_.Derivative(gap);
    ++totals.nonzero;
    totals.loss += loss;
    derivatives_[positive] += derivative;
    derivatives_[negative] -= derivative;
  });
  for (int64_t j = 0; j < batch.n; ++j) {
    if (derivatives_[j] != 0) terms_.push_back({anchor, j, distances_[j], static_cast<float>(derivatives_[j])});
  }
  return totals;
}

TripletLoss::Totals TripletLoss::AddGiven(absl::Span<const int64_t> triplet) {
  const int64_t anchor = triplet[0];
  const float to_positive = distance_.Between(anchor, triplet[1]);
  const float to_negative = distance_.Between(anchor, triplet[2]);
  const double gap = static_cast<double>(to_positive) - to_negative;
  const double loss = cost_.Value(gap);
  if (loss <= 0) return {0, 1, 0};
  const float derivative = static_cast<float>(cost_.Derivative(gap));
  terms_.push_back({anchor, triplet[1], to_positive, derivative});
  terms_.push_back({anchor, triplet[2], to_negative, -derivative});
  return {loss, 1, 1};
}

}  // namespace shoal
