// SampledSoftmaxLoss (worker/losses/sampled_softmax_loss.h) on a device. Products of outputs and rows of classes are
// those of matrices; validation over all classes takes examples block by block, so that logits need little memory.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_MODELS_DEVICE_SAMPLED_SOFTMAX_H_
#define SHOAL_WORKER_CUDA_MODELS_DEVICE_SAMPLED_SOFTMAX_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "worker/cuda/models/device_cross_entropy.h"
#include "worker/cuda/models/device_loss.h"
#include "worker/cuda/models/device_sum.h"

namespace shoal {

class DeviceSampledSoftmax final : public DeviceLoss {
 public:
  // Logits over all classes that are there at once, where metrics do not read all of them; of one example at least.
  static constexpr int64_t kLogitsABlock = int64_t{1} << 24;

  // `device` outlives the object.
  DeviceSampledSoftmax(const ComputeDevice* device, const SampledSoftmaxSpec& spec, int first_lookup,
                       int64_t logits_a_block = kLogitsABlock);

  absl::Status Evaluate(const LossBatch& batch, ConstMatrixView outputs, float* gradients,
                        DeviceLookups& lookups) override;
  void AddSums(const LossBatch& batch, MetricSums* sums) override;

 private:
  bool ReadsAllClasses(const LossBatch& batch) const { return batch.step == 0 && all_classes_ != nullptr; }
  // The rows, and biases, of the places of the others' lookup, side by side.
  absl::Status GatherClasses(int64_t count, int dim, const DeviceLookups& lookups);
  absl::Status EvaluateAllClasses(const LossBatch& batch, ConstMatrixView outputs, const DeviceLookups& lookups);
  absl::Status EvaluateSample(const LossBatch& batch, ConstMatrixView outputs, float* gradients,
                              DeviceLookups& lookups);
  absl::StatusOr<SampledSoftmaxTerms> CopySample(const LossBatch& batch, ConstMatrixView outputs,
                                                 const DeviceLookups& lookups);
  // Of the classes' rows and biases.
  absl::Status AddRowGradients(const SampledSoftmaxTerms& terms, DeviceLookups& lookups);

  const ComputeDevice& device_;
  const SampledSoftmaxSpec spec_;
  // Numbers of lookups.
  const int label_rows_;
  const int other_rows_;
  const int label_biases_;
  const int other_biases_;
  const int64_t logits_a_block_;
  std::unique_ptr<DeviceCrossEntropy> all_classes_;  // Null with sampled_validation.

  // Until the next Wait.
  NegativeSample sample_;
  std::vector<double> host_corrections_;

  DeviceArray<int64_t> labels_;
  DeviceArray<int64_t> sampled_;  // By place in the sample, as the next ones.
  DeviceArray<double> corrections_;
  DeviceArray<float> class_rows_;  // [classes, dim]
  DeviceArray<float> class_biases_;
  DeviceArray<float> scores_;         // [n, sampled], or a block of rows with all classes.
  DeviceArray<float> label_factors_;  // By example, as the next one.
  DeviceArray<double> losses_;
  DeviceSum loss_;
  DeviceArray<float> class_gradients_;  // [sampled, dim]
  DeviceArray<float> bias_gradients_;   // [sampled]
  DeviceArray<float> column_sums_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_MODELS_DEVICE_SAMPLED_SOFTMAX_H_
