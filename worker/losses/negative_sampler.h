// The classes that sampled softmax compares labels with: which ones a step needs, and how often each was to be expected
// among them. As tf.random.log_uniform_candidate_sampler and tf.random.uniform_candidate_sampler.
//
//   LOG_UNIFORM  P(c) = log((c + 2) / (c + 1)) / log(C + 1): Zipf's law, for C classes by falling frequency
//   UNIFORM      P(c) = 1 / C
//
// With replacement, num_sampled draws expect class c num_sampled * P(c) times. Unique: classes are drawn until there
// are num_sampled distinct ones, and the class is expected 1 - (1 - P(c))^draws times, for the draws that it took.
//
// Thread safety: immutable.
#ifndef SHOAL_WORKER_LOSSES_NEGATIVE_SAMPLER_H_
#define SHOAL_WORKER_LOSSES_NEGATIVE_SAMPLER_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/job.pb.h"
#include "worker/losses/class_distribution.h"

namespace shoal {

struct NegativeSample {
  std::vector<int64_t> classes;  // [num_sampled], in the order drawn.
  int64_t draws = 0;
};

class NegativeSampler {
 public:
  // InvalidArgument names the field and the value that cannot be. REQUIRES: num_classes >= 1.
  static absl::StatusOr<NegativeSampler> Create(const SampledSoftmax& config, int64_t num_classes);

  // A pure function of (seed, step): the same on all workers.
  NegativeSample Sample(uint64_t seed, int64_t step) const;

  // Logarithm of how often class c is expected in `sample`: what its logit is corrected by.
  // REQUIRES: 0 <= c < num_classes.
  double LogExpectedCount(int64_t c, const NegativeSample& sample) const {
    return distribution_.LogExpectedCount(c, sample.draws);
  }

  const ClassDistribution& distribution() const { return distribution_; }

 private:
  NegativeSampler(const SampledSoftmax& config, int64_t num_classes);

  // The class at `unit`, in (0, 1), of the distribution.
  int64_t ClassAt(double unit) const;

  ClassDistribution distribution_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_LOSSES_NEGATIVE_SAMPLER_H_
