// Bodies of DistanceKernels that look for triplets and pairs.
#ifndef SHOAL_WORKER_CUDA_KERNELS_MINING_BODIES_H_
#define SHOAL_WORKER_CUDA_KERNELS_MINING_BODIES_H_

#include <cmath>
#include <cstdint>
#include <cstring>

#include "common/base/host_device.h"
#include "worker/cuda/kernels/distance_kernels.h"
#include "worker/cuda/kernels/lanes.h"
#include "worker/cuda/kernels/philox_bits.h"
#include "worker/round_to_sum.h"

namespace shoal {

SHOAL_HOST_DEVICE inline bool IsFinite(const Lanes& lanes, const DistanceRows& rows, int64_t row) {
  const float* const values = rows.rows.data + row * rows.rows.cols;
  return lanes.All(rows.rows.cols, [&](int64_t i) { return std::isfinite(values[i]); });
}

// Numbers in the order of distances, NaN behind the others; kNoKey comes behind all of them.
constexpr uint32_t kNoKey = 0xFFFFFFFF;
SHOAL_HOST_DEVICE inline uint32_t DistanceKey(float distance) {
  constexpr uint32_t kSign = 0x80000000;
  if (distance != distance) return kNoKey - 1;  // By its bits a NaN can be kNoKey.
  const float positive_zero = distance + 0.0F;  // Of -0 too.
  uint32_t bits;
  memcpy(&bits, &positive_zero, sizeof(bits));
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}

// StepRandom::Below of the StepRandom with this key. REQUIRES: 1 <= bound < 2^32.
SHOAL_HOST_DEVICE inline int64_t RandomBelow(uint64_t key, int64_t bound, int64_t stream, int64_t draw) {
  const PhiloxBits bits = PhiloxBitsAt(key, static_cast<uint64_t>(stream), static_cast<uint64_t>(draw));
  // The upper 64 bits of the product of 64 random ones and the bound.
  const auto factor = static_cast<uint64_t>(bound);
  return static_cast<int64_t>((bits.words[1] * factor + (bits.words[0] * factor >> 32)) >> 32);
}

// Of one anchor's triplets.
struct TripletSums {
  double loss = 0;
  double triplets = 0;
  double nonzero = 0;

  SHOAL_HOST_DEVICE TripletSums operator+(const TripletSums& other) const {
    return {loss + other.loss, triplets + other.triplets, nonzero + other.nonzero};
  }
  SHOAL_HOST_DEVICE void Add(double value) {
    triplets += 1;
    if (value <= 0) return;
    nonzero += 1;
    loss += value;
  }
};

// What looking for triplets of an anchor has in common, whichever count.
struct TripletMiner {
  MinedRows mined;
  TripletCost cost;
  float* derivatives;
  LossTotals totals;

  SHOAL_HOST_DEVICE bool IsPositive(int64_t anchor, int64_t j) const {
    return mined.labels[j] == mined.labels[anchor] && j != anchor;
  }
  SHOAL_HOST_DEVICE bool IsNegative(int64_t anchor, int64_t j) const { return mined.labels[j] != mined.labels[anchor]; }
  SHOAL_HOST_DEVICE float Distance(int64_t anchor, int64_t j) const { return mined.distances[anchor * n() + j]; }
  SHOAL_HOST_DEVICE double Gap(int64_t anchor, int64_t positive, int64_t negative) const {
    return static_cast<double>(Distance(anchor, positive)) - Distance(anchor, negative);
  }
  // 0 where the triplet costs nothing.
  SHOAL_HOST_DEVICE double Derivative(double gap) const { return cost.Value(gap) > 0 ? cost.Derivative(gap) : 0; }
  SHOAL_HOST_DEVICE int64_t n() const { return mined.rows.rows.rows; }
  SHOAL_HOST_DEVICE float* Derivatives(int64_t anchor) const { return derivatives + anchor * n(); }

