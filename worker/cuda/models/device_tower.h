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
  // As Tower::Create. `device` outlives the result.
  static absl::StatusOr<std::unique_ptr<DeviceTower>> Create(const ComputeDevice* device,
                                                             const google::protobuf::RepeatedPtrField<Layer>& layers,
                                                             int in_features);

  int out_features() const { return stages_.empty() ? in_features_ : stages_.back().out_features; }

  // As of Tower: where the parameters lie on the device.
  void Bind(absl::Span<const DeviceParameter> parameters);

  // As of Tower. The views are of the device's memory.
  absl::StatusOr<ConstMatrixView> Forward(const DeviceForwardContext& context, ConstMatrixView input);
  // Calls on_gradients(p) once all that writes the gradients of the parameters from p on is queued, for falling p down
  // to 0.
  using OnGradients = absl::FunctionRef<void(int parameter)>;
  absl::StatusOr<ConstMatrixView> Backward(ConstMatrixView output_gradient, bool want_input_gradient,
                                           OnGradients on_gradients);

 private:
  struct Stage {
    explicit Stage(ComputeMemory* memory)
        : output(memory, "the tower's outputs"), gradient(memory, "the tower's gradients") {}
    std::unique_ptr<DeviceLayer> layer;
    int out_features = 0;
    int first_parameter = 0;
    int num_parameters = 0;
    DeviceArray<float> output;    // [examples, out_features]
    DeviceArray<float> gradient;  // Of the loss, by its input.
    ConstMatrixView last_output;  // Of the last Forward.
  };
  DeviceTower(const ComputeDevice* device, int in_features);

  absl::Status Add(const Layer& config);
  ConstMatrixView InputOf(size_t stage) const { return stage == 0 ? input_ : stages_[stage - 1].last_output; }

  const ComputeDevice& device_;
  const int in_features_;
  std::vector<Stage> stages_;
  size_t first_with_parameters_ = 0;  // The number of stages where no stage has any.
  ConstMatrixView input_;             // Of the last Forward.
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_MODELS_DEVICE_TOWER_H_
