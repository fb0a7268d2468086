#include "worker/tower/dropout_layer.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/string_view.h"
#include "common/base/hash.h"
#include "common/simd/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "worker/tower/dropout_layer.cc"
// clang-format off: foreach_target.h comes first.
#include "hwy/foreach_target.h"  // Compiles the rest once for each instruction set.
// clang-format on

#include "common/initializer/philox_vector-inl.h"
#include "common/simd/vector_loops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal {
namespace HWY_NAMESPACE {

// Where random bits are below `limit` 0, else `kept`, for one example. `n` floats.
void FillMaskRow(uint64_t key, uint64_t place, uint32_t limit, float kept, int n, float* mask) {
  const FloatTag d;
  constexpr int kGroup = 4 * static_cast<int>(kLanes);
  const auto factors = [&](BitsVector bits) HWY_ATTR {
    const auto dropped = hn::RebindMask(d, bits < hn::Set(BitsTag(), limit));
    return hn::IfThenZeroElse(dropped, hn::Set(d, kept));
  };
  for (int start = 0; start < n; start += kGroup) {
    const PhiloxVector bits = PhiloxRun(key, place, static_cast<uint32_t>(start / 4));
    alignas(64) float group[kGroup];
    float* const to = start + kGroup <= n ? mask + start : group;
    hn::StoreInterleaved4(factors(bits.words[0]), factors(bits.words[1]), factors(bits.words[2]),
                          factors(bits.words[3]), d, to);
    if (to == group) std::copy_n(group, n - start, mask + start);
  }
}

void FillMaskKernel(uint64_t key, absl::Span<const int64_t> positions, uint32_t limit, float kept, MatrixView mask) {
  for (int64_t i = 0; i < mask.rows; ++i) {
    FillMaskRow(key, static_cast<uint64_t>(positions[i]), limit, kept, mask.cols, mask.row(i));
  }
}

void DropoutKernel(const float* x, const float* factors, size_t n, float* y) {
  ForEachVector(0, n, [&](auto at) HWY_ATTR { at.Store(at.Load(x) * at.Load(factors), y); });
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace shoal
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal {

HWY_EXPORT(DropoutKernel);
HWY_EXPORT(FillMaskKernel);

uint64_t DropoutLayer::StreamKey(uint64_t seed, int layer, int64_t step) {
  const int64_t parts[] = {layer, step};
  const absl::string_view bytes(reinterpret_cast<const char*>(parts), sizeof(parts));
  return absl::Uint128Low64(Hash128(bytes, seed));
}

void DropoutLayer::FillMask(const ForwardContext& context, ConstMatrixView input) {
  mask_.Reserve(input.size());
  const auto limit = static_cast<uint32_t>(std::ldexp(static_cast<double>(p_), 32));
  HWY_DYNAMIC_DISPATCH(FillMaskKernel)
  (StreamKey(context.seed, number_, context.step), context.positions, limit, 1 / (1 - p_),
   {mask_.data(), input.rows, input.cols});
}

void DropoutLayer::Forward(const ForwardContext& context, ConstMatrixView input, MatrixView output) {
  dropped_ = context.training && p_ > 0;
  if (dropped_) {
    FillMask(context, input);
    HWY_DYNAMIC_DISPATCH(DropoutKernel)(input.data, mask_.data(), input.size(), output.data);
  } else if (output.data != input.data) {
    std::copy_n(input.data, input.size(), output.data);
  }
}

void DropoutLayer::Backward(ConstMatrixView, ConstMatrixView, ConstMatrixView output_gradient,
                            MatrixView input_gradient) {
  if (input_gradient.data == nullptr) return;
  if (dropped_) {
    HWY_DYNAMIC_DISPATCH(DropoutKernel)
    (output_gradient.data, mask_.data(), output_gradient.size(), input_gradient.data);
  } else {
    std::copy_n(output_gradient.data, output_gradient.size(), input_gradient.data);
  }
}

}  // namespace shoal
#endif  // HWY_ONCE
