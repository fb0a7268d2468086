// A loss of a network on a device: what a Loss (worker/losses) does, on the device's memory.
//
// Calls are queued on the device, but for AddSums. A loss that has none is computed on the host, of outputs that are
// copied back. One for devices is a LossSpec (worker/losses/loss_spec.h), its kernels in worker/cuda/kernels, a class
// and a line in CreateDeviceLoss.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_MODELS_DEVICE_LOSS_H_
#define SHOAL_WORKER_CUDA_MODELS_DEVICE_LOSS_H_

#include <memory>

#include "absl/status/status.h"
#include "worker/cuda/kernels/compute_device.h"
#include "worker/cuda/models/device_lookups.h"
#include "worker/losses/loss.h"
#include "worker/losses/loss_spec.h"
#include "worker/tower/matrix_view.h"

namespace shoal {

class DeviceLoss {
 public:
  virtual ~DeviceLoss() = default;

  // As Loss::Evaluate, of `outputs`, [n, dim], in place of batch.outputs, which are not read. `gradients` is null where
  // none is wanted. `lookups` are the batch's, begun. What `batch` points to stays until the device's next Wait.
  // REQUIRES: the batch has own rows, and Loss::Check passes. ResourceExhausted: the device has not the memory.
  virtual absl::Status Evaluate(const LossBatch& batch, ConstMatrixView outputs, float* gradients,
                                DeviceLookups& lookups) = 0;
  // Adds what the last Evaluate came to. REQUIRES: the device's Wait has returned since.
  virtual void AddSums(const LossBatch& batch, MetricSums* sums) = 0;
};

// Null: the loss is computed on the host. `first_lookup`: the number of the first of Loss::lookups() in the batch's.
// `device` outlives the result.
std::unique_ptr<DeviceLoss> CreateDeviceLoss(const ComputeDevice* device, const LossSpec& spec, int first_lookup);

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_MODELS_DEVICE_LOSS_H_
