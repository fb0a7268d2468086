// torch.nn.LayerNorm over the features of an example:
//   y = (x - mean) / sqrt(variance + eps) * weight + bias, with the variance of the population.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_TOWER_LAYER_NORM_LAYER_H_
#define SHOAL_WORKER_TOWER_LAYER_NORM_LAYER_H_

#include <vector>

#include "worker/tower/tower_layer.h"

namespace shoal {

class LayerNormLayer : public TowerLayer {
 public:
  LayerNormLayer(const Layer::LayerNorm& config, int in_features) : config_(config), in_features_(in_features) {}

  bool backward_reads_output() const override { return false; }
  // None without elementwise_affine; else weight and bias, [in], of ones and zeros.
  std::vector<ParameterSpec> parameters() const override;
  void Bind(absl::Span<const ParameterRef> parameters) override;
  void Forward(const ForwardContext& context, ConstMatrixView input, MatrixView output) override;
  void Backward(ConstMatrixView input, ConstMatrixView output, ConstMatrixView output_gradient,
                MatrixView input_gradient) override;

  // By example, of the last Forward.
  struct Moments {
    float mean;
    float scale;  // 1 / sqrt(variance + eps).
  };

 private:
  const Layer::LayerNorm config_;
  const int in_features_;
  ParameterRef weight_;  // Null without elementwise_affine, as is bias_.
  ParameterRef bias_;
  std::vector<Moments> moments_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_TOWER_LAYER_NORM_LAYER_H_
