// A feature of a network on a device: what a NetworkFeature (worker/features) does, on the device's memory.
//
// Calls are queued on the device. A new feature is, beside what worker/features/network_feature.h says, its kernels in
// worker/cuda/kernels/feature_kernels.h, a class in device_features.cc and a line in CreateDeviceFeature.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_MODELS_DEVICE_FEATURE_H_
#define SHOAL_WORKER_CUDA_MODELS_DEVICE_FEATURE_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "worker/cuda/kernels/compute_device.h"
#include "worker/cuda/models/device_lookups.h"
#include "worker/features/feature_spec.h"
#include "worker/model.h"

namespace shoal {

class DeviceFeature {
 public:
  virtual ~DeviceFeature() = default;

  // Writes the feature's columns of the tower's input. `lookups` are the batch's, begun.
  virtual absl::Status Forward(const ModelBatch& batch, const DeviceLookups& lookups, const FeatureColumns& out) = 0;
  // Adds to the rows' gradients, given that of the last Forward's output, laid out like it.
  virtual absl::Status Backward(const ModelBatch& batch, const float* gradient, int64_t stride,
                                DeviceLookups& lookups) {
    static_cast<void>(batch);
    static_cast<void>(gradient);
    static_cast<void>(stride);
    static_cast<void>(lookups);
    return absl::OkStatus();
  }
};

// `device` outlives the result.
std::unique_ptr<DeviceFeature> CreateDeviceFeature(const ComputeDevice* device, const FeatureSpec& spec);

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_MODELS_DEVICE_FEATURE_H_
