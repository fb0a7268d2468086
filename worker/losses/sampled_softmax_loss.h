// The loss that job.proto's SampledSoftmax describes: training compares labels with the classes drawn for the step
// (sampled_softmax.h), validation with all classes, or, with sampled_validation, with classes drawn once and for all.
//
// Over all classes the loss is softmax cross-entropy without the correction for sampling, and there is an accuracy.
// Every worker then reads all class rows for each of its validation batches.
#ifndef SHOAL_WORKER_LOSSES_SAMPLED_SOFTMAX_LOSS_H_
#define SHOAL_WORKER_LOSSES_SAMPLED_SOFTMAX_LOSS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "common/base/aligned_floats.h"
#include "proto/job.pb.h"
#include "worker/losses/loss.h"
#include "worker/losses/negative_sampler.h"

namespace shoal {

class SampledSoftmaxLoss : public Loss {
 public:
  // The classes are those of the job's label. InvalidArgument names the field and the value that cannot be.
  // REQUIRES: CheckNetwork(job) passes, and the tower has `dim` outputs.
  static absl::StatusOr<std::unique_ptr<Loss>> Create(const SampledSoftmax& config, int dim, const ResolvedJob& job);

  LossSpec spec() const override;
  bool needs_global_batch() const override { return false; }
  // Labels' rows, the other classes' rows; then the biases of both, where the job gives them.
  absl::Span<const Lookup> lookups() const override { return lookups_; }
  void DrawIds(const DrawRequest& request, absl::Span<std::vector<uint64_t>> ids) const override;
  absl::Status Check(const LossBatch& batch) const override;
  absl::Status Evaluate(const LossBatch& batch, absl::Span<float> gradients, MetricSums* sums) override;
  bool predicts_classes() const override { return true; }
  // By the softmax over all classes, whose rows are read block by block.
  absl::Status Predict(absl::Span<const float> outputs, ReadRows read_rows,
                       std::vector<Prediction>* predictions) override;

 private:
  SampledSoftmaxLoss(const SampledSoftmax& config, int dim, uint64_t seed, int64_t num_classes,
                     NegativeSampler sampler);

  bool ReadsAllClasses(int64_t step) const { return step == 0 && !config_.sampled_validation(); }
  absl::Status EvaluateAllClasses(const LossBatch& batch, MetricSums* sums);
  // Reads the rows, and biases, of the classes [begin, begin + count) into class_rows_ and class_biases_.
  absl::Status ReadClasses(int64_t begin, int64_t count, ReadRows read_rows);
  // Of rows [begin, end) of the batch, [end - begin, classes], into logits_.
  void ComputeLogits(const LossBatch& batch, int64_t begin, int64_t end);

  const SampledSoftmax config_;
  const int dim_;
  const uint64_t seed_;
  const int64_t num_classes_;
  const NegativeSampler sampler_;
  std::vector<Lookup> lookups_;
  std::unique_ptr<Loss> all_classes_;  // Null with sampled_validation.
  AlignedFloats logits_;
  std::vector<uint64_t> classes_;
  AlignedFloats class_rows_;
  AlignedFloats class_biases_;  // Zeros where the job gives none.
};

}  // namespace shoal

#endif  // SHOAL_WORKER_LOSSES_SAMPLED_SOFTMAX_LOSS_H_
