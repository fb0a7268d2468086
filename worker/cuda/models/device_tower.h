// A tower on a device: what Tower (worker/tower) does, on the device's memory.
//
// Memory is kept from step to step and grows with the largest batch.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_MODELS_DEVICE_TOWER_H_
#define SHOAL_WORKER_CUDA_MODELS_DEVICE_TOWER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/repeated_field.h"
#include "worker/cuda/models/device_layer.h"

namespace shoal {

class DeviceTower {
 public:
  // As Tower::Create. `device` outlives the result. `wants_input_gradient`: of Backward.
  static absl::StatusOr<std::unique_ptr<DeviceTower>> Create(const ComputeDevice* device,
                                                             const google::protobuf::RepeatedPtrField<Layer>& layers,
                                                             int in_features, bool wants_input_gradient);

  int out_features() const { return stages_.empty() ? in_features_ : stages_.back().out_features; }

  // As of Tower: where the parameters lie on the device.
  void Bind(absl::Span<const DeviceParameter> parameters);

  // Begins a batch: makes room for it, and queues what differs between batches of one shape. Returns where Forward puts
  // the outputs. Views are of the device's memory; the input's values need not be there yet.
  absl::StatusOr<ConstMatrixView> Begin(const DeviceForwardContext& context, ConstMatrixView input);

  // Of the begun batch, as of Tower. Both queue launches alone, the same for all batches of one shape while no memory
  // moves: they may be recorded (launch_graphs.h).
  void Forward();
  // Calls on_gradients(p) once all that writes the gradients of the parameters from p on is queued, for falling p down
  // to 0. REQUIRES: the batch was begun for training.
  using OnGradients = absl::FunctionRef<void(int parameter)>;
  void Backward(ConstMatrixView output_gradient, OnGradients on_gradients);

  // Where Backward puts the gradient of the input, given that of the outputs. REQUIRES: wants_input_gradient.
  ConstMatrixView InputGradient(ConstMatrixView output_gradient) const {
    return stages_.empty() ? output_gradient : stages_.front().input_gradient;
  }

 private:
  struct Stage {
    explicit Stage(ComputeMemory* memory)
        : output_floats(memory, "the tower's outputs"), gradient_floats(memory, "the tower's gradients") {}
    std::unique_ptr<DeviceLayer> layer;
    int out_features = 0;
    int first_parameter = 0;
    int num_parameters = 0;
    DeviceArray<float> output_floats;
    DeviceArray<float> gradient_floats;
    // Of the begun batch.
    MatrixView output;          // [examples, out_features]
    MatrixView input_gradient;  // Of the loss, by its input. Null data: nobody reads it.
  };
  DeviceTower(const ComputeDevice* device, int in_features, bool wants_input_gradient);

  absl::Status Add(const Layer& config);
  ConstMatrixView InputOf(size_t stage) const { return stage == 0 ? input_ : stages_[stage - 1].output; }
  // The first stage that Backward reaches.
  size_t first_backward() const { return wants_input_gradient_ ? 0 : first_with_parameters_; }

  const ComputeDevice& device_;
  const int in_features_;
  const bool wants_input_gradient_;
  std::vector<Stage> stages_;
  size_t first_with_parameters_ = 0;  // The number of stages where no stage has any.
  ConstMatrixView input_;             // Of the begun batch.
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_MODELS_DEVICE_TOWER_H_
