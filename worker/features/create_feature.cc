#include "absl/status/status.h"
#include "worker/features/embedding_bag_feature.h"
#include "worker/features/network_feature.h"
#include "worker/features/number_feature.h"
#include "worker/features/pixel_feature.h"
#include "worker/features/row_feature.h"

namespace shoal {

absl::StatusOr<std::unique_ptr<NetworkFeature>> CreateFeature(const ResolvedJob& job, const InputFeature& config,
                                                              FeatureInputs* inputs) {
  switch (config.feature_case()) {
    case InputFeature::kId:
      return RowFeature::Create(job, config.id(), inputs);
    case InputFeature::kBag:
      return EmbeddingBagFeature::Create(job, config.bag(), inputs);
    case InputFeature::kImage:
      return PixelFeature::Create(job, config.image(), inputs);
    case InputFeature::kDense:
      return NumberFeature::Create(config.dense(), inputs);
    case InputFeature::FEATURE_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("model.network.features: an element is empty; give id, bag, image or dense");
}

}  // namespace shoal
