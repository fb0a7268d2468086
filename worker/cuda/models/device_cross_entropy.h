// SoftmaxCrossEntropyLoss (worker/losses/softmax_cross_entropy.h) on a device.
//
// Logits may also come in parts, rows after rows, where all of them are more than memory shall hold:
//   Begin(batch); Add(0, ...); Add(1000, ...); End(batch);
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_MODELS_DEVICE_CROSS_ENTROPY_H_
#define SHOAL_WORKER_CUDA_MODELS_DEVICE_CROSS_ENTROPY_H_

#include <cstdint>

#include "worker/cuda/models/device_loss.h"
#include "worker/cuda/models/device_sum.h"

namespace shoal {

class DeviceCrossEntropy final : public DeviceLoss {
 public:
  // `device` outlives the object.
  DeviceCrossEntropy(const ComputeDevice* device, CrossEntropySpec spec);

  absl::Status Evaluate(const LossBatch& batch, ConstMatrixView outputs, float* gradients,
                        DeviceLookups& lookups) override;
  void AddSums(const LossBatch& batch, MetricSums* sums) override;

  int classes() const { return spec_.formula.classes; }
  // Whether logits stay until the next Wait because metrics read them: all parts have memory of their own then.
  bool KeepsLogits(const LossBatch& batch) const { return MetricsReadOutputs(Metrics(batch)); }
  absl::Status Begin(const LossBatch& batch);
  // Rows `first` and on. `gradients` as of Evaluate, of these rows.
  void Add(const LossBatch& batch, int64_t first, ConstMatrixView logits, float* gradients);
  absl::Status End(const LossBatch& batch);

 private:
  MetricBatch Metrics(const LossBatch& batch) const;

  const ComputeDevice& device_;
  const CrossEntropySpec spec_;
  bool has_weights_ = false;  // On the device.
  DeviceArray<float> weights_;
  DeviceArray<int64_t> labels_;
  DeviceArray<double> losses_;  // By example, as the next one.
  DeviceArray<int64_t> predicted_;
  DeviceSum loss_;
  HostArray<int64_t> host_predicted_;
  HostArray<float> host_logits_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_MODELS_DEVICE_CROSS_ENTROPY_H_
