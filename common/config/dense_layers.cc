#include "common/config/dense_layers.h"

#include "absl/algorithm/container.h"

namespace shoal {
namespace {

bool HasParameters(const Layer& layer) {
  switch (layer.layer_case()) {
    case Layer::kLinear:
    case Layer::kPrelu:
      return true;
    case Layer::kLayerNorm:
      return layer.layer_norm().elementwise_affine();
    case Layer::kRelu:
    case Layer::kTanh:
    case Layer::kDropout:
    case Layer::kL2Normalize:
    case Layer::LAYER_NOT_SET:
      return false;
  }
  return false;
}

}  // namespace

bool HasDenseParameters(const ModelConfig& model) { return absl::c_any_of(model.network().tower(), HasParameters); }

}  // namespace shoal
