#include "worker/losses/triplet_mining.h"

#include <cassert>

namespace shoal {
namespace {

constexpr int64_t kNone = -1;

using Visit = absl::FunctionRef<void(int64_t, int64_t)>;

void VisitAll(const TripletAnchor& anchor, Visit visit) {
  const int64_t n = static_cast<int64_t>(anchor.labels.size());
  for (int64_t positive = 0; positive < n; ++positive) {
    if (!anchor.IsPositive(positive)) continue;
    for (int64_t negative = 0; negative < n; ++negative) {
      if (anchor.IsNegative(negative)) visit(positive, negative);
    }
  }
}

void VisitHardest(const TripletAnchor& anchor, Visit visit) {
  int64_t furthest = kNone;
  int64_t nearest = kNone;
  for (int64_t j = 0; j < static_cast<int64_t>(anchor.labels.size()); ++j) {
    if (anchor.IsPositive(j) && (furthest == kNone || anchor.distances[j] > anchor.distances[furthest])) furthest = j;
    if (anchor.IsNegative(j) && (nearest == kNone || anchor.distances[j] < anchor.distances[nearest])) nearest = j;
  }
  if (furthest != kNone && nearest != kNone) visit(furthest, nearest);
}

int64_t RandomHard(const TripletAnchor& anchor, int64_t positive, const TripletCost& cost, const StepRandom& random) {
  const int64_t n = static_cast<int64_t>(anchor.labels.size());
  const auto is_hard = [&](int64_t j) { return anchor.IsNegative(j) && cost.Value(anchor.Gap(positive, j)) > 0; };
  int64_t count = 0;
  for (int64_t j = 0; j < n; ++j) count += is_hard(j);
  if (count == 0) return kNone;
  int64_t left = random.Below(count, anchor.row, positive);
  int64_t j = 0;
  while (!is_hard(j) || left-- > 0) ++j;
  return j;
}

int64_t SemiHard(const TripletAnchor& anchor, int64_t positive, const TripletCost& cost) {
  int64_t nearest = kNone;
  for (int64_t j = 0; j < static_cast<int64_t>(anchor.labels.size()); ++j) {
    if (!anchor.IsNegative(j)) continue;
    const double gap = anchor.Gap(positive, j);
    if (gap >= 0 || gap + cost.margin <= 0) continue;
    if (nearest == kNone || anchor.distances[j] < anchor.distances[nearest]) nearest = j;
  }
  return nearest;
}

}  // namespace

void MineTriplets(Triplet::Mining mining, const TripletAnchor& anchor, const TripletCost& cost,
                  const StepRandom& random, Visit visit) {
  assert(mining != Triplet::GIVEN);
  if (mining == Triplet::ALL) return VisitAll(anchor, visit);
  if (mining == Triplet::HARDEST) return VisitHardest(anchor, visit);
  for (int64_t positive = 0; positive < static_cast<int64_t>(anchor.labels.size()); ++positive) {
    if (!anchor.IsPositive(positive)) continue;
    const int64_t negative =
        mining == Triplet::RANDOM_HARD ? RandomHard(anchor, positive, cost, random) : SemiHard(anchor, positive, cost);
    if (negative != kNone) visit(positive, negative);
  }
}

}  // namespace shoal
