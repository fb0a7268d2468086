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

int64_t RandomHard(const TripletAnchor& anchor, const std::vector<Negative>& negatives, int64_t positive,
                   const TripletCost& cost, const StepRandom& random) {
  const auto is_hard = [&](const Negative& negative) { return cost.Value(anchor.Gap(positive, negative.second)) > 0; };
  const int64_t count = std::partition_point(negatives.begin(), negatives.end(), is_hard) - negatives.begin();
  return count == 0 ? kNone : negatives[random.Below(count, anchor.row, positive)].second;
}

int64_t SemiHard(const TripletAnchor& anchor, const std::vector<Negative>& negatives, int64_t positive,
                 const TripletCost& cost) {
  const auto is_nearer = [&](const Negative& negative) { return anchor.Gap(positive, negative.second) >= 0; };
  const auto nearest = std::partition_point(negatives.begin(), negatives.end(), is_nearer);
  return nearest != negatives.end() && anchor.Gap(positive, nearest->second) + cost.margin > 0 ? nearest->second
                                                                                               : kNone;
}

}  // namespace

void MineTriplets(Triplet::Mining mining, const TripletAnchor& anchor, const TripletCost& cost,
                  const StepRandom& random, Visit visit) {
  assert(mining != Triplet::GIVEN);
  if (mining == Triplet::ALL) return VisitAll(anchor, visit);
  if (mining == Triplet::HARDEST) return VisitHardest(anchor, visit);
  const std::vector<Negative> negatives = SortedNegatives(anchor);
  for (int64_t positive = 0; positive < static_cast<int64_t>(anchor.labels.size()); ++positive) {
    if (!anchor.IsPositive(positive)) continue;
    const int64_t negative = mining == Triplet::RANDOM_HARD ? RandomHard(anchor, negatives, positive, cost, random)
                                                            : SemiHard(anchor, negatives, positive, cost);
    if (negative != kNone) visit(positive, negative);
  }
}

}  // namespace shoal
