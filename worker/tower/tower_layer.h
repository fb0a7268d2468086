// A layer of a tower: forward over a batch, and backward to the gradients of its input and of its parameters.
//
// A layer keeps what Backward needs beyond its input and output, so Backward belongs to the last Forward, with as many
// examples. Sums run over the examples in order: the same batch gives the same bits, on every instruction set with
// fused multiply-add where no matrix product is involved (worker/tower/gemm.h).
//
// A new layer is a message in job.proto's Layer, its rules in common/config/validate_tower.cc, a file here, and a line
// in create_layer.cc.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_TOWER_TOWER_LAYER_H_
#define SHOAL_WORKER_TOWER_TOWER_LAYER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "proto/job.pb.h"
#include "worker/tower/matrix_view.h"
#include "worker/tower/parameter_spec.h"

namespace shoal {

// What is known of the batch besides its features.
struct ForwardContext {
  bool training = false;
  // Of what is random in training. Whoever has several towers gives each a seed of its own.
  uint64_t seed = 0;
  int64_t step = 0;
  // By example: its place in the global batch, so that what is random does not depend on the number of workers.
  absl::Span<const int64_t> positions;
  // A number that most elements of the input may be, if one is known.
  absl::optional<float> background = absl::nullopt;
};

class TowerLayer {
 public:
  virtual ~TowerLayer() = default;

  // The number of features that come out of `in_features`.
  virtual int out_features(int in_features) const { return in_features; }

  // Whether Backward reads its `input` and `output`. A layer that does not read its input must allow Forward's output
  // to be the input's memory.
  virtual bool backward_reads_input() const { return true; }
  virtual bool backward_reads_output() const { return true; }

  // The layer's parameters, in torch.nn's order.
  virtual std::vector<ParameterSpec> parameters() const { return {}; }
  // Where they lie, as parameters() lists them: called once, before the first Forward.
  virtual void Bind(absl::Span<const ParameterRef> parameters) { static_cast<void>(parameters); }

  // Writes [examples, out features] to `output`.
  virtual void Forward(const ForwardContext& context, ConstMatrixView input, MatrixView output) = 0;

  // Writes the gradients of the parameters, and that of the input unless input_gradient.data is null. `input`
  // and `output` are those of the last Forward, as far as the layer reads them. input_gradient overlaps nothing.
  virtual void Backward(ConstMatrixView input, ConstMatrixView output, ConstMatrixView output_gradient,
                        MatrixView input_gradient) = 0;
};

// The layer that `config` describes, number `number` of its tower. InvalidArgument: no layer is set.
// REQUIRES: `config` is valid for in_features (common/config/validate_tower.h).
absl::StatusOr<std::unique_ptr<TowerLayer>> CreateLayer(const Layer& config, int number, int in_features);

}  // namespace shoal

#endif  // SHOAL_WORKER_TOWER_TOWER_LAYER_H_
