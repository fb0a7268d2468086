#include "common/data/batch_sampler.h"

#include <algorithm>
#include <numeric>

#include "absl/types/span.h"
#include "common/base/permutation.h"

namespace shoal {

BatchSampler::BatchSampler(const Options& options) : options_(options) {}

BatchSampler BatchSampler::InOrder(int64_t num_examples, int64_t batch_size) {
  Options options;
  options.num_examples = num_examples;
  options.batch_size = batch_size;
  options.shuffle = false;
  return BatchSampler(options);
}

int64_t BatchSampler::steps_per_epoch() const {
  const int64_t full = options_.num_examples / options_.batch_size;
  const bool has_rest = options_.num_examples % options_.batch_size > 0;
  return full + (has_rest && !options_.drop_last ? 1 : 0);
}

int64_t BatchSampler::GlobalBatchSize(int64_t step) const {
  const int64_t first = (step - 1) % steps_per_epoch() * options_.batch_size;
  return std::min(options_.batch_size, options_.num_examples - first);
}

void BatchSampler::Sample(int64_t step, int rank, int num_workers, std::vector<int64_t>* examples) const {
  const int64_t epoch = (step - 1) / steps_per_epoch();
  const int64_t first = (step - 1) % steps_per_epoch() * options_.batch_size;
  const int64_t size = GlobalBatchSize(step);
  const int64_t begin = first + PartStart(size, rank, num_workers);
  const int64_t end = first + PartStart(size, rank + 1, num_workers);
  examples->resize(static_cast<size_t>(end - begin));
  if (!options_.shuffle) {
    std::iota(examples->begin(), examples->end(), begin);
    return;
  }
  const Permutation order(options_.num_examples, options_.seed, static_cast<uint64_t>(epoch));
  order.Fill(begin, absl::MakeSpan(*examples));
}

}  // namespace shoal
