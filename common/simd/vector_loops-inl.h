// Loops over a run of floats, a vector at a time, for kernels that are compiled once per instruction set: include
// inside a file that foreach_target.h includes again and again.
//
// A loop's body gets an Access object that loads and stores the vector at the loop's place in any array of the run's
// length; at the end of a run it touches only the floats that are there. Lambdas given to these functions need
// HWY_ATTR.

// Per-target include guard.
#if defined(SHOAL_COMMON_SIMD_VECTOR_LOOPS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SHOAL_COMMON_SIMD_VECTOR_LOOPS_INL_H_
#undef SHOAL_COMMON_SIMD_VECTOR_LOOPS_INL_H_
#else
#define SHOAL_COMMON_SIMD_VECTOR_LOOPS_INL_H_
#endif

#include <cstddef>
#include <cstring>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace shoal {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Partial sums that a reduction keeps, whatever the vectors' width.
constexpr size_t kVirtualLanes = 16;

using FloatTag = hn::CappedTag<float, kVirtualLanes>;
using FloatVector = hn::Vec<FloatTag>;
constexpr size_t kLanes = hn::MaxLanes(FloatTag());

// A whole vector, `offset` floats into the run.
struct WholeAccess {
  size_t offset;
  HWY_INLINE FloatVector Load(const float* run) const { return hn::LoadU(FloatTag(), run + offset); }
  HWY_INLINE void Store(FloatVector values, float* run) const { hn::StoreU(values, FloatTag(), run + offset); }
};

// The first `count` lanes of a vector; the others load as zero and are not stored, and their memory is not touched.
// REQUIRES: 0 < count < kLanes.
struct PartialAccess {
  size_t offset;
  size_t count;
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
  HWY_INLINE FloatVector Load(const float* run) const {
    return hn::MaskedLoad(hn::FirstN(FloatTag(), count), FloatTag(), run + offset);
  }
  HWY_INLINE void Store(FloatVector values, float* run) const {
    hn::BlendedStore(values, hn::FirstN(FloatTag(), count), FloatTag(), run + offset);
  }
#else  // Elsewhere Highway reads and writes whole vectors, and what the mask leaves out with them.
  HWY_INLINE FloatVector Load(const float* run) const {
    float lanes[kLanes] = {};
    std::memcpy(lanes, run + offset, count * sizeof(float));
    return hn::LoadU(FloatTag(), lanes);
  }
  HWY_INLINE void Store(FloatVector values, float* run) const {
    float lanes[kLanes];
    hn::StoreU(values, FloatTag(), lanes);
    std::memcpy(run + offset, lanes, count * sizeof(float));
  }
#endif
};

// Calls body(access) for each vector from float `begin` to float `n`, in order.
template <class Body>
HWY_INLINE void ForEachVector(size_t begin, size_t n, const Body& body) {
  size_t i = begin;
  for (; i + kLanes <= n; i += kLanes) body(WholeAccess{i});
  if (i < n) body(PartialAccess{i, n - i});
}

// Sum of a vector's lanes, by halves: lane i and lane i + half are added until one is left.
template <class D>
HWY_INLINE float AddHalves(D d, hn::Vec<D> values) {
  if constexpr (hn::MaxLanes(D()) == 1) {
    (void)d;
    return hn::GetLane(values);
  } else {
    const hn::Half<D> half;
    return AddHalves(half, LowerHalf(half, values) + UpperHalf(half, values));
  }
}

// Folds the n floats of a run into one sum. Float i goes to partial sum i mod kVirtualLanes by
// partial = accumulate(access, partial), which must leave a partial sum alone where all inputs are zero; the partial
// sums are then added in a fixed tree. So the bits do not depend on the vectors' width.
template <class Accumulate>
HWY_INLINE float SumOverRun(size_t n, const Accumulate& accumulate) {
  constexpr size_t kVectors = kVirtualLanes / kLanes;
  FloatVector partial[kVectors];
  for (size_t k = 0; k < kVectors; ++k) partial[k] = hn::Zero(FloatTag());
  size_t i = 0;
  for (; i + kVirtualLanes <= n; i += kVirtualLanes) {
    for (size_t k = 0; k < kVectors; ++k) partial[k] = accumulate(WholeAccess{i + k * kLanes}, partial[k]);
  }
  for (size_t k = 0; k < kVectors && i < n; ++k, i += kLanes) {
    if (i + kLanes <= n) {
      partial[k] = accumulate(WholeAccess{i}, partial[k]);
    } else {
      partial[k] = accumulate(PartialAccess{i, n - i}, partial[k]);
    }
  }
  for (size_t half = kVectors / 2; half > 0; half /= 2) {
    for (size_t k = 0; k < half; ++k) partial[k] = partial[k] + partial[k + half];
  }
  return AddHalves(FloatTag(), partial[0]);
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace shoal
HWY_AFTER_NAMESPACE();

#endif  // SHOAL_COMMON_SIMD_VECTOR_LOOPS_INL_H_
