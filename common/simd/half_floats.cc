#include "common/simd/half_floats.h"

#include <cstring>

#include "common/simd/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "common/simd/half_floats.cc"
// clang-format off: foreach_target.h comes first.
#include "hwy/foreach_target.h"  // Compiles the rest once for each instruction set.
// clang-format on

#include "common/simd/vector_loops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal {
namespace HWY_NAMESPACE {
namespace {

using BitsTag = hn::Rebind<uint32_t, FloatTag>;
using BitsVector = hn::Vec<BitsTag>;
using HalfTag = hn::Rebind<uint16_t, FloatTag>;

constexpr uint32_t kMagnitude = 0x7FFFFFFF;
constexpr uint32_t kInfinity = 0x7F800000;
constexpr int kBytesOfHalf = 2;

// ---- Halves in memory ----------------------------------------------------------------------------------------------

// Halves that begin at the access's place, in the lower halves of the lanes.
HWY_INLINE BitsVector LoadHalves(const uint8_t* halves, size_t offset, size_t count) {
  uint16_t lanes[kLanes] = {};
  std::memcpy(lanes, halves + kBytesOfHalf * offset, kBytesOfHalf * count);
  return hn::PromoteTo(BitsTag(), hn::LoadU(HalfTag(), lanes));
}
HWY_INLINE BitsVector LoadHalves(const WholeAccess& at, const uint8_t* halves) {
  return LoadHalves(halves, at.offset, kLanes);
}
HWY_INLINE BitsVector LoadHalves(const PartialAccess& at, const uint8_t* halves) {
  return LoadHalves(halves, at.offset, at.count);
}

HWY_INLINE void StoreHalves(BitsVector bits, size_t offset, size_t count, uint8_t* halves) {
  uint16_t lanes[kLanes];
  const hn::Rebind<int32_t, FloatTag> signed_tag;
  hn::StoreU(hn::DemoteTo(HalfTag(), hn::BitCast(signed_tag, bits)), HalfTag(), lanes);
  std::memcpy(halves + kBytesOfHalf * offset, lanes, kBytesOfHalf * count);
}
HWY_INLINE void StoreHalves(const WholeAccess& at, BitsVector bits, uint8_t* halves) {
  StoreHalves(bits, at.offset, kLanes, halves);
}
HWY_INLINE void StoreHalves(const PartialAccess& at, BitsVector bits, uint8_t* halves) {
  StoreHalves(bits, at.offset, at.count, halves);
}

// ---- Random bits ---------------------------------------------------------------------------------------------------

// 32 random bits for counters `first`, `first` + 1, ...
HWY_INLINE BitsVector RandomBits(uint64_t key, uint32_t first) {
  const BitsTag d;
  BitsVector x = hn::Add(hn::Iota(d, 0), hn::Set(d, first + static_cast<uint32_t>(key)));
  x = hn::Xor(x, hn::ShiftRight<16>(x));
  x = hn::Mul(x, hn::Set(d, 0x7FEB352DU));
  x = hn::Xor(x, hn::ShiftRight<15>(x));
  x = hn::Xor(x, hn::Set(d, static_cast<uint32_t>(key >> 32)));
  x = hn::Mul(x, hn::Set(d, 0x846CA68BU));
  return hn::Xor(x, hn::ShiftRight<16>(x));
}

// Calls body(access, 16 random bits in each lane) for the vectors of a run. Elements i and i + kVirtualLanes share a
// counter, of which they take the lower and the upper half.
template <class Body>
HWY_INLINE void ForEachVectorWithBits(uint64_t key, size_t n, const Body& body) {
  constexpr size_t kPair = 2 * kVirtualLanes;
  const auto visit = [&](size_t i, BitsVector bits) HWY_ATTR {
    if (i + kLanes <= n) {
      body(WholeAccess{i}, bits);
    } else if (i < n) {
      body(PartialAccess{i, n - i}, bits);
    }
  };
  for (size_t pair = 0; pair < n; pair += kPair) {
    for (size_t lane = 0; lane < kVirtualLanes; lane += kLanes) {
      const BitsVector bits = RandomBits(key, static_cast<uint32_t>(pair / 2 + lane));
      visit(pair + lane, hn::And(bits, hn::Set(BitsTag(), 0xFFFFU)));
      visit(pair + kVirtualLanes + lane, hn::ShiftRight<16>(bits));
    }
  }
}

// ---- bfloat16 ------------------------------------------------------------------------------------------------------

HWY_INLINE BitsVector ToBfloat16(BitsVector value, BitsVector random) {
  const BitsTag d;
  const BitsVector rounded = hn::ShiftRight<16>(hn::Add(value, random));
  const BitsVector quiet_nan = hn::Or(hn::ShiftRight<16>(value), hn::Set(d, 0x40U));
  const auto is_nan = hn::Gt(hn::And(value, hn::Set(d, kMagnitude)), hn::Set(d, kInfinity));
  return hn::IfThenElse(is_nan, quiet_nan, rounded);
}

// ---- float16 -------------------------------------------------------------------------------------------------------

constexpr uint32_t kExponentShift = (127U - 15U) << 23;  // Between the exponents of float32 and float16.
constexpr uint32_t kSmallestNormal = 0x38800000;         // 2^-14.
constexpr uint32_t kHalfInfinity = 0x7C00;
constexpr uint32_t kHalfQuietNan = 0x7E00;

HWY_INLINE BitsVector ToFloat16(BitsVector value, BitsVector random) {
  const BitsTag d;
  const FloatTag f;
  const BitsVector magnitude = hn::And(value, hn::Set(d, kMagnitude));
  const BitsVector shifted = hn::Sub(hn::Add(magnitude, hn::ShiftRight<3>(random)), hn::Set(d, kExponentShift));
  const BitsVector normal = hn::Min(hn::ShiftRight<13>(shifted), hn::Set(d, kHalfInfinity));
  // Below 2^-14 numbers lie 2^-24 apart: as fixed point, with 16 bits behind the point.
  const BitsVector small = hn::Min(magnitude, hn::Set(d, kSmallestNormal));
  const auto fixed =
      hn::ConvertTo(hn::Rebind<int32_t, FloatTag>(), hn::Mul(hn::BitCast(f, small), hn::Set(f, 0x1p40F)));
  const BitsVector subnormal = hn::ShiftRight<16>(hn::Add(hn::BitCast(d, fixed), random));
  BitsVector rounded = hn::IfThenElse(hn::Lt(magnitude, hn::Set(d, kSmallestNormal)), subnormal, normal);
  rounded = hn::IfThenElse(hn::Gt(magnitude, hn::Set(d, kInfinity)), hn::Set(d, kHalfQuietNan), rounded);
  return hn::Or(rounded, hn::And(hn::ShiftRight<16>(value), hn::Set(d, 0x8000U)));
}

HWY_INLINE BitsVector FromFloat16(BitsVector half) {
  const BitsTag d;
  const FloatTag f;
  const BitsVector magnitude = hn::And(half, hn::Set(d, 0x7FFFU));
  const BitsVector shifted = hn::ShiftLeft<13>(magnitude);
  const BitsVector normal = hn::Add(shifted, hn::Set(d, kExponentShift));
  const BitsVector infinite = hn::Or(shifted, hn::Set(d, kInfinity));
  const auto integer = hn::ConvertTo(f, hn::BitCast(hn::Rebind<int32_t, FloatTag>(), magnitude));
  const BitsVector subnormal = hn::BitCast(d, hn::Mul(integer, hn::Set(f, 0x1p-24F)));
  BitsVector value = hn::IfThenElse(hn::Lt(magnitude, hn::Set(d, 0x400U)), subnormal, normal);
  value = hn::IfThenElse(hn::Lt(magnitude, hn::Set(d, kHalfInfinity)), value, infinite);
  return hn::Or(value, hn::ShiftLeft<16>(hn::And(half, hn::Set(d, 0x8000U))));
}

}  // namespace

void RoundToBfloat16Kernel(uint64_t key, const float* values, size_t n, uint8_t* halves) {
  ForEachVectorWithBits(key, n, [&](const auto& at, BitsVector random) HWY_ATTR {
    StoreHalves(at, ToBfloat16(hn::BitCast(BitsTag(), at.Load(values)), random), halves);
  });
}

void RoundToFloat16Kernel(uint64_t key, const float* values, size_t n, uint8_t* halves) {
  ForEachVectorWithBits(key, n, [&](const auto& at, BitsVector random) HWY_ATTR {
    StoreHalves(at, ToFloat16(hn::BitCast(BitsTag(), at.Load(values)), random), halves);
  });
}

void WidenBfloat16Kernel(const uint8_t* halves, size_t n, float* values) {
  ForEachVector(0, n, [&](const auto& at) HWY_ATTR {
    at.Store(hn::BitCast(FloatTag(), hn::ShiftLeft<16>(LoadHalves(at, halves))), values);
  });
}

void WidenFloat16Kernel(const uint8_t* halves, size_t n, float* values) {
  ForEachVector(0, n, [&](const auto& at) HWY_ATTR {
    at.Store(hn::BitCast(FloatTag(), FromFloat16(LoadHalves(at, halves))), values);
  });
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace shoal
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal {

HWY_EXPORT(RoundToBfloat16Kernel);
HWY_EXPORT(RoundToFloat16Kernel);
HWY_EXPORT(WidenBfloat16Kernel);
HWY_EXPORT(WidenFloat16Kernel);

void RoundToBfloat16(uint64_t key, const float* values, size_t n, uint8_t* halves) {
  HWY_DYNAMIC_DISPATCH(RoundToBfloat16Kernel)(key, values, n, halves);
}

void RoundToFloat16(uint64_t key, const float* values, size_t n, uint8_t* halves) {
  HWY_DYNAMIC_DISPATCH(RoundToFloat16Kernel)(key, values, n, halves);
}

void WidenBfloat16(const uint8_t* halves, size_t n, float* values) {
  HWY_DYNAMIC_DISPATCH(WidenBfloat16Kernel)(halves, n, values);
}

void WidenFloat16(const uint8_t* halves, size_t n, float* values) {
  HWY_DYNAMIC_DISPATCH(WidenFloat16Kernel)(halves, n, values);
}

}  // namespace shoal
#endif  // HWY_ONCE
