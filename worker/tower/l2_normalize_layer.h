// torch.nn.functional.normalize: x / max(|x|, eps), with the Euclidean norm of an example's features.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_TOWER_L2_NORMALIZE_LAYER_H_
#define SHOAL_WORKER_TOWER_L2_NORMALIZE_LAYER_H_

#include <vector>

#include "worker/tower/tower_layer.h"

namespace shoal {

class L2NormalizeLayer : public TowerLayer {
 public:
  explicit L2NormalizeLayer(const Layer::L2Normalize& config) : eps_(config.eps()) {}

  bool backward_reads_input() const override { return false; }
  void Forward(const ForwardContext& context, ConstMatrixView input, MatrixView output) override;
  void Backward(ConstMatrixView input, ConstMatrixView output, ConstMatrixView output_gradient,
                MatrixView input_gradient) override;

 private:
  const float eps_;
  std::vector<float> norms_;  // By example, of the last Forward.
};

}  // namespace shoal

#endif  // SHOAL_WORKER_TOWER_L2_NORMALIZE_LAYER_H_
