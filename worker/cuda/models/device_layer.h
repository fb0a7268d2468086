// A layer of a tower on a device: what a TowerLayer (worker/tower) does, on the device's memory.
//
// Calls are queued on the device. A new layer is, beside what worker/tower/tower_layer.h says, its kernels in
// worker/cuda/kernels/layer_kernels.h, a class in device_layers.cc and a line in CreateDeviceLayer.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_MODELS_DEVICE_LAYER_H_
#define SHOAL_WORKER_CUDA_MODELS_DEVICE_LAYER_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "proto/job.pb.h"
#include "worker/cuda/kernels/compute_device.h"
#include "worker/tower/matrix_view.h"

namespace shoal {

// What is known of the batch besides its features. As ForwardContext (worker/tower/tower_layer.h), whose positions are
// consecutive here.
struct DeviceForwardContext {
  bool training = false;
  uint64_t seed = 0;
  int64_t step = 0;
  int64_t first_position = 0;
};

// A parameter's memory on the device.
struct DeviceParameter {
  const float* values = nullptr;
  float* gradient = nullptr;
};

class DeviceLayer {
 public:
  virtual ~DeviceLayer() = default;

  // As TowerLayer::Bind.
  virtual void Bind(absl::Span<const DeviceParameter> parameters) { static_cast<void>(parameters); }

  // Begins a batch: makes room for what Forward and, in training, Backward do with it, and queues what differs between
  // batches of one shape. `input` will be Forward's; its values need not be there yet. ResourceExhausted: the device
  // has not the memory.
  virtual absl::Status Begin(const DeviceForwardContext& context, ConstMatrixView input) {
    static_cast<void>(context);
    static_cast<void>(input);
    return absl::OkStatus();
  }

  // Both queue launches alone, the same for all batches of one shape while no memory moves: they may be recorded
  // (launch_graphs.h).
  // Writes [examples, out features] to `output`, which is not the input's memory.
  virtual void Forward(ConstMatrixView input, MatrixView output) = 0;
  // Of the last Forward. With the gradient of the output writes those of the parameters, and that of the input unless
  // input_gradient.data is null.
  virtual void Backward(ConstMatrixView input, ConstMatrixView output, ConstMatrixView output_gradient,
                        MatrixView input_gradient) = 0;
};

// As CreateLayer (worker/tower/tower_layer.h). `device` outlives the result.
absl::StatusOr<std::unique_ptr<DeviceLayer>> CreateDeviceLayer(const ComputeDevice* device, const Layer& config,
                                                               int number, int in_features);

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_MODELS_DEVICE_LAYER_H_
