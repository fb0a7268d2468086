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
    : distribution_{num_classes, config.num_sampled(), config.sampler() == SampledSoftmax::LOG_UNIFORM,
                    config.unique()} {}

NegativeSample NegativeSampler::Sample(uint64_t seed, int64_t step) const {
  const StepRandom random(StepRandom::Purpose::kClassNegatives, seed, step);
  NegativeSample sample;
  absl::flat_hash_set<int64_t> seen;
  while (static_cast<int>(sample.classes.size()) < distribution_.num_sampled) {
    const int64_t c = ClassAt(random.Unit(0, sample.draws++));
    if (!distribution_.unique || seen.insert(c).second) sample.classes.push_back(c);
  }
  return sample;
}

int64_t NegativeSampler::ClassAt(double unit) const {
  const auto classes = static_cast<double>(distribution_.num_classes);
  const double at = distribution_.log_uniform ? std::expm1(unit * std::log1p(classes)) : unit * classes;
  return std::min(static_cast<int64_t>(at), distribution_.num_classes - 1);
}

}  // namespace shoal
