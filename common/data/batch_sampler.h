// Which examples make up a step: a pure function of (seed, step), so the step number is the whole data cursor.
//
// Each epoch visits the examples in an order given by a keyed Feistel permutation of [0, n) with cycle walking
// (Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002): no memory, any position at once. In the
// terms of common/base/permutation.h: position i of epoch e, counted from 0, is Permutation(num_examples, seed,
// e).At(i).
//
// Thread safety: immutable.
#ifndef SHOAL_COMMON_DATA_BATCH_SAMPLER_H_
#define SHOAL_COMMON_DATA_BATCH_SAMPLER_H_

#include <cstdint>
#include <vector>

namespace shoal {

// Where worker `rank`'s part of a global batch begins; it ends where the next one's begins.
inline int64_t PartStart(int64_t global_batch_size, int rank, int num_workers) {
  return global_batch_size * rank / num_workers;
}

class BatchSampler {
 public:
  struct Options {
    int64_t num_examples = 0;
    int64_t batch_size = 1;  // Of all workers together.
    bool drop_last = false;
    bool shuffle = true;
    uint64_t seed = 0;
  };
  // REQUIRES: num_examples >= 0, batch_size >= 1.
  explicit BatchSampler(const Options& options);
  // Every example once an epoch, in their order: validation.
  static BatchSampler InOrder(int64_t num_examples, int64_t batch_size);

  int64_t steps_per_epoch() const;
  // Number of examples of the step's global batch. REQUIRES: step >= 1, steps_per_epoch() >= 1.
  int64_t GlobalBatchSize(int64_t step) const;

  // Example numbers of worker `rank` of `num_workers` at `step`: the contiguous part
  // [B * rank / num_workers, B * (rank + 1) / num_workers) of the global batch of B examples. Replaces `*examples`.
  // REQUIRES: step >= 1, steps_per_epoch() >= 1, 0 <= rank < num_workers.
  void Sample(int64_t step, int rank, int num_workers, std::vector<int64_t>* examples) const;

 private:
  Options options_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_BATCH_SAMPLER_H_
