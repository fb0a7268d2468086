#include "worker/tower/dropout_layer.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "absl/strings/string_view.h"
#include "common/base/hash.h"
#include "common/initializer/philox.h"
#include "common/simd/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "worker/tower/dropout_layer.cc"
// clang-format off: foreach_target.h comes first.
#include "hwy/foreach_target.h"  // Compiles the rest once for each instruction set.
// clang-format on

#include "common/simd/vector_loops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal {
namespace HWY_NAMESPACE {

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

namespace {

uint64_t StreamKey(uint64_t seed, int layer, int64_t step) {
  const int64_t parts[] = {layer, step};
  const absl::string_view bytes(reinterpret_cast<const char*>(parts), sizeof(parts));
  return absl::Uint128Low64(Hash128(bytes, seed));
}

}  // namespace

void DropoutLayer::FillMask(const ForwardContext& context, ConstMatrixView input) {
  constexpr int kBlock = std::tuple_size_v<PhiloxBlock>;
  mask_.Reserve(input.size());
  const uint64_t key = StreamKey(context.seed, number_, context.step);
  const auto limit = static_cast<uint64_t>(std::ldexp(static_cast<double>(p_), 32));
  const float kept = 1 / (1 - p_);
  for (int64_t i = 0; i < input.rows; ++i) {
    float* const row = mask_.data() + i * input.cols;
    const auto place = static_cast<uint64_t>(context.positions[i]);
    for (int start = 0; start < input.cols; start += kBlock) {
      const PhiloxBlock bits = Philox(key, place, static_cast<uint64_t>(start / kBlock));
      const int count = std::min(kBlock, input.cols - start);
      for (int j = 0; j < count; ++j) row[start + j] = bits[j] < limit ? 0 : kept;
    }
  }
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
