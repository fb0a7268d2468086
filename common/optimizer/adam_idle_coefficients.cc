#include "common/optimizer/adam_idle_coefficients.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace shoal {
namespace {

// A block ends before a product would fall below these: a row that starts late in the block divides by them, and its
// terms must stay normal floats.
constexpr double kMinExpAvgProduct = 1e-18;
constexpr double kMinRootProduct = 1e-9;
constexpr double kMinWeightProduct = 1e-9;
// Stands for weight factors nearer to zero (learning rate times weight decay of about 1), by which nothing could be
// divided.
constexpr double kMinWeightFactor = 1e-6;
double AwayFromZero(double factor) {
  return std::abs(factor) < kMinWeightFactor ? std::copysign(kMinWeightFactor, factor) : factor;
}

}  // namespace

AdamIdleCoefficients::AdamIdleCoefficients(double beta2) : beta2_(beta2) {
  for (int k = 0; k <= kMaxBlockSteps; ++k) root_powers_[k] = std::pow(beta2, 0.5 * k);
}

void AdamIdleCoefficients::Append(const AdamIdleStep& step) {
  const int64_t before = num_steps();
  const int64_t number = before + 1;
  const double weight_factor = AwayFromZero(step.weight_factor);
  if (anchors_.empty()) anchors_.push_back(0);
  AdamIdleHistory::Products products = history().ProductsAt(anchors_.back(), before);
  const bool block_is_full = before - anchors_.back() == kMaxBlockSteps ||
                             products.exp_avg * step.beta1 < kMinExpAvgProduct ||
                             products.root * root_powers_[1] < kMinRootProduct ||
                             std::abs(products.weight * weight_factor) < kMinWeightProduct;
  if (block_is_full && before > anchors_.back()) {
    anchors_.push_back(before);
    products = {1, 1, 1};
  }
  products.exp_avg *= step.beta1;
  products.weight *= weight_factor;
  products.root = root_powers_[number - anchors_.back()];

  beta2_power_ *= beta2_;
  const double bias_correction1 = 1 - std::pow(step.beta1, static_cast<double>(number));
  const double root_of_bias_correction2 = std::sqrt(1 - beta2_power_);
  const double rate = step.learning_rate / bias_correction1;
  numerators_.push_back(static_cast<float>(rate * products.exp_avg / products.weight));
  root_factors_.push_back(static_cast<float>(products.root / root_of_bias_correction2));
  exp_avg_products_.push_back(products.exp_avg);
  weight_products_.push_back(products.weight);
  decays_.push_back(products.exp_avg / (std::abs(products.weight) * products.root));

  max_step_size_ = std::max(max_step_size_, rate * root_of_bias_correction2);
  max_decay_ratio_ = std::max(max_decay_ratio_, step.beta1 / (root_powers_[1] * std::abs(weight_factor)));
  tail_bounds_.push_back(max_decay_ratio_ < 1 ? static_cast<float>(max_step_size_ / (1 - max_decay_ratio_))
                                              : std::numeric_limits<float>::infinity());
}

AdamIdleHistory AdamIdleCoefficients::history() const {
  AdamIdleHistory history;
  history.anchors = anchors_.data();
  history.num_anchors = anchors_.size();
  history.numerators = numerators_.data();
  history.root_factors = root_factors_.data();
  history.exp_avg_products = exp_avg_products_.data();
  history.weight_products = weight_products_.data();
  history.decays = decays_.data();
  history.tail_bounds = tail_bounds_.data();
  history.num_steps = num_steps();
  history.root_powers = root_powers_.data();
  return history;
}

void AdamIdleCoefficients::ForEachSpan(int64_t from, int64_t to,
                                       absl::FunctionRef<void(const AdamIdleSpan&)> apply) const {
  assert(0 <= from && from <= to && to <= num_steps());
  history().ForEachSpan(from, to, apply);
}

}  // namespace shoal
