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
// What may be left out of a sum, relative to its first term: half a unit in the last place of a float.
constexpr double kNegligible = 0x1p-25;

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
  Products products = ProductsAt(anchors_.back(), before);
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

size_t AdamIdleCoefficients::BlockOf(int64_t step) const {
  if (step >= anchors_.back()) return anchors_.size() - 1;  // The usual case.
  return std::upper_bound(anchors_.begin(), anchors_.end(), step) - anchors_.begin() - 1;
}

int64_t AdamIdleCoefficients::BlockEnd(size_t block) const {
  return block + 1 < anchors_.size() ? anchors_[block + 1] : num_steps();
}

AdamIdleCoefficients::Products AdamIdleCoefficients::ProductsAt(int64_t anchor, int64_t step) const {
  if (step == anchor) return {1, 1, 1};
  return {exp_avg_products_[step - 1], weight_products_[step - 1], root_powers_[step - anchor]};
}

AdamIdleCoefficients::Products AdamIdleCoefficients::ProductsBetween(int64_t from, int64_t to) const {
  Products all = {1, 1, 1};
  for (size_t block = BlockOf(from); from < to; ++block) {
    const int64_t end = std::min(to, BlockEnd(block));
    const Products first = ProductsAt(anchors_[block], from);
    const Products last = ProductsAt(anchors_[block], end);
    all.exp_avg *= last.exp_avg / first.exp_avg;
    all.weight *= last.weight / first.weight;
    all.root *= root_powers_[end - from];
    from = end;
  }
  return all;
}

double AdamIdleCoefficients::DecayAt(int64_t anchor, int64_t step) const {
  return step == anchor ? 1 : decays_[step - 1];
}

int64_t AdamIdleCoefficients::FirstBelow(int64_t anchor, int64_t from, int64_t end, double limit) const {
  // Most gaps are short: nothing is negligible yet.
  if (DecayAt(anchor, end) > limit) return end + 1;
  int64_t above = from;
  int64_t below = end;
  while (below - above > 1) {
    const int64_t middle = above + (below - above) / 2;
    (DecayAt(anchor, middle) <= limit ? below : above) = middle;
  }
  return below;
}

AdamIdleSpan AdamIdleCoefficients::MakeSpan(int64_t anchor, int64_t from, int64_t last_term, int64_t to) const {
  const Products first = ProductsAt(anchor, from);
  const Products moved = ProductsBetween(from, to);
  const size_t terms = last_term - from;
  return {.numerators = absl::MakeConstSpan(numerators_).subspan(from, terms),
          .root_factors = absl::MakeConstSpan(root_factors_).subspan(from, terms),
          .exp_avg_scale = static_cast<float>(first.weight / first.exp_avg),
          .root_scale = static_cast<float>(1 / first.root),
          .weight_factor = Split(moved.weight),
          .exp_avg_factor = static_cast<float>(moved.exp_avg),
          .exp_avg_sq_factor = static_cast<float>(moved.root * moved.root)};
}

void AdamIdleCoefficients::ForEachSpan(int64_t from, int64_t to,
                                       absl::FunctionRef<void(const AdamIdleSpan&)> apply) const {
  assert(0 <= from && from <= to && to <= num_steps());
  if (from == to) return;
  size_t block = BlockOf(from);
  // The first term is first_step_size * decay. The terms from step J on add up to at most tail_bound * decay at J.
  const double first_step_size = static_cast<double>(numerators_[from]) / root_factors_[from];
  double negligible_decay = kNegligible * std::abs(first_step_size) / tail_bounds_[to - 1];
  while (from < to) {
    const int64_t anchor = anchors_[block];
    const int64_t end = std::min(to, BlockEnd(block));
    const int64_t negligible = FirstBelow(anchor, from, end, negligible_decay);
    if (negligible <= end) {  // The rest, through all blocks, only scales.
      apply(MakeSpan(anchor, from, negligible - 1, to));
      return;
    }
    apply(MakeSpan(anchor, from, end, end));
    // Relative to the next block's anchor.
    negligible_decay /= DecayAt(anchor, end);
    from = end;
    ++block;
  }
}

}  // namespace shoal
