// The features, the tower and the loss of a network on a device. A step waits for the device once; where a loss
// compares the examples of several workers, also for the outputs, which the host gathers. A loss that has no class for
// devices is the host's, of outputs that are copied there. Dense parameters stay on the device, and their gradients too
// where there is one worker, or where sums over several are given; else they go through the host's all-reduce.
//
// With cluster.cuda_graphs the tower's two passes are recorded (launch_graphs.h), the backward one unless sums begin in
// its midst. All else is queued as it is: it depends on the batch, copies, or is one launch.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_MODELS_DEVICE_NETWORK_BODY_H_
#define SHOAL_WORKER_CUDA_MODELS_DEVICE_NETWORK_BODY_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/aligned_floats.h"
#include "worker/collective/gradient_sums.h"
#include "worker/cuda/kernels/compute_device.h"
#include "worker/cuda/kernels/launch_graphs.h"
#include "worker/cuda/models/device_dense_parameters.h"
#include "worker/cuda/models/device_feature.h"
#include "worker/cuda/models/device_lookups.h"
#include "worker/cuda/models/device_loss.h"
#include "worker/cuda/models/device_tower.h"
#include "worker/network_body.h"

namespace shoal {

using DeviceLossFactory =
    std::function<std::unique_ptr<DeviceLoss>(const ComputeDevice* device, const LossSpec& spec, int first_lookup)>;

struct DeviceNetworkOptions {
  // By which gradients are summed over the workers, beside the backward pass; it outlives the network. Null: the host
  // sums, where there are several.
  GradientSums* sums = nullptr;
  // Floats of gradients that are summed together, at least.
  int64_t bucket_floats = int64_t{1} << 20;
  DeviceLossFactory create_loss = CreateDeviceLoss;
};

class DeviceNetworkBody final : public NetworkBody {
 public:
  // As NetworkBodyFactory. `device` outlives the result. `cache`: of the same device; null: there is none.
  static absl::StatusOr<std::unique_ptr<NetworkBody>> Create(const ComputeDevice* device,
                                                             std::unique_ptr<DeviceRowCache> cache,
                                                             const NetworkParts* parts, const JobConfig& job,
                                                             absl::Span<const Lookup> lookups,
                                                             const DeviceNetworkOptions& options = {});

  HostMemory* host_memory() const override { return device_.memory->pinned(); }
  RowCache* row_cache() override { return RowsOf(cache_.get()); }
  absl::StatusOr<ConstMatrixView> Forward(const ModelBatch& batch, bool training) override;
  absl::Status Backward(const ModelBatch& batch, ConstMatrixView output_gradient) override;
  absl::Status ClearGradients() override;
  absl::Status ApplyGradients(int64_t step) override;
  absl::Status FetchDense() override;
  GradientSums* gradient_sums() override { return sums_; }
  bool has_loss() const override { return loss_ != nullptr; }
  absl::Status ComputeLoss(const ModelBatch& batch, const LossBatch& loss_batch, bool training,
                           MetricSums* sums) override;

 private:
  DeviceNetworkBody(const ComputeDevice* device, std::unique_ptr<DeviceRowCache> cache, const NetworkParts* parts,
                    bool cuda_graphs);

  int64_t stride() const { return int64_t{parts_.num_members()} * parts_.width; }
  // All queue their work, and return views of the device's memory.
  absl::Status ForwardFeatures(const ModelBatch& batch);
  absl::StatusOr<ConstMatrixView> QueueForward(const ModelBatch& batch, bool training);
  absl::Status QueueBackward(const ModelBatch& batch, ConstMatrixView output_gradient);
  absl::Status BackwardTower(ConstMatrixView output_gradient);
  absl::Status BackwardFeatures(const ModelBatch& batch, const float* input_gradient);
  // Of the buckets from the next one on, those whose parameters are `first_parameter` or behind it.
  void StartSums(int first_parameter);

  const ComputeDevice& device_;
  const NetworkParts& parts_;
  std::vector<int> dims_;                        // Of the lookups whose rows the device reads: floats a row.
  const std::unique_ptr<DeviceRowCache> cache_;  // May be null.
  DeviceLookups lookups_;
  std::vector<std::unique_ptr<DeviceFeature>> features_;  // As in NetworkParts, all members' behind each other.
  std::unique_ptr<DeviceTower> tower_;
  std::unique_ptr<DeviceDenseParameters> dense_;  // The tower's; null where no layer has any.
  bool host_sums_gradients_ = false;
  GradientSums* sums_ = nullptr;  // Null: the device does not sum.
  std::vector<DeviceDenseParameters::Bucket> buckets_;
  size_t next_bucket_ = 0;
  std::unique_ptr<DeviceLoss> loss_;    // Null: the host's.
  DeviceArray<float> input_;            // [examples, members * width]
  DeviceArray<float> output_gradient_;  // [examples * members, out features]
  DeviceArray<float> gathered_;         // The same, of all workers.
  AlignedFloats host_outputs_;          // Of the own examples.
  LaunchGraphs graphs_;                 // Of the tower, forward and backward.
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_MODELS_DEVICE_NETWORK_BODY_H_
