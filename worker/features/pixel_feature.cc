#include "worker/features/pixel_feature.h"

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "common/simd/highway_targets.h"
#include "worker/features/feature_tables.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "worker/features/pixel_feature.cc"
// clang-format off: foreach_target.h comes first.
#include "hwy/foreach_target.h"  // Compiles the rest once for each instruction set.
// clang-format on

#include "common/simd/vector_loops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal {
namespace HWY_NAMESPACE {

void PixelKernel(const uint8_t* pixels, int n, float scale, float shift, float* out) {
  const FloatTag d;
  const hn::RebindToSigned<FloatTag> numbers;
  const hn::Rebind<uint8_t, FloatTag> bytes;
  const FloatVector scales = hn::Set(d, scale);
  const FloatVector shifts = hn::Set(d, shift);
  const int whole = n - n % static_cast<int>(kLanes);
  for (int p = 0; p < whole; p += static_cast<int>(kLanes)) {
    const FloatVector values = hn::ConvertTo(d, hn::PromoteTo(numbers, hn::LoadU(bytes, pixels + p)));
    hn::StoreU(values * scales + shifts, d, out + p);
  }
  for (int p = whole; p < n; ++p) out[p] = static_cast<float>(pixels[p]) * scale + shift;
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace shoal
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal {

HWY_EXPORT(PixelKernel);

absl::StatusOr<std::unique_ptr<NetworkFeature>> PixelFeature::Create(const ResolvedJob& job, const ImageFeature& config,
                                                                     FeatureInputs* inputs) {
  for (const ImageInfo& image : job.images()) {
    if (image.name() != config.column()) continue;
    const int column = FindOrAddColumn(config.column(), &inputs->columns.images);
    return absl::WrapUnique<NetworkFeature>(new PixelFeature(config, column, image.height() * image.width()));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("model.network.features: the data has no images in column '", config.column(), "'"));
}

PixelFeature::PixelFeature(const ImageFeature& config, int column, int width)
    : column_(column),
      width_(width),
      scale_(static_cast<float>(1 / (255.0 * config.std()))),
      shift_(static_cast<float>(-static_cast<double>(config.mean()) / config.std())) {}

void PixelFeature::Forward(const ModelBatch& batch, float* out, int64_t stride) {
  const DatasetImages& images = batch.images[column_];
  for (int64_t i = 0; i < batch.num_examples; ++i) {
    const uint8_t* const pixels = images.pixels + batch.examples[i] * images.size;
    HWY_DYNAMIC_DISPATCH(PixelKernel)(pixels, width_, scale_, shift_, out + i * stride);
  }
}

}  // namespace shoal
#endif  // HWY_ONCE
