#include "worker/losses/triplet_mining.h"

#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

namespace shoal {
namespace {

constexpr int64_t kNone = -1;

using Negative = std::pair<float, int64_t>;  // Distance and row.

using Visit = absl::FunctionRef<void(int64_t, int64_t)>;

void VisitHardest(const TripletAnchor& anchor, Visit visit) {
  int64_t furthest = kNone;
  int64_t nearest = kNone;
  for (int64_t j = 0; j < static_cast<int64_t>(anchor.labels.size()); ++j) {
    if (anchor.IsPositive(j) && (furthest == kNone || anchor.distances[j] > anchor.distances[furthest])) furthest = j;
    if (anchor.IsNegative(j) && (nearest == kNone || anchor.distances[j] < anchor.distances[nearest])) nearest = j;
  }
  if (furthest != kNone && nearest != kNone) visit(furthest, nearest);
}

void VisitAll(const TripletAnchor& anchor, Visit visit) {
  const int64_t n = static_cast<int64_t>(anchor.labels.size());
  for (int64_t positive = 0; positive < n; ++positive) {
    if (!anchor.IsPositive(positive)) continue;
    for (int64_t negative = 0; negative < n; ++negative) {
      if (anchor.IsNegative(negative)) visit(positive, negative);
    }
  }
}

// Nearest first: what is near enough for a positive is then a prefix.
std::vector<Negative> SortedNegatives(const TripletAnchor& anchor) {
  std::vector<Negative> negatives;
  for (int64_t j = 0; j < static_cast<int64_t>(anchor.labels.size()); ++j) {
    if (anchor.IsNegative(j)) negatives.emplace_back(anchor.distances[j], j);
  }
  std::sort(negatives.begin(), negatives.end());
  return negatives;
}

}  // namespace

void MineTriplets(Triplet::Mining mining, const TripletAnchor& anchor, const TripletCost& cost,
                  const StepRandom& random, Visit visit) {
  assert(mining != Triplet::GIVEN);
  if (mining == Triplet::ALL) return VisitAll(anchor, visit);
  if (mining == Triplet::HARDEST) return VisitHardest(anchor, visit);
  const std::vector<Negative> negatives = SortedNegatives(anchor);
  const auto count = static_cast<int64_t>(negatives.size());
  for (int64_t positive = 0; positive < static_cast<int64_t>(anchor.labels.size()); ++positive) {
    if (!anchor.IsPositive(positive)) continue;
    const auto gap = [&](int64_t k) { return anchor.Gap(positive, negatives[k].second); };
    const auto draw = [&](int64_t n) { return random.Below(n, anchor.row, positive); };
    const int64_t k = mining == Triplet::RANDOM_HARD ? RandomHardNegative(count, cost, gap, draw)
                                                     : SemiHardNegative(count, cost, gap);
    if (k != kNoNegative) visit(positive, negatives[k].second);
  }
}

}  // namespace shoal
