// The lanes that work on one item of a kernel: a row, an example, a chunk of a sum.
//
// A kernel's body is written once, as a function of lanes and an item. On the GPU the lanes are half a warp, and each
// of them runs the body; on the CPU one thread runs it for all of them. What a lane does differs from the others only
// inside the functions below, so both give the same bits: sums keep 16 partial sums, float i going to partial sum
// i mod 16, and add them up by halves, as common/simd/vector_ops.h does.
//
// Memory that one lane writes and another reads needs a Sync in between; ForEach gives element i to the same lane each
// time. Values that a body computes outside of these functions are the same on all lanes.
#ifndef SHOAL_WORKER_CUDA_KERNELS_LANES_H_
#define SHOAL_WORKER_CUDA_KERNELS_LANES_H_

#include <cstdint>
#include <cstring>

#include "common/base/host_device.h"

namespace shoal {

class Lanes {
 public:
  static constexpr int kCount = 16;

  // Calls body(i) for i from 0 to n - 1.
  template <class Body>
  SHOAL_HOST_DEVICE void ForEach(int64_t n, const Body& body) const {
    for (int64_t i = First(); i < n; i += Stride()) body(i);
  }

  // A lane's elements first, first + stride, ..., `count` of them: kElements in full runs, fewer in others. Loops are
  // over kElements, so that what they fill stays in registers.
  template <int kElements>
  struct RunFloats {
    float values[kElements];
  };
  template <int kElements, bool kFull>
  struct Run {
    int64_t first;
    int stride;
    int count;

    SHOAL_HOST_DEVICE bool Has(int e) const { return kFull || e < count; }
    // Those of an array, on their way together; zeros where there are none.
    SHOAL_HOST_DEVICE RunFloats<kElements> Load(const float* from) const {
      RunFloats<kElements> floats;
      for (int e = 0; e < kElements; ++e) floats.values[e] = Has(e) ? from[first + e * stride] : 0.0F;
      return floats;
    }
    SHOAL_HOST_DEVICE void Store(const RunFloats<kElements>& floats, float* to) const {
      for (int e = 0; e < kElements; ++e) {
        if (Has(e)) to[first + e * stride] = floats.values[e];
      }
    }
  };

  // Calls body(run) for runs of all of 0 .. n - 1: elements go to the lanes that ForEach gives them to. All lanes' runs
  // of a call are full, or none is.
  template <int kElements, class Body>
  SHOAL_HOST_DEVICE void ForEachRun(int64_t n, const Body& body) const {
    const int64_t whole = int64_t{kElements} * Stride();
    int64_t first = First();
    for (; n >= whole; n -= whole, first += whole) body(Run<kElements, true>{first, Stride(), kElements});
    const int64_t left = (n - First() + Stride() - 1) / Stride();
    if (left > 0) body(Run<kElements, false>{first, Stride(), static_cast<int>(left)});
  }

  // Copies n floats.
  SHOAL_HOST_DEVICE void Copy(int64_t n, const float* from, float* to) const {
    ForEachRun<4>(n, [&](const auto& run) { run.Store(run.Load(from), to); });
  }

  // Calls body() on one lane.
  template <class Body>
  SHOAL_HOST_DEVICE void Once(const Body& body) const {
    if (First() == 0) body();
  }

  // What the lanes wrote before is seen by all of them behind.
  SHOAL_HOST_DEVICE void Sync() const {
#ifdef __CUDA_ARCH__
    __syncwarp(Mask());
#endif
  }

  // Folds 0 .. n - 1 into one sum: partial = accumulate(i, partial), from T{}. All lanes get it. T is a number, or a
  // plain struct of numbers with operator+. Element i is given to the lane that ForEach gives it to.
  template <class T, class Accumulate>
  SHOAL_HOST_DEVICE T Sum(int64_t n, const Accumulate& accumulate) const {
#ifdef __CUDA_ARCH__
    T partial = T{};
    for (int64_t i = First(); i < n; i += kCount) partial = accumulate(i, partial);
    // Addition commutes, so both lanes of a pair get the same bits.
    for (int half = kCount / 2; half > 0; half /= 2) partial = partial + Across(half, partial);
    return partial;
#else
    T partial[kCount] = {};
    for (int64_t begin = 0; begin < n; begin += kCount) {
      const int count = n - begin < kCount ? static_cast<int>(n - begin) : kCount;
      for (int lane = 0; lane < count; ++lane) partial[lane] = accumulate(begin + lane, partial[lane]);
    }
    for (int half = kCount / 2; half > 0; half /= 2) {
      for (int lane = 0; lane < half; ++lane) partial[lane] = partial[lane] + partial[lane + half];
    }
    return partial[0];
#endif
  }

  // The largest value(i), in float; `lowest` where it is none. NaN counts as lowest.
  template <class Value>
  SHOAL_HOST_DEVICE float Max(int64_t n, float lowest, const Value& value) const {
    float largest = lowest;
    for (int64_t i = First(); i < n; i += Stride()) {
      const float candidate = value(i);
      if (candidate > largest) largest = candidate;
    }
#ifdef __CUDA_ARCH__
    for (int half = kCount / 2; half > 0; half /= 2) {
      const float other = Across(half, largest);
      if (other > largest) largest = other;
    }
#endif
    return largest;
  }

  // The first i of 0 .. n - 1 for which condition(i) holds; n where there is none.
  template <class Condition>
  SHOAL_HOST_DEVICE int64_t FirstWhere(int64_t n, const Condition& condition) const {
    int64_t first = First();
    while (first < n && !condition(first)) first += Stride();
    if (first > n) first = n;
#ifdef __CUDA_ARCH__
    for (int half = kCount / 2; half > 0; half /= 2) {
      const int64_t other = Across(half, first);
      if (other < first) first = other;
    }
#endif
    return first;
  }

  // Whether condition(i) holds for all i.
  template <class Condition>
  SHOAL_HOST_DEVICE bool All(int64_t n, const Condition& condition) const {
    bool holds = true;
    for (int64_t i = First(); holds && i < n; i += Stride()) holds = condition(i);
#ifdef __CUDA_ARCH__
    holds = __all_sync(Mask(), holds) != 0;
#endif
    return holds;
  }

 private:
  // Blocks have one dimension, a multiple of a warp.
#ifdef __CUDA_ARCH__
  __device__ static int First() { return static_cast<int>(threadIdx.x % kCount); }
  __device__ static constexpr int Stride() { return kCount; }
  // Of the warp's lanes, those of this item.
  __device__ static unsigned Mask() { return 0xFFFFU << (threadIdx.x % warpSize / kCount * kCount); }
  // The value of the lane whose number differs in the bit `half`.
  template <class T>
  __device__ static T Across(int half, T value) {
    static_assert(sizeof(T) % sizeof(unsigned) == 0);
    unsigned words[sizeof(T) / sizeof(unsigned)];
    memcpy(words, &value, sizeof(T));
    for (unsigned& word : words) word = __shfl_xor_sync(Mask(), word, half, kCount);
    memcpy(&value, words, sizeof(T));
    return value;
  }
#else
  static constexpr int First() { return 0; }
  static constexpr int Stride() { return 1; }
#endif
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_LANES_H_
