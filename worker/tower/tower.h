// A sequence of layers, as torch.nn.Sequential: forward over a batch, and backward to the gradients of its parameters
// and of its input.
//
// A layer writes over the output of the one before where neither of them needs it again. Buffers are kept from step to
// step and grow with the largest batch.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_TOWER_TOWER_H_
#define SHOAL_WORKER_TOWER_TOWER_H_

#include <array>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/aligned_floats.h"
#include "google/protobuf/repeated_field.h"
#include "proto/job.pb.h"
#include "worker/tower/matrix_view.h"
#include "worker/tower/parameter_spec.h"
#include "worker/tower/tower_layer.h"

namespace shoal {

class Tower {
 public:
  // No layers: the output is the input. InvalidArgument names the layer that is of no kind.
  // REQUIRES: the layers are valid for in_features (common/config/validate_tower.h).
  static absl::StatusOr<std::unique_ptr<Tower>> Create(const google::protobuf::RepeatedPtrField<Layer>& layers,
                                                       int in_features);

  int in_features() const { return in_features_; }
  int out_features() const { return stages_.empty() ? in_features_ : stages_.back().out_features; }
  int num_layers() const { return static_cast<int>(stages_.size()); }

  // Of all layers, named as in torch.nn.Sequential's state_dict: "0.weight", "0.bias", "2.weight".
  std::vector<ParameterSpec> parameters() const;
  // Where they lie, as parameters() lists them: called once, before the first Forward.
  void Bind(absl::Span<const ParameterRef> parameters);

  // The output, [examples, out_features], valid until the next Forward. `input` is [examples, in_features].
  ConstMatrixView Forward(const ForwardContext& context, ConstMatrixView input) {
    return ForwardLayers(context, input, num_layers());
  }
  // The output of the first `layers` layers, [examples, their out_features], valid until the next Forward. Backward
  // needs a Forward of all layers. REQUIRES: 0 <= layers <= num_layers().
  ConstMatrixView ForwardLayers(const ForwardContext& context, ConstMatrixView input, int layers);

  // Writes the gradients of the parameters, given that of the last Forward's output; the loss is a mean over the
  // global batch already. Returns the gradient of the input, valid until the next Backward, if `want_input_gradient`,
  // else an empty view. REQUIRES: the last Forward's input is still there and unchanged.
  ConstMatrixView Backward(ConstMatrixView output_gradient, bool want_input_gradient);

 private:
  struct Stage {
    std::unique_ptr<TowerLayer> layer;
    int out_features;
    size_t num_parameters;
    bool in_place;         // Writes over the output of the stage before.
    AlignedFloats buffer;  // [examples, out_features]; none where in_place.
    MatrixView output;     // Of the last Forward.
  };

  explicit Tower(int in_features) : in_features_(in_features) {}

  void Add(std::unique_ptr<TowerLayer> layer);
  ConstMatrixView InputOf(size_t stage) const { return stage == 0 ? input_ : stages_[stage - 1].output; }
  // The memory for the gradient of a stage's input: in turn one of two buffers.
  MatrixView InputGradientOf(size_t stage);

  const int in_features_;
  std::vector<Stage> stages_;
  size_t first_with_parameters_ = 0;  // The number of stages where no stage has any.
  ConstMatrixView input_;             // Of the last Forward.
  std::array<AlignedFloats, 2> gradients_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_TOWER_TOWER_H_
