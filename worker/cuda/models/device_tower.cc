#include "worker/cuda/models/device_tower.h"

#include <utility>

#include "absl/memory/memory.h"
#include "common/base/status_macros.h"
#include "worker/tower/tower_layer.h"

namespace shoal {

DeviceTower::DeviceTower(const ComputeDevice* device, int in_features, bool wants_input_gradient)
    : device_(*device), in_features_(in_features), wants_input_gradient_(wants_input_gradient) {}

absl::StatusOr<std::unique_ptr<DeviceTower>> DeviceTower::Create(
    const ComputeDevice* device, const google::protobuf::RepeatedPtrField<Layer>& layers, int in_features,
    bool wants_input_gradient) {
  auto tower = absl::WrapUnique(new DeviceTower(device, in_features, wants_input_gradient));
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

absl::StatusOr<ConstMatrixView> DeviceTower::Begin(const DeviceForwardContext& context, ConstMatrixView input) {
  input_ = input;
  for (size_t i = 0; i < stages_.size(); ++i) {
    Stage& stage = stages_[i];
    SHOAL_RETURN_IF_ERROR(stage.output_floats.Reserve(input.rows * stage.out_features));
    stage.output = {stage.output_floats.data(), input.rows, stage.out_features};
    if (context.training && (wants_input_gradient_ || i > first_with_parameters_)) {
      SHOAL_RETURN_IF_ERROR(stage.gradient_floats.Reserve(InputOf(i).size()));
      stage.input_gradient = {stage.gradient_floats.data(), input.rows, InputOf(i).cols};
    }
    SHOAL_RETURN_IF_ERROR(stage.layer->Begin(context, InputOf(i)));
  }
  return InputOf(stages_.size());
}

void DeviceTower::Forward() {
  for (size_t i = 0; i < stages_.size(); ++i) stages_[i].layer->Forward(InputOf(i), stages_[i].output);
}

void DeviceTower::Backward(ConstMatrixView output_gradient, OnGradients on_gradients) {
  for (size_t i = stages_.size(); i-- > first_backward();) {
    Stage& stage = stages_[i];
    stage.layer->Backward(InputOf(i), stage.output, output_gradient, stage.input_gradient);
    if (stage.num_parameters > 0) on_gradients(stage.first_parameter);
    output_gradient = stage.input_gradient;
  }
}

}  // namespace shoal
