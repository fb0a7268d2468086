// A tower on a device: what Tower (worker/tower) does, on the device's memory.
//
// Parameters and their gradients have a block each on the device, laid out as DenseParameters::gradients(): one
// parameter behind the other, each padded with zeros to a multiple of 16 floats. A ReLU behind a linear layer is part
// of its product. Memory is kept from step to step and grows with the largest batch.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_MODELS_DEVICE_TOWER_H_
#define SHOAL_WORKER_CUDA_MODELS_DEVICE_TOWER_H_

#include <cstdint>
#include <memory>
#include <vector>

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

  // Copies the values of a parameter, as Tower::parameters() lists them. `values` stay until the device's next Wait.
  void CopyValues(int parameter, const float* values);
  // Copies all gradients into DenseParameters::gradients(): they are there after the device's next Wait.
  void CopyGradients(absl::Span<float> gradients);

  // As of Tower. The views are of the device's memory.
  absl::StatusOr<ConstMatrixView> Forward(const DeviceForwardContext& context, ConstMatrixView input);
  absl::StatusOr<ConstMatrixView> Backward(ConstMatrixView output_gradient, bool want_input_gradient);

 private:
  struct Stage {
    explicit Stage(ComputeMemory* memory)
        : output(memory, "the tower's outputs"), gradient(memory, "the tower's gradients") {}
    std::unique_ptr<DeviceLayer> layer;
    int out_features = 0;
    bool fused_relu = false;  // The layer before has done it; its output is this one's.
    std::vector<int64_t> parameter_sizes;
    DeviceArray<float> output;    // [examples, out_features]
    DeviceArray<float> gradient;  // Of the loss, by its input.
    ConstMatrixView last_output;  // Of the last Forward.
  };
  struct Parameter {
    int64_t offset;  // Floats, in both blocks.
    int64_t size;
  };

  DeviceTower(const ComputeDevice* device, int in_features);

  absl::Status Add(const Layer& config);
  absl::Status PlaceParameters();
  ConstMatrixView InputOf(size_t stage) const { return stage == 0 ? input_ : stages_[stage - 1].last_output; }

  const ComputeDevice& device_;
  const int in_features_;
  std::vector<Stage> stages_;
  size_t first_with_parameters_ = 0;  // The number of stages where no stage has any.
  std::vector<Parameter> parameters_;
  int64_t parameter_floats_ = 0;
  DeviceArray<float> values_;
  DeviceArray<float> gradients_;
  ConstMatrixView input_;  // Of the last Forward.
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_MODELS_DEVICE_TOWER_H_
