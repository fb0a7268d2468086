#include "worker/losses/contrastive.h"

#include <algorithm>
#include <tuple>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace shoal {
namespace {

constexpr int kTupleSize = LossBatch::kTupleSize;

bool IsNearer(const DistanceTerm& left, const DistanceTerm& right) {
  return std::tie(left.distance, left.a, left.b) < std::tie(right.distance, right.a, right.b);
}

void KeepNearest(size_t count, std::vector<DistanceTerm>* pairs) {
  if (pairs->size() <= count) return;
  std::nth_element(pairs->begin(), pairs->begin() + static_cast<int64_t>(count), pairs->end(), IsNearer);
  pairs->resize(count);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Loss>> ContrastiveLoss::Create(const Contrastive& config) {
  SHOAL_RETURN_IF_ERROR(CheckDistanceOptions("contrastive", config.margin(), config.eps()));
  return absl::WrapUnique(new ContrastiveLoss(config));
}

ContrastiveLoss::ContrastiveLoss(const Contrastive& config)
    : DistanceLoss(config.distance(), config.eps()), mining_(config.mining()), cost_{config.margin()} {}

int64_t ContrastiveLoss::CountSamePairs(absl::Span<const int64_t> labels) {
  std::vector<int64_t> sorted(labels.begin(), labels.end());
  std::sort(sorted.begin(), sorted.end());
  int64_t pairs = 0;
  int64_t before = 0;  // Rows of the same label before row i.
  for (size_t i = 1; i < sorted.size(); ++i) {
    before = sorted[i] == sorted[i - 1] ? before + 1 : 0;
    pairs += before;
  }
  return pairs;
}

absl::Status ContrastiveLoss::Check(const LossBatch& batch) const {
  if (mining_ != Contrastive::GIVEN) return absl::OkStatus();
  for (size_t at = 0; at < batch.tuples.size(); at += kTupleSize) {
    const int64_t pair = static_cast<int64_t>(at / kTupleSize);
    SHOAL_RETURN_IF_ERROR(CheckTupleRows("pair", pair, batch.tuples.subspan(at, 2), batch.n));
    const int64_t same = batch.tuples[at + 2];
    if (same == 0 || same == 1) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("pair ", pair, " is marked ", same, ", expected 1 (the same) or 0 (different)"));
  }
  return absl::OkStatus();
}

double ContrastiveLoss::CollectTerms(const LossBatch& batch, MetricSums* sums) {
  if (mining_ == Contrastive::GIVEN) {
    for (size_t at = 0; at < batch.tuples.size(); at += kTupleSize) {
      const int64_t first = batch.tuples[at];
      const int64_t second = batch.tuples[at + 1];
      AddPair({first, second, distance_.Between(first, second), 0}, batch.tuples[at + 2] == 1, batch, sums);
    }
    return batch.mean_divisor;
  }
  MinePairs(batch);
  for (const DistanceTerm& pair : same_) AddPair(pair, true, batch, sums);
  for (const DistanceTerm& pair : different_) AddPair(pair, false, batch, sums);
  return static_cast<double>(same_.size() + different_.size());
}

void ContrastiveLoss::MinePairs(const LossBatch& batch) {
  same_.clear();
  different_.clear();
  const size_t wanted = static_cast<size_t>(CountSamePairs(batch.labels));
  if (wanted == 0) return;
  distances_.resize(batch.n);
  for (int64_t a = 0; a < batch.n; ++a) {
    distance_.FromRow(a, absl::MakeSpan(distances_));
    for (int64_t b = a + 1; b < batch.n; ++b) {
      (batch.labels[a] == batch.labels[b] ? same_ : different_).push_back({a, b, distances_[b], 0});
    }
    // Now and then, so that not all pairs of the batch are held.
    if (different_.size() > 2 * wanted) KeepNearest(wanted, &different_);
  }
  KeepNearest(wanted, &different_);
  std::sort(different_.begin(), different_.end(), IsNearer);
}

void ContrastiveLoss::AddPair(DistanceTerm pair, bool same, const LossBatch& batch, MetricSums* sums) {
  pair.derivative = static_cast<float>(cost_.Derivative(pair.distance, same));
  if (pair.derivative != 0) terms_.push_back(pair);
  if (pair.a < batch.begin || pair.a >= batch.end) return;
  sums->set_loss(sums->loss() + RoundToSum(cost_.Value(pair.distance, same)));
  sums->set_loss_weight(sums->loss_weight() + 1);
}

}  // namespace shoal
