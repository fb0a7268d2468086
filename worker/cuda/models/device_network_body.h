// The features and the tower of a network on a device. The loss is the CPU's, of outputs that are copied to the host:
// they are few numbers an example, and losses that compare examples need them there anyway, to gather those of all
// workers. So are the dense optimizer's steps, whose gradients go through the host's all-reduce.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_MODELS_DEVICE_NETWORK_BODY_H_
#define SHOAL_WORKER_CUDA_MODELS_DEVICE_NETWORK_BODY_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/aligned_floats.h"
#include "worker/cuda/kernels/compute_device.h"
#include "worker/cuda/models/device_feature.h"
#include "worker/cuda/models/device_lookups.h"
#include "worker/cuda/models/device_tower.h"
#include "worker/network_body.h"

namespace shoal {

class DeviceNetworkBody final : public NetworkBody {
 public:
  // As NetworkBodyFactory. `device` outlives the result. `cache`: of the same device; null: there is none.
  static absl::StatusOr<std::unique_ptr<NetworkBody>> Create(const ComputeDevice* device,
                                                             std::unique_ptr<DeviceRowCache> cache,
                                                             const NetworkParts* parts, const JobConfig& job,
                                                             absl::Span<const Lookup> lookups);

  HostMemory* host_memory() const override { return device_.memory->pinned(); }
  RowCache* row_cache() override { return RowsOf(cache_.get()); }
  absl::StatusOr<ConstMatrixView> Forward(const ModelBatch& batch, bool training) override;
  absl::Status Backward(const ModelBatch& batch, ConstMatrixView output_gradient) override;

 private:
  DeviceNetworkBody(const ComputeDevice* device, std::unique_ptr<DeviceRowCache> cache, const NetworkParts* parts);

  int64_t stride() const { return int64_t{parts_.num_members()} * parts_.width; }
  absl::Status ForwardFeatures(const ModelBatch& batch);
  absl::Status BackwardFeatures(const ModelBatch& batch, const float* input_gradient);

  const ComputeDevice& device_;
  const NetworkParts& parts_;
  std::vector<int> dims_;                        // Of the features' lookups: floats a row.
  const std::unique_ptr<DeviceRowCache> cache_;  // May be null.
  DeviceLookups lookups_;
  std::vector<std::unique_ptr<DeviceFeature>> features_;  // As in NetworkParts, all members' behind each other.
  std::unique_ptr<DeviceTower> tower_;
  DeviceArray<float> input_;            // [examples, members * width]
  DeviceArray<float> output_gradient_;  // [examples * members, out features]
  AlignedFloats host_outputs_;          // The same.
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_MODELS_DEVICE_NETWORK_BODY_H_
