// Which examples make up a step where each global batch holds `classes` distinct labels with `samples` examples of
// each: a pure function of (labels, seed, step), so the step number is the whole data cursor.
//
// Labels come in rounds: in each round, every label is in at most one batch, and only the remainder of labels /
// `classes` is left out, another one each round. A label's examples come in passes: each time the label's turn comes it
// gives the next `samples` of the pass, and only the remainder of its examples / `samples` is left out, another one
// each pass. A label with fewer than `samples` examples gives all of them in order, again and again, until there are
// enough.
//
// An epoch is as many whole batches as there are examples, at least one: with labels of different sizes it shows
// examples of small labels more than once and not all of large ones.
//
// Orders are those of common/base/permutation.h. With C labels (numbered in increasing order) and the step counted from
// 0: groups = C / classes, round = step / groups, and the i-th label of the batch is
// Permutation(C, seed, round).At(step mod groups * classes + i). Label c with n >= samples examples (in the data's
// order): turns = n / samples, pass = round / turns, and its k-th example is
// Permutation(n, seed, (c + 1) * 2^32 + pass).At(round mod turns * samples + k).
//
// Thread safety: immutable.
#ifndef SHOAL_COMMON_DATA_BALANCED_BATCH_SAMPLER_H_
#define SHOAL_COMMON_DATA_BALANCED_BATCH_SAMPLER_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace shoal {

class BalancedBatchSampler {
 public:
  struct Options {
    int64_t classes = 1;
    int64_t samples = 1;
    uint64_t seed = 0;
  };
  // labels[i] is example i's. InvalidArgument: options below 1, or more classes than labels in the data.
  static absl::StatusOr<BalancedBatchSampler> Create(absl::Span<const int64_t> labels, const Options& options);

  static int64_t StepsPerEpoch(int64_t num_examples, int64_t global_batch_size);
  int64_t steps_per_epoch() const { return StepsPerEpoch(static_cast<int64_t>(examples_.size()), GlobalBatchSize()); }
  // Examples of every step's global batch.
  int64_t GlobalBatchSize() const { return options_.classes * options_.samples; }

  // Example numbers of worker `rank` of `num_workers` at `step`: the contiguous part
  // [B * rank / num_workers, B * (rank + 1) / num_workers) of the global batch of B examples, in which the examples of
  // a label are adjacent. Replaces `*examples`. REQUIRES: step >= 1, 0 <= rank < num_workers.
  void Sample(int64_t step, int rank, int num_workers, std::vector<int64_t>* examples) const;

 private:
  BalancedBatchSampler(const Options& options, std::vector<int64_t> examples, std::vector<int64_t> starts)
      : options_(options), examples_(std::move(examples)), starts_(std::move(starts)) {}

  // The k-th example that label number `label` gives at its turn in `round`.
  int64_t ExampleOf(int64_t label, int64_t round, int64_t k) const;

  Options options_;
  std::vector<int64_t> examples_;  // Example numbers by label, in the data's order within one.
  std::vector<int64_t> starts_;    // Where each label's examples start, and the end.
};

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_BALANCED_BATCH_SAMPLER_H_
