// torch.nn.ReLU: max(x, 0); the gradient at 0 is 0. NaN stays NaN.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_TOWER_RELU_LAYER_H_
#define SHOAL_WORKER_TOWER_RELU_LAYER_H_

#include "worker/tower/tower_layer.h"

namespace shoal {

class ReluLayer : public TowerLayer {
 public:
  bool backward_reads_input() const override { return false; }
  void Forward(const ForwardContext& context, ConstMatrixView input, MatrixView output) override;
  void Backward(ConstMatrixView input, ConstMatrixView output, ConstMatrixView output_gradient,
                MatrixView input_gradient) override;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_TOWER_RELU_LAYER_H_
