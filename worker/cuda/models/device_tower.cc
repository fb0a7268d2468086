#include "worker/cuda/models/device_tower.h"

#include <utility>

#include "absl/memory/memory.h"
#include "common/base/status_macros.h"
#include "worker/tower/tower_layer.h"

namespace shoal {

DeviceTower::DeviceTower(const ComputeDevice* device, int in_features) : device_(*device), in_features_(in_features) {}

absl::StatusOr<std::unique_ptr<DeviceTower>> DeviceTower::Create(
    const ComputeDevice* device, const google::protobuf::RepeatedPtrField<Layer>& layers, int in_features) {
  auto tower = absl::WrapUnique(new DeviceTower(device, in_features));
  for (const Layer& layer : layers) SHOAL_RETURN_IF_ERROR(tower->Add(layer));
  return tower;
}

absl::Status DeviceTower::Add(const Layer& config) {
  const int number = static_cast<int>(stages_.size());
  // The CPU's layer knows the shapes.
  SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<TowerLayer> shape, CreateLayer(config, number, out_features()));
  Stage stage(device_.memory.get());
  stage.out_features = shape->out_features(out_features());
  if (!stages_.empty()) stage.first_parameter = stages_.back().first_parameter + stages_.back().num_parameters;
  stage.num_parameters = static_cast<int>(shape->parameters().size());
  SHOAL_ASSIGN_OR_RETURN(stage.layer, CreateDeviceLayer(&device_, config, number, out_features()));
  if (first_with_parameters_ == stages_.size() && stage.num_parameters == 0) ++first_with_parameters_;
  stages_.push_back(std::move(stage));
  return absl::OkStatus();
}

void DeviceTower::Bind(absl::Span<const DeviceParameter> parameters) {
  for (Stage& stage : stages_) {
    stage.layer->Bind(parameters.first(stage.num_parameters));
    parameters.remove_prefix(stage.num_parameters);
  }
}

absl::StatusOr<ConstMatrixView> DeviceTower::Forward(const DeviceForwardContext& context, ConstMatrixView input) {
  input_ = input;
  ConstMatrixView last = input;
  for (Stage& stage : stages_) {
    SHOAL_RETURN_IF_ERROR(stage.output.Reserve(input.rows * stage.out_features));
    const MatrixView output = {stage.output.data(), input.rows, stage.out_features};
    SHOAL_RETURN_IF_ERROR(stage.layer->Forward(context, last, output));
    stage.last_output = last = output;
  }
  return last;
}

absl::StatusOr<ConstMatrixView> DeviceTower::Backward(ConstMatrixView output_gradient, bool want_input_gradient,
                                                      OnGradients on_gradients) {
  const size_t end = want_input_gradient ? 0 : first_with_parameters_;
  ConstMatrixView gradient = output_gradient;
  for (size_t i = stages_.size(); i-- > end;) {
    Stage& stage = stages_[i];
    MatrixView input_gradient;
    if (want_input_gradient || i > end) {
      const ConstMatrixView input = InputOf(i);
      SHOAL_RETURN_IF_ERROR(stage.gradient.Reserve(input.size()));
      input_gradient = {stage.gradient.data(), input.rows, input.cols};
    }
    SHOAL_RETURN_IF_ERROR(stage.layer->Backward(InputOf(i), stage.last_output, gradient, input_gradient));
    if (stage.num_parameters > 0) on_gradients(stage.first_parameter);
    gradient = input_gradient;
  }
  return want_input_gradient ? gradient : ConstMatrixView();
}

}  // namespace shoal
