#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "worker/tower/dropout_layer.h"
#include "worker/tower/l2_normalize_layer.h"
#include "worker/tower/layer_norm_layer.h"
#include "worker/tower/linear_layer.h"
#include "worker/tower/prelu_layer.h"
#include "worker/tower/relu_layer.h"
#include "worker/tower/tanh_layer.h"
#include "worker/tower/tower_layer.h"

namespace shoal {

absl::StatusOr<std::unique_ptr<TowerLayer>> CreateLayer(const Layer& config, int number, int in_features) {
  switch (config.layer_case()) {
    case Layer::kLinear:
      return std::make_unique<LinearLayer>(config.linear(), in_features);
    case Layer::kRelu:
      return std::make_unique<ReluLayer>();
    case Layer::kPrelu:
      return std::make_unique<PreluLayer>(config.prelu());
    case Layer::kTanh:
      return std::make_unique<TanhLayer>();
    case Layer::kDropout:
      return std::make_unique<DropoutLayer>(config.dropout(), number);
    case Layer::kLayerNorm:
      return std::make_unique<LayerNormLayer>(config.layer_norm(), in_features);
    case Layer::kL2Normalize:
      return std::make_unique<L2NormalizeLayer>(config.l2_normalize());
    case Layer::LAYER_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError(absl::StrCat("layer ", number, " of the tower is of no kind"));
}

}  // namespace shoal
