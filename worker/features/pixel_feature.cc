#include "worker/features/pixel_feature.h"

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "worker/features/feature_tables.h"

namespace shoal {

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
    float* const to = out + i * stride;
    for (int p = 0; p < width_; ++p) to[p] = static_cast<float>(pixels[p]) * scale_ + shift_;
  }
}

}  // namespace shoal
