// What a triplet costs, and which negative is taken where the nearest come first: the only place where it is written,
// for the CPU and for devices.
//
// Thread safety: immutable; free functions.
#ifndef SHOAL_WORKER_LOSSES_TRIPLET_COST_H_
#define SHOAL_WORKER_LOSSES_TRIPLET_COST_H_

#include <cmath>
#include <cstdint>

#include "common/base/host_device.h"

namespace shoal {

// With gap = d(anchor, positive) - d(anchor, negative): max(0, gap + margin), or log(1 + exp(gap)) where it is soft.
struct TripletCost {
  float margin = 1;
  bool soft = false;

  SHOAL_HOST_DEVICE double Value(double gap) const {
    if (!soft) return gap + margin > 0 ? gap + margin : 0;
    return (gap > 0 ? gap : 0) + std::log1p(std::exp(-std::fabs(gap)));
  }
  // Of Value, where that is not zero.
  SHOAL_HOST_DEVICE double Derivative(double gap) const { return soft ? 1 / (1 + std::exp(-gap)) : 1; }
};

// No negative of those given.
constexpr int64_t kNoNegative = -1;

// The first of 0 .. count - 1 that `is_so` does not hold for; it holds for all before and for none behind.
template <class IsSo>
SHOAL_HOST_DEVICE int64_t PrefixLength(int64_t count, const IsSo& is_so) {
  int64_t begin = 0;
  while (count > 0) {
    const int64_t half = count / 2;
    if (is_so(begin + half)) {
      begin += half + 1;
      count -= half + 1;
    } else {
      count = half;
    }
  }
  return begin;
}

// Of `count` negatives, the nearest first, of which gap(k) is the k-th one's: the draw(n)-th of the n that cost
// anything.
template <class Gap, class Draw>
SHOAL_HOST_DEVICE int64_t RandomHardNegative(int64_t count, const TripletCost& cost, const Gap& gap, const Draw& draw) {
  const int64_t hard = PrefixLength(count, [&](int64_t k) { return cost.Value(gap(k)) > 0; });
  return hard == 0 ? kNoNegative : draw(hard);
}

// The same: the nearest one that is further away than the positive, if it is so by less than the margin.
template <class Gap>
SHOAL_HOST_DEVICE int64_t SemiHardNegative(int64_t count, const TripletCost& cost, const Gap& gap) {
  const int64_t nearest = PrefixLength(count, [&](int64_t k) { return gap(k) >= 0; });
  return nearest < count && gap(nearest) + cost.margin > 0 ? nearest : kNoNegative;
}

}  // namespace shoal

#endif  // SHOAL_WORKER_LOSSES_TRIPLET_COST_H_