  SHOAL_HOST_DEVICE void Store(const Lanes& lanes, int64_t anchor, const TripletSums& sums) const {
    const bool finite = IsFinite(lanes, mined.rows, anchor);
    lanes.Once([&] {
      totals.losses[anchor] = RoundToSum(sums.loss);
      totals.weights[anchor] = finite ? sums.nonzero : NAN;
      totals.triplets[anchor] = sums.triplets;
    });
  }
};

// Item: an anchor. Each row is summed over its partners in order, as on the CPU.
struct MineAllBody : TripletMiner {
  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t anchor) const {
    const auto sums = lanes.Sum<TripletSums>(n(), [&](int64_t j, TripletSums partial) {
      double derivative = 0;
      if (IsPositive(anchor, j)) {
        for (int64_t k = 0; k < n(); ++k) {
          if (!IsNegative(anchor, k)) continue;
          partial.Add(cost.Value(Gap(anchor, j, k)));
          derivative += Derivative(Gap(anchor, j, k));
        }
      } else if (IsNegative(anchor, j)) {
        for (int64_t k = 0; k < n(); ++k) {
          if (IsPositive(anchor, k)) derivative -= Derivative(Gap(anchor, k, j));
        }
      }
      Derivatives(anchor)[j] = static_cast<float>(derivative);
      return partial;
    });
    Store(lanes, anchor, sums);
  }
};

// Item: an anchor.
struct MineHardestBody : TripletMiner {
  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t anchor) const {
    const float furthest =
        lanes.Max(n(), -INFINITY, [&](int64_t j) { return IsPositive(anchor, j) ? Distance(anchor, j) : -INFINITY; });
    const float nearest =
        -lanes.Max(n(), -INFINITY, [&](int64_t j) { return IsNegative(anchor, j) ? -Distance(anchor, j) : -INFINITY; });
    const int64_t positive =
        lanes.FirstWhere(n(), [&](int64_t j) { return IsPositive(anchor, j) && Distance(anchor, j) == furthest; });
    const int64_t negative =
        lanes.FirstWhere(n(), [&](int64_t j) { return IsNegative(anchor, j) && Distance(anchor, j) == nearest; });
    TripletSums sums;
    double derivative = 0;
    if (positive < n() && negative < n()) {
      sums.Add(cost.Value(Gap(anchor, positive, negative)));
      derivative = Derivative(Gap(anchor, positive, negative));
    }
    lanes.ForEach(n(), [&](int64_t j) {
      Derivatives(anchor)[j] = static_cast<float>(j == positive ? derivative : j == negative ? -derivative : 0);
    });
    Store(lanes, anchor, sums);
  }
};

// Item: an anchor.
struct KeyNegativesBody {
  MinedRows mined;
  uint64_t* keys;
  int32_t* counts;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t anchor) const {
    const int64_t n = mined.rows.rows.rows;
    const auto count = lanes.Sum<int32_t>(n, [&](int64_t j, int32_t partial) {
      const bool is_negative = mined.labels[j] != mined.labels[anchor];
      const uint32_t key = is_negative ? DistanceKey(mined.distances[anchor * n + j]) : kNoKey;
      keys[anchor * n + j] = static_cast<uint64_t>(anchor) << 32 | key;
      return partial + (is_negative ? 1 : 0);
    });
    lanes.Once([&] { counts[anchor] = count; });
  }
};

// Item: an anchor. Until it is summed up, a positive's derivative is the number of its negative, or kNoNegative: a
// float holds those exactly, since keys are sorted for fewer than 2^31 pairs.
struct MineSortedBody : TripletMiner {
  SortedNegatives negatives;
  NegativeChoice choice;

