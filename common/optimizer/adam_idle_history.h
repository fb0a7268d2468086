// What AdamIdleCoefficients keeps of all steps, as plain arrays, and what it makes of them: the spans that take a row
// over the steps it missed. For the CPU and the GPU, wherever the arrays lie.
//
// A view, valid as long as the arrays; its functions change nothing.
#ifndef SHOAL_COMMON_OPTIMIZER_ADAM_IDLE_HISTORY_H_
#define SHOAL_COMMON_OPTIMIZER_ADAM_IDLE_HISTORY_H_

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "common/base/host_device.h"
#include "common/optimizer/split_factor.h"

namespace shoal {

// A run of idle steps, for all elements of a row at once.
//   sum = of numerators[i] / (sqrt(exp_avg_sq) * root_scale * root_factors[i] + eps) over all i
//   weight = weight_factor * (weight - exp_avg * exp_avg_scale * sum)
//   exp_avg *= exp_avg_factor; exp_avg_sq *= exp_avg_sq_factor
struct AdamIdleSpan {
  const float* numerators;    // `terms` of them,
  const float* root_factors;  // and as many of these.
  size_t terms;
  float exp_avg_scale;
  float root_scale;
  SplitFactor weight_factor;
  float exp_avg_factor;
  float exp_avg_sq_factor;
};

// Up to here the product of four of the sum's denominators is a normal float: they are root * factor + eps, with
// factors of at most 1 / sqrt(1 - beta2), 32 for beta2 = 0.999.
constexpr float kMinEpsOfAdamIdleQuads = 1e-6F;
constexpr float kMaxRootOfAdamIdleQuads = 1e8F;

struct AdamIdleHistory {
  // Products over the steps after a block's anchor.
  struct Products {
    double exp_avg;  // Of beta1.
    double weight;   // Of weight_factor.
    double root;     // Of sqrt(beta2).
  };

  // By block: the step before its first one.
  const int64_t* anchors = nullptr;
  size_t num_anchors = 0;
  // By step - 1. Numerators and root factors are relative to the block's anchor:
  //   learning_rate / (1 - beta1^step) * product of beta1 / product of weight_factor;  beta2^(k / 2) / sqrt(bc2)
  const float* numerators = nullptr;
  const float* root_factors = nullptr;
  const double* exp_avg_products = nullptr;
  const double* weight_products = nullptr;
  const double* decays = nullptr;  // See DecayAt.
  // Over the steps so far: the largest step size (learning_rate * sqrt(bc2) / bc1) times the sum of the geometric
  // series that bounds the terms' decay; infinite once they need not fall.
  const float* tail_bounds = nullptr;
  int64_t num_steps = 0;
  const double* root_powers = nullptr;  // beta2^(k / 2), for each place k in a block and one more.

  // As AdamIdleCoefficients::ForEachSpan.
  template <class Apply>
  SHOAL_HOST_DEVICE void ForEachSpan(int64_t from, int64_t to, const Apply& apply) const {
    if (from == to) return;
    size_t block = BlockOf(from);
    // The first term is first_step_size * decay. The terms from step J on add up to at most tail_bound * decay at J.
    const double first_step_size = static_cast<double>(numerators[from]) / root_factors[from];
    double negligible_decay = kNegligible * std::fabs(first_step_size) / tail_bounds[to - 1];
    while (from < to) {
      const int64_t anchor = anchors[block];
      const int64_t end = BlockEnd(block) < to ? BlockEnd(block) : to;
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

  // REQUIRES: anchor <= step, step of the block that begins at `anchor`.
  SHOAL_HOST_DEVICE Products ProductsAt(int64_t anchor, int64_t step) const {
    if (step == anchor) return {1, 1, 1};
    return {exp_avg_products[step - 1], weight_products[step - 1], root_powers[step - anchor]};
  }

  // What may be left out of a sum, relative to its first term: half a unit in the last place of a float.
  static constexpr double kNegligible = 0x1p-25;

  // Index into `anchors` of the block that holds step + 1.
  SHOAL_HOST_DEVICE size_t BlockOf(int64_t step) const {
    if (step >= anchors[num_anchors - 1]) return num_anchors - 1;  // The usual case.
    size_t first_behind = 0;
    for (size_t count = num_anchors; count > 0;) {
      const size_t half = count / 2;
      if (anchors[first_behind + half] <= step) {
        first_behind += half + 1;
        count -= half + 1;
      } else {
        count = half;
      }
    }
    return first_behind - 1;
  }

  SHOAL_HOST_DEVICE int64_t BlockEnd(size_t block) const {
    return block + 1 < num_anchors ? anchors[block + 1] : num_steps;
  }

  // Products over the steps after `from` up to `to`, through any number of blocks.
  SHOAL_HOST_DEVICE Products ProductsBetween(int64_t from, int64_t to) const {
    Products all = {1, 1, 1};
    for (size_t block = BlockOf(from); from < to; ++block) {
      const int64_t end = BlockEnd(block) < to ? BlockEnd(block) : to;
      const Products first = ProductsAt(anchors[block], from);
      const Products last = ProductsAt(anchors[block], end);
      all.exp_avg *= last.exp_avg / first.exp_avg;
      all.weight *= last.weight / first.weight;
      all.root *= root_powers[end - from];
      from = end;
    }
    return all;
  }

  // How fast the sums' terms fall after `from`: a bound of term / step size, relative to the block's anchor.
  SHOAL_HOST_DEVICE double DecayAt(int64_t anchor, int64_t step) const { return step == anchor ? 1 : decays[step - 1]; }

  // The first step in (from, end] whose DecayAt is at most `limit`, or end + 1.
  SHOAL_HOST_DEVICE int64_t FirstBelow(int64_t anchor, int64_t from, int64_t end, double limit) const {
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

  SHOAL_HOST_DEVICE AdamIdleSpan MakeSpan(int64_t anchor, int64_t from, int64_t last_term, int64_t to) const {
    const Products first = ProductsAt(anchor, from);
    const Products moved = ProductsBetween(from, to);
    return {numerators + from,
            root_factors + from,
            static_cast<size_t>(last_term - from),
            static_cast<float>(first.weight / first.exp_avg),
            static_cast<float>(1 / first.root),
            Split(moved.weight),
            static_cast<float>(moved.exp_avg),
            static_cast<float>(moved.root * moved.root)};
  }
};

}  // namespace shoal

#endif  // SHOAL_COMMON_OPTIMIZER_ADAM_IDLE_HISTORY_H_
