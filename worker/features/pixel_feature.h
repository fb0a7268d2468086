// Images: (pixel / 255 - mean) / std, row after row (torchvision's ToTensor and Normalize).
#ifndef SHOAL_WORKER_FEATURES_PIXEL_FEATURE_H_
#define SHOAL_WORKER_FEATURES_PIXEL_FEATURE_H_

#include <memory>

#include "worker/features/network_feature.h"

namespace shoal {

class PixelFeature : public NetworkFeature {
 public:
  // InvalidArgument: the data's images have no known size.
  static absl::StatusOr<std::unique_ptr<NetworkFeature>> Create(const ResolvedJob& job, const ImageFeature& config,
                                                                FeatureInputs* inputs);

  int width() const override { return width_; }
  FeatureSpec spec() const override { return PixelFeatureSpec{column_, scale_, shift_}; }
  // Black.
  absl::optional<float> background() const override { return shift_; }
  void Forward(const ModelBatch& batch, float* out, int64_t stride) override;

 private:
  PixelFeature(const ImageFeature& config, int column, int width);

  const int column_;  // Into ModelBatch::images.
  const int width_;   // Pixels.
  const float scale_;
  const float shift_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_FEATURES_PIXEL_FEATURE_H_