  SHOAL_HOST_DEVICE int64_t Choose(int64_t anchor, int64_t positive) const {
    const int64_t count = negatives.counts[anchor];
    const uint32_t* const places = negatives.places + anchor * n();
    const auto row = [&](int64_t k) { return int64_t{places[k]} - anchor * n(); };
    const auto gap = [&](int64_t k) { return Gap(anchor, positive, row(k)); };
    const auto draw = [&](int64_t hard) { return RandomBelow(choice.key, hard, anchor, positive); };
    const int64_t k = choice.random ? RandomHardNegative(count, cost, gap, draw) : SemiHardNegative(count, cost, gap);
    return k == kNoNegative ? kNoNegative : row(k);
  }

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t anchor) const {
    float* const own = Derivatives(anchor);
    const auto sums = lanes.Sum<TripletSums>(n(), [&](int64_t j, TripletSums partial) {
      own[j] = 0;
      if (!IsPositive(anchor, j)) return partial;
      const int64_t negative = Choose(anchor, j);
      own[j] = static_cast<float>(negative);
      if (negative != kNoNegative) partial.Add(cost.Value(Gap(anchor, j, negative)));
      return partial;
    });
    lanes.Sync();
    lanes.Once([&] { SumDerivatives(anchor, own); });
    Store(lanes, anchor, sums);
  }

  // In the order of positives: several may have the same negative.
  SHOAL_HOST_DEVICE void SumDerivatives(int64_t anchor, float* own) const {
    for (int64_t j = 0; j < n(); ++j) {
      if (!IsPositive(anchor, j)) continue;
      const auto negative = static_cast<int64_t>(own[j]);
      const auto derivative = negative == kNoNegative ? 0.0F : static_cast<float>(Derivative(Gap(anchor, j, negative)));
      own[j] = derivative;
      if (derivative != 0) own[negative] -= derivative;
    }
  }
};

// Item a * n + b.
struct KeyPairsBody {
  MinedRows mined;
  uint32_t* keys;

  SHOAL_HOST_DEVICE void operator()(int64_t item) const {
    const int64_t n = mined.rows.rows.rows;
    const int64_t a = item / n;
    const int64_t b = item % n;
    const bool counts = a < b && mined.labels[a] != mined.labels[b];
    keys[item] = counts ? DistanceKey(mined.distances[item]) : kNoKey;
  }
};

// Of one row's pairs with the rows behind it.
struct PairSums {
  double loss = 0;
  double pairs = 0;
  SHOAL_HOST_DEVICE PairSums operator+(const PairSums& other) const { return {loss + other.loss, pairs + other.pairs}; }
};

// Item: the lower row.
struct MinePairsBody {
  MinedRows mined;
  ContrastiveCost cost;
  NearestPairs nearest;
  float* derivatives;
  LossTotals totals;

  // Whether the pair of different labels is no further than the last one that counts.
  SHOAL_HOST_DEVICE bool IsNear(int64_t place) const {
    if (nearest.count == 0) return false;
    const uint32_t key = DistanceKey(mined.distances[place]);
    const uint32_t last = nearest.sorted_keys[nearest.count - 1];
    return key < last || (key == last && place <= int64_t{nearest.places[nearest.count - 1]});
  }

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t a) const {
    const int64_t n = mined.rows.rows.rows;
    const auto sums = lanes.Sum<PairSums>(n, [&](int64_t b, PairSums partial) {
      const int64_t place = a * n + b;
      const bool same = mined.labels[a] == mined.labels[b];
      const bool counts = a < b && (same || IsNear(place));
      const double distance = mined.distances[place];
      derivatives[place] = counts ? static_cast<float>(cost.Derivative(distance, same)) : 0.0F;
      if (!counts) return partial;
      return partial + PairSums{RoundToSum(cost.Value(distance, same)), 1};
    });
    const bool finite = IsFinite(lanes, mined.rows, a);
    lanes.Once([&] {
      totals.losses[a] = sums.loss;
      totals.weights[a] = finite ? sums.pairs : NAN;
    });
  }
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_MINING_BODIES_H_
