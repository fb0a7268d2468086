// torch.nn.PReLU: x where x > 0, else weight * x, with one weight or one a feature.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_TOWER_PRELU_LAYER_H_
#define SHOAL_WORKER_TOWER_PRELU_LAYER_H_

#include <vector>

#include "worker/tower/tower_layer.h"

namespace shoal {

class PreluLayer : public TowerLayer {
 public:
  explicit PreluLayer(const Layer::Prelu& config) : config_(config) {}

  bool backward_reads_output() const override { return false; }
  std::vector<ParameterSpec> parameters() const override;
  void Bind(absl::Span<const ParameterRef> parameters) override { weight_ = parameters[0]; }
  void Forward(const ForwardContext& context, ConstMatrixView input, MatrixView output) override;
  void Backward(ConstMatrixView input, ConstMatrixView output, ConstMatrixView output_gradient,
                MatrixView input_gradient) override;

 private:
  // One weight for all features.
  bool shared() const { return config_.num_parameters() == 1; }

  const Layer::Prelu config_;
  ParameterRef weight_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_TOWER_PRELU_LAYER_H_
