// Brings a row through Adam steps without gradient in one sum instead of step by step.
//
// Without a gradient (and without coupled weight decay) step j only scales: exp_avg *= beta1_j, exp_avg_sq *= beta2,
// weight = d_j * weight - step_size_j * exp_avg / (sqrt(exp_avg_sq / bc2_j) + eps), with bc2_j = 1 - beta2^j. So after
// steps a + 1 .. b the weight is a scaled sum of terms whose scalars are the same for all rows and elements
// (docs/optimizers.md has the derivation and the error bounds). This class keeps those scalars for every step and says,
// for a given (a, b), what a kernel has to do.
//
// Steps are grouped into blocks of at most kMaxBlockSteps; scalars are products since the block's first step (its
// anchor), so that a row may start anywhere in a block. A block ends early where a product would leave the range in
// which float32 terms keep their precision. Entries never change once appended: 36 bytes a step.
//
// Thread safety: Append needs exclusive access; between calls of it, const methods may run concurrently.
#ifndef SHOAL_COMMON_OPTIMIZER_ADAM_IDLE_COEFFICIENTS_H_
#define SHOAL_COMMON_OPTIMIZER_ADAM_IDLE_COEFFICIENTS_H_

#include <array>
#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "common/optimizer/adam_idle_history.h"

namespace shoal {

// What one step does to an idle row.
struct AdamIdleStep {
  double learning_rate;
  double beta1;
  double weight_factor;  // d_j: 1 - learning_rate * decoupled weight decay.
};

class AdamIdleCoefficients {
 public:
  static constexpr int kMaxBlockSteps = 256;

  // REQUIRES: 0 <= beta2 < 1.
  explicit AdamIdleCoefficients(double beta2);

  // Adds step num_steps() + 1. REQUIRES: 0 <= step.beta1 < 1.
  void Append(const AdamIdleStep& step);
  int64_t num_steps() const { return static_cast<int64_t>(numerators_.size()); }

  // Calls `apply` with spans that, one after the other, take a row from `from` to `to`. Terms of a sum are left out
  // once all that remain are together below 2^-25 of the first one, whatever the row's state; which ones depends on
  // (from, to) and the steps up to `to` alone. REQUIRES: 0 <= from <= to <= num_steps().
  void ForEachSpan(int64_t from, int64_t to, absl::FunctionRef<void(const AdamIdleSpan&)> apply) const;

  // All that has been appended; valid until the next Append.
  AdamIdleHistory history() const;

 private:
  const double beta2_;
  std::array<double, kMaxBlockSteps + 1> root_powers_;  // beta2^(k / 2).

  // As AdamIdleHistory's.
  std::vector<int64_t> anchors_;
  std::vector<float> numerators_;
  std::vector<float> root_factors_;
  std::vector<double> exp_avg_products_;
  std::vector<double> weight_products_;
  std::vector<double> decays_;
  std::vector<float> tail_bounds_;

  double beta2_power_ = 1;  // beta2^num_steps().
  double max_step_size_ = 0;
  double max_decay_ratio_ = 0;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_OPTIMIZER_ADAM_IDLE_COEFFICIENTS_H_
