// torch.nn.Dropout: in training an element becomes zero with probability p, else it is divided by 1 - p.
//
// What is dropped is a pure function of (seed, layer number, step, place in the global batch, feature): it does not
// depend on how the batch is split over workers. The bits are Philox of key XXH3(layer number, step; seed) at position
// (place in the global batch, feature div 4), word feature mod 4; an element is dropped where they are below p 2^32.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_TOWER_DROPOUT_LAYER_H_
#define SHOAL_WORKER_TOWER_DROPOUT_LAYER_H_

#include "common/base/aligned_floats.h"
#include "worker/tower/tower_layer.h"

namespace shoal {

class DropoutLayer : public TowerLayer {
 public:
  DropoutLayer(const Layer::Dropout& config, int number) : p_(config.p()), number_(number) {}

  // The key of a step's bits.
  static uint64_t StreamKey(uint64_t seed, int layer, int64_t step);

  bool backward_reads_input() const override { return false; }
  bool backward_reads_output() const override { return false; }
  // REQUIRES: in training context.positions is as long as the batch.
  void Forward(const ForwardContext& context, ConstMatrixView input, MatrixView output) override;
  void Backward(ConstMatrixView input, ConstMatrixView output, ConstMatrixView output_gradient,
                MatrixView input_gradient) override;

 private:
  void FillMask(const ForwardContext& context, ConstMatrixView input);

  const float p_;
  const int number_;
  bool dropped_ = false;  // Whether the last Forward did.
  AlignedFloats mask_;    // [examples, features] of the last Forward that dropped: 0 or 1 / (1 - p).
};

}  // namespace shoal

#endif  // SHOAL_WORKER_TOWER_DROPOUT_LAYER_H_
