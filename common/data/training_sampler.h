// Which examples make up a training step: balanced batches where the job asks for them, else batches in random order.
// A pure function of (job, data, step).
//
// Thread safety: immutable.
#ifndef SHOAL_COMMON_DATA_TRAINING_SAMPLER_H_
#define SHOAL_COMMON_DATA_TRAINING_SAMPLER_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "common/data/balanced_batch_sampler.h"
#include "common/data/batch_sampler.h"
#include "common/data/dataset.h"
#include "proto/job.pb.h"

namespace shoal {

class TrainingSampler {
 public:
  // InvalidArgument: the data has no column of the labels to balance, or too few labels.
  static absl::StatusOr<TrainingSampler> Create(const ResolvedJob& job, const Dataset& train);

  // Number of examples of the step's global batch. REQUIRES: step >= 1.
  int64_t GlobalBatchSize(int64_t step) const {
    return balanced_ ? balanced_->GlobalBatchSize() : random_.GlobalBatchSize(step);
  }

  // Example numbers of worker `rank` of `num_workers` at `step`: the contiguous part
  // [B * rank / num_workers, B * (rank + 1) / num_workers) of the global batch of B examples. Replaces `*examples`.
  // REQUIRES: step >= 1, 0 <= rank < num_workers.
  void Sample(int64_t step, int rank, int num_workers, std::vector<int64_t>* examples) const {
    if (balanced_) {
      balanced_->Sample(step, rank, num_workers, examples);
    } else {
      random_.Sample(step, rank, num_workers, examples);
    }
  }

 private:
  TrainingSampler(BatchSampler random, absl::optional<BalancedBatchSampler> balanced)
      : random_(std::move(random)), balanced_(std::move(balanced)) {}

  BatchSampler random_;
  absl::optional<BalancedBatchSampler> balanced_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_TRAINING_SAMPLER_H_
