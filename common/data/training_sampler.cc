#include "common/data/training_sampler.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace shoal {

absl::StatusOr<TrainingSampler> TrainingSampler::Create(const ResolvedJob& job, const Dataset& train) {
  const TrainingConfig& training = job.job().training();
  BatchSampler::Options options;
  options.num_examples = job.num_train_examples();
  options.batch_size = training.batch_size();
  options.drop_last = training.drop_last();
  options.shuffle = training.shuffle();
  options.seed = job.job().seed();
  BatchSampler random(options);
  const Network& network = job.job().model().network();
  if (!network.has_balanced_batches()) return TrainingSampler(std::move(random), absl::nullopt);

  const int column = train.FindLabelColumn(network.label());
  if (column < 0) return absl::InvalidArgumentError(absl::StrCat("the data has no label column ", network.label()));
  BalancedBatchSampler::Options balanced_options;
  balanced_options.classes = network.balanced_batches().classes();
  balanced_options.samples = network.balanced_batches().samples();
  balanced_options.seed = job.job().seed();
  SHOAL_ASSIGN_OR_RETURN(BalancedBatchSampler balanced,
                         BalancedBatchSampler::Create(train.label_columns[column].labels, balanced_options));
  return TrainingSampler(std::move(random), std::move(balanced));
}

}  // namespace shoal
