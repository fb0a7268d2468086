// The random bits of common/initializer/philox.h for a vector of neighbouring positions at once, for kernels that are
// compiled once per instruction set: include inside a file that foreach_target.h includes again and again.

// Per-target include guard.
#if defined(SHOAL_COMMON_INITIALIZER_PHILOX_VECTOR_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SHOAL_COMMON_INITIALIZER_PHILOX_VECTOR_INL_H_
#undef SHOAL_COMMON_INITIALIZER_PHILOX_VECTOR_INL_H_
#else
#define SHOAL_COMMON_INITIALIZER_PHILOX_VECTOR_INL_H_
#endif

#include <cstdint>

#include "Random123/philox.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace shoal {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using BitsTag = hn::CappedTag<uint32_t, 16>;
using BitsVector = hn::Vec<BitsTag>;

// Lane i of words[w]: word w of the block at the run's position i.
struct PhiloxVector {
  BitsVector words[4];
};

// The low and the high halves of the products of the lanes.
HWY_INLINE void MultiplyWide(BitsVector a, BitsVector b, BitsVector* low, BitsVector* high) {
  const BitsTag d;
#if HWY_TARGET == HWY_SCALAR  // One lane: there is no pair for MulEven.
  const uint64_t product = uint64_t{hn::GetLane(a)} * hn::GetLane(b);
  *low = hn::Set(d, static_cast<uint32_t>(product));
  *high = hn::Set(d, static_cast<uint32_t>(product >> 32));
#else
  const hn::Repartition<uint64_t, BitsTag> wide;
  const auto even = hn::MulEven(a, b);
  const auto odd = hn::MulEven(hn::BitCast(d, hn::ShiftRight<32>(hn::BitCast(wide, a))), b);
  *low = hn::OddEven(hn::BitCast(d, hn::ShiftLeft<32>(odd)), hn::BitCast(d, even));
  *high = hn::OddEven(hn::BitCast(d, odd), hn::BitCast(d, hn::ShiftRight<32>(even)));
#endif
}

// Philox(key, high, low + i) in lane i. REQUIRES: low plus the number of lanes is at most 2^32.
HWY_INLINE PhiloxVector PhiloxRun(uint64_t key, uint64_t high, uint32_t low) {
  const BitsTag d;
  const auto word = [](uint64_t value, int index) { return static_cast<uint32_t>(value >> (32 * index)); };
  BitsVector x0 = hn::Iota(d, low);
  BitsVector x1 = hn::Zero(d);
  BitsVector x2 = hn::Set(d, word(high, 0));
  BitsVector x3 = hn::Set(d, word(high, 1));
  for (uint32_t round = 0; round < 10; ++round) {
    BitsVector low0;
    BitsVector high0;
    BitsVector low1;
    BitsVector high1;
    MultiplyWide(x0, hn::Set(d, PHILOX_M4x32_0), &low0, &high0);
    MultiplyWide(x2, hn::Set(d, PHILOX_M4x32_1), &low1, &high1);
    x0 = hn::Xor(hn::Xor(high1, x1), hn::Set(d, word(key, 0) + round * PHILOX_W32_0));
    x1 = low1;
    x2 = hn::Xor(hn::Xor(high0, x3), hn::Set(d, word(key, 1) + round * PHILOX_W32_1));
    x3 = low0;
  }
  return {{x0, x1, x2, x3}};
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace shoal
HWY_AFTER_NAMESPACE();

#endif  // SHOAL_COMMON_INITIALIZER_PHILOX_VECTOR_INL_H_
