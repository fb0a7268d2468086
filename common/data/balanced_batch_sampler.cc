#include "common/data/balanced_batch_sampler.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/permutation.h"
#include "common/data/batch_sampler.h"

namespace shoal {

absl::StatusOr<BalancedBatchSampler> BalancedBatchSampler::Create(absl::Span<const int64_t> labels,
                                                                  const Options& options) {
  const auto invalid = [](absl::string_view field, int64_t value, absl::string_view expected) {
    return absl::InvalidArgumentError(absl::StrCat("balanced_batches.", field, " is ", value, ", expected ", expected));
  };
  if (options.classes < 1) return invalid("classes", options.classes, "at least 1");
  if (options.samples < 1) return invalid("samples", options.samples, "at least 1");
  std::vector<int64_t> examples(labels.size());
  std::iota(examples.begin(), examples.end(), 0);
  std::stable_sort(examples.begin(), examples.end(), [&](int64_t a, int64_t b) { return labels[a] < labels[b]; });
  std::vector<int64_t> starts;
  for (size_t i = 0; i < examples.size(); ++i) {
    if (i == 0 || labels[examples[i]] != labels[examples[i - 1]]) starts.push_back(static_cast<int64_t>(i));
  }
  const int64_t num_labels = static_cast<int64_t>(starts.size());
  if (options.classes > num_labels) {
    return invalid("classes", options.classes, absl::StrCat("at most the ", num_labels, " labels of the data"));
  }
  starts.push_back(static_cast<int64_t>(examples.size()));
  return BalancedBatchSampler(options, std::move(examples), std::move(starts));
}

int64_t BalancedBatchSampler::StepsPerEpoch(int64_t num_examples, int64_t global_batch_size) {
  return std::max<int64_t>(1, num_examples / global_batch_size);
}

void BalancedBatchSampler::Sample(int64_t step, int rank, int num_workers, std::vector<int64_t>* examples) const {
  const int64_t num_labels = static_cast<int64_t>(starts_.size()) - 1;
  const int64_t groups = num_labels / options_.classes;
  const int64_t round = (step - 1) / groups;
  const int64_t first_label = (step - 1) % groups * options_.classes;
  const Permutation labels(num_labels, options_.seed, static_cast<uint64_t>(round));
  const int64_t begin = PartStart(GlobalBatchSize(), rank, num_workers);
  const int64_t end = PartStart(GlobalBatchSize(), rank + 1, num_workers);
  examples->clear();
  for (int64_t position = begin; position < end; ++position) {
    const int64_t label = labels.At(first_label + position / options_.samples);
    examples->push_back(ExampleOf(label, round, position % options_.samples));
  }
}

int64_t BalancedBatchSampler::ExampleOf(int64_t label, int64_t round, int64_t k) const {
  const int64_t size = starts_[label + 1] - starts_[label];
  const int64_t turns = size / options_.samples;
  if (turns == 0) return examples_[starts_[label] + k % size];
  const uint64_t stream = (static_cast<uint64_t>(label + 1) << 32) + static_cast<uint64_t>(round / turns);
  const Permutation order(size, options_.seed, stream);
  return examples_[starts_[label] + order.At(round % turns * options_.samples + k)];
}

}  // namespace shoal
