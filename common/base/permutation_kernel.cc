#include "common/base/permutation_kernel.h"

#include <cstddef>

#include "common/simd/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "common/base/permutation_kernel.cc"
// clang-format off: foreach_target.h comes first.
#include "hwy/foreach_target.h"  // Compiles the rest once for each instruction set.
// clang-format on

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace shoal {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::ScalableTag<uint64_t>;
using Vector = hn::Vec<Tag>;

// Product of the lanes' lower halves.
HWY_INLINE Vector MultiplyHalves(Vector a, Vector b) {
#if HWY_TARGET == HWY_SCALAR
  constexpr uint64_t kLower = 0xFFFFFFFF;
  return hn::Set(Tag(), (hn::GetLane(a) & kLower) * (hn::GetLane(b) & kLower));
#else
  const hn::Repartition<uint32_t, Tag> halves;
  return hn::MulEven(hn::BitCast(halves, a), hn::BitCast(halves, b));
#endif
}

// a * b modulo 2^64; b is high * 2^32 + low.
HWY_INLINE Vector Multiply(Vector a, Vector b_low, Vector b_high) {
  const Vector cross = hn::Add(MultiplyHalves(hn::ShiftRight<32>(a), b_low), MultiplyHalves(a, b_high));
  return hn::Add(MultiplyHalves(a, b_low), hn::ShiftLeft<32>(cross));
}

HWY_INLINE Vector Round(uint64_t key, Vector x, Vector m) {
  constexpr uint64_t kFirst = 0x9E3779B97F4A7C15u;
  constexpr uint64_t kSecond = 0xD6E8FEB86659FD93u;
  const Tag d;
  Vector z = Multiply(hn::Add(x, hn::Set(d, key)), hn::Set(d, kFirst & 0xFFFFFFFF), hn::Set(d, kFirst >> 32));
  z = hn::Xor(z, hn::ShiftRight<32>(z));
  z = Multiply(z, hn::Set(d, kSecond & 0xFFFFFFFF), hn::Set(d, kSecond >> 32));
  return hn::ShiftRight<32>(MultiplyHalves(hn::ShiftRight<32>(z), m));
}

}  // namespace

int64_t Feistel(const FeistelNetwork& network, uint64_t begin, absl::Span<int64_t> elements) {
  // The network is a long chain of operations: several vectors side by side keep the processor busy.
  constexpr size_t kVectors = 4;
  const Tag d;
  const hn::Repartition<int64_t, Tag> signed_tag;
  const Vector low_size = hn::Set(d, uint64_t{1} << network.low_bits);
  const Vector low_mask = hn::Set(d, (uint64_t{1} << network.low_bits) - 1);
  const Vector high_size = hn::Set(d, network.high_size);
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + kVectors * lanes <= elements.size(); i += kVectors * lanes) {
    Vector high[kVectors];
    Vector low[kVectors];
    for (size_t v = 0; v < kVectors; ++v) {
      const Vector position = hn::Iota(d, begin + i + v * lanes);
      high[v] = hn::ShiftRightSame(position, network.low_bits);
      low[v] = hn::And(position, low_mask);
    }
    for (size_t r = 0; r < network.keys.size(); r += 2) {
      for (size_t v = 0; v < kVectors; ++v) {
        low[v] = hn::And(hn::Add(low[v], Round(network.keys[r], high[v], low_size)), low_mask);
      }
      for (size_t v = 0; v < kVectors; ++v) {
        high[v] = hn::Add(high[v], Round(network.keys[r + 1], low[v], high_size));
        // Modulo high_size, which is below 2^32: the difference's sign says whether it was too much.
        const Vector wrapped = hn::Sub(high[v], high_size);
        const auto negative = hn::BitCast(signed_tag, wrapped) < hn::Zero(signed_tag);
        high[v] = hn::IfThenElse(hn::RebindMask(d, negative), high[v], wrapped);
      }
    }
    for (size_t v = 0; v < kVectors; ++v) {
      const Vector image = hn::Or(hn::ShiftLeftSame(high[v], network.low_bits), low[v]);
      hn::StoreU(image, d, reinterpret_cast<uint64_t*>(elements.data() + i + v * lanes));
    }
  }
  return static_cast<int64_t>(i);
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace shoal
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal {

HWY_EXPORT(Feistel);

int64_t ApplyFeistelNetwork(const FeistelNetwork& network, uint64_t begin, absl::Span<int64_t> elements) {
  return HWY_DYNAMIC_DISPATCH(Feistel)(network, begin, elements);
}

}  // namespace shoal
#endif  // HWY_ONCE
