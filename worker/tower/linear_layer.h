// torch.nn.Linear: x W^T + b, with W [out, in] and b [out]. Skips the background of its input where there is much of
// it (worker/tower/sparse_input.h).
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_TOWER_LINEAR_LAYER_H_
#define SHOAL_WORKER_TOWER_LINEAR_LAYER_H_

#include <vector>

#include "worker/tower/sparse_input.h"
#include "worker/tower/tower_layer.h"

namespace shoal {

class LinearLayer : public TowerLayer {
 public:
  LinearLayer(const Layer::Linear& config, int in_features) : config_(config), in_features_(in_features) {}

  int out_features(int) const override { return config_.out_features(); }
  bool backward_reads_output() const override { return false; }
  // torch.nn.Linear's first values: uniform within 1 / sqrt(in) of 0.
  std::vector<ParameterSpec> parameters() const override;
  void Bind(absl::Span<const ParameterRef> parameters) override;
  void Forward(const ForwardContext& context, ConstMatrixView input, MatrixView output) override;
  void Backward(ConstMatrixView input, ConstMatrixView output, ConstMatrixView output_gradient,
                MatrixView input_gradient) override;

 private:
  ConstMatrixView weight() const { return {weight_.values, config_.out_features(), in_features_}; }

  const Layer::Linear config_;
  const int in_features_;
  ParameterRef weight_;
  ParameterRef bias_;       // Null without a bias.
  bool is_sparse_ = false;  // Whether the last Forward took its input for sparse.
  SparseInput sparse_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_TOWER_LINEAR_LAYER_H_
