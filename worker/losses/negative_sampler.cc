#include "worker/losses/negative_sampler.h"

#include <algorithm>
#include <cmath>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "worker/losses/step_random.h"

namespace shoal {

absl::StatusOr<NegativeSampler> NegativeSampler::Create(const SampledSoftmax& config, int64_t num_classes) {
  const auto invalid = [&](absl::string_view expected) {
    return absl::InvalidArgumentError(
        absl::StrCat("sampled_softmax.num_sampled is ", config.num_sampled(), ", expected ", expected));
  };
  if (config.num_sampled() < 1) return invalid("at least 1");
  if (config.unique() && config.num_sampled() > num_classes) {
    return invalid(absl::StrCat("at most the ", num_classes, " classes, or unique: false"));
  }
  return NegativeSampler(config, num_classes);
}

NegativeSampler::NegativeSampler(const SampledSoftmax& config, int64_t num_classes)
    : num_classes_(num_classes),
      num_sampled_(config.num_sampled()),
      log_uniform_(config.sampler() == SampledSoftmax::LOG_UNIFORM),
      unique_(config.unique()) {}

NegativeSample NegativeSampler::Sample(uint64_t seed, int64_t step) const {
  const StepRandom random(StepRandom::Purpose::kClassNegatives, seed, step);
  NegativeSample sample;
  absl::flat_hash_set<int64_t> seen;
  while (static_cast<int>(sample.classes.size()) < num_sampled_) {
    const int64_t c = ClassAt(random.Unit(0, sample.draws++));
    if (!unique_ || seen.insert(c).second) sample.classes.push_back(c);
  }
  return sample;
}

double NegativeSampler::LogExpectedCount(int64_t c, const NegativeSample& sample) const {
  const double probability = Probability(c);
  if (!unique_) return std::log(num_sampled_ * probability);
  return std::log(-std::expm1(static_cast<double>(sample.draws) * std::log1p(-probability)));
}

double NegativeSampler::Probability(int64_t c) const {
  const double classes = static_cast<double>(num_classes_);
  // log1p keeps the digits that (c + 2) / (c + 1) loses for classes in the millions.
  return log_uniform_ ? std::log1p(1 / static_cast<double>(c + 1)) / std::log1p(classes) : 1 / classes;
}

int64_t NegativeSampler::ClassAt(double unit) const {
  const double classes = static_cast<double>(num_classes_);
  const double at = log_uniform_ ? std::expm1(unit * std::log1p(classes)) : unit * classes;
  return std::min(static_cast<int64_t>(at), num_classes_ - 1);
}

}  // namespace shoal
