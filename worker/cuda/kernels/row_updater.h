// Optimizer steps on rows, for the lanes of a kernel: what RowOptimizer::Update and CatchUp do to a row, to the bit.
//
// Plain data, passed to kernels by value; its pointers are to the memory of whoever runs them.
#ifndef SHOAL_WORKER_CUDA_KERNELS_ROW_UPDATER_H_
#define SHOAL_WORKER_CUDA_KERNELS_ROW_UPDATER_H_

#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "common/base/host_device.h"
#include "common/optimizer/row_formulas.h"
#include "common/optimizer/row_update.h"
#include "worker/cuda/kernels/adam_idle_body.h"
#include "worker/cuda/kernels/lanes.h"

namespace shoal {

struct RowUpdater {
  using Rule = RowUpdate::Rule;

  RowShape shape;
  RowUpdate update;

  SHOAL_HOST_DEVICE bool moves_idle_rows() const { return shape.last_step_offset >= 0; }

  // Calls call(r) with a constant r whose value is update.rule: a kernel is compiled for one rule, so that none takes
  // the registers of all.
  template <class Call>
  void WithRule(const Call& call) const {
    switch (update.rule) {
      case Rule::kSgd:
        return call(std::integral_constant<Rule, Rule::kSgd>());
      case Rule::kSgdMomentum:
        return call(std::integral_constant<Rule, Rule::kSgdMomentum>());
      case Rule::kAdagrad:
        return call(std::integral_constant<Rule, Rule::kAdagrad>());
      case Rule::kRowwiseAdagrad:
        return call(std::integral_constant<Rule, Rule::kRowwiseAdagrad>());
      case Rule::kAdam:
        return call(std::integral_constant<Rule, Rule::kAdam>());
    }
  }

  // Brings the row from its last step to `to`. REQUIRES: last_step <= to <= update.step, kRule is update.rule.
  template <Rule kRule>
  SHOAL_HOST_DEVICE void CatchUp(const Lanes& lanes, int64_t to, float* row) const {
    if (!moves_idle_rows()) return;
    const int64_t from = LastStep(row);
    if (from == to) return;
    if constexpr (kRule == Rule::kSgd || kRule == Rule::kSgdMomentum) {
      CatchUpSgd<kRule>(lanes, Rounded(Composed(update.sgd_idle_maps + from, to - from)), row);
    } else if constexpr (kRule == Rule::kAdagrad) {
      for (int64_t step = from; step < to; ++step) Adagrad(lanes, update.learning_rates[step], nullptr, row);
    } else if constexpr (kRule == Rule::kRowwiseAdagrad) {
      CatchUpRowwiseAdagrad(lanes, from, to, row);
    } else {
      CatchUpAdam(lanes, from, to, row);
    }
    SetLastStep(lanes, to, row);
  }

  // The step update.step with the row's gradient. `gradient` has shape.segment floats. REQUIRES: kRule is update.rule.
  template <Rule kRule>
  SHOAL_HOST_DEVICE void Update(const Lanes& lanes, const float* gradient, float* row) const {
    if constexpr (kRule == Rule::kSgd) {
      Sgd(lanes, update.sgd.learning_rate, update.sgd.weight_decay, gradient, row);
    } else if constexpr (kRule == Rule::kSgdMomentum) {
      SgdMomentum(lanes, gradient, row);
    } else if constexpr (kRule == Rule::kAdagrad) {
      Adagrad(lanes, update.learning_rate, gradient, row);
    } else if constexpr (kRule == Rule::kRowwiseAdagrad) {
      RowwiseAdagrad(lanes, gradient, row);
    } else {
      Adam(lanes, update.adam, gradient, row);
    }
    if (moves_idle_rows()) SetLastStep(lanes, update.step, row);
  }

 private:
  SHOAL_HOST_DEVICE int64_t LastStep(const float* row) const {
    uint32_t step;
    memcpy(&step, row + shape.last_step_offset, sizeof(step));
    return step;
  }
  // All lanes have read the last step before one writes it.
  SHOAL_HOST_DEVICE void SetLastStep(const Lanes& lanes, int64_t step, float* row) const {
    lanes.Sync();
    lanes.Once([&] {
      const auto value = static_cast<uint32_t>(step);
      memcpy(row + shape.last_step_offset, &value, sizeof(value));
    });
    lanes.Sync();
  }
  SHOAL_HOST_DEVICE float* Field(int field, float* row) const { return row + shape.field_offsets[field]; }

  SHOAL_HOST_DEVICE void Sgd(const Lanes& lanes, float learning_rate, float weight_decay, const float* gradient,
                             float* row) const {
    lanes.ForEach(shape.segment,
                  [&](int64_t i) { scalar::SgdElement(learning_rate, weight_decay, gradient[i], &row[i]); });
  }

  SHOAL_HOST_DEVICE void SgdMomentum(const Lanes& lanes, const float* gradient, float* row) const {
    SgdMomentumStep<float> step = update.sgd;
    if (update.marks_first_touch) {
      float* const started = Field(1, row);
      if (*started == 0) step.gradient_share = 1;
      lanes.Sync();
      lanes.Once([&] { *started = 1; });
    }
    float* const buffer = Field(0, row);
    lanes.ForEach(shape.segment,
                  [&](int64_t i) { scalar::SgdMomentumElement(step, gradient[i], &row[i], &buffer[i]); });
  }

  template <Rule kRule>
  SHOAL_HOST_DEVICE void CatchUpSgd(const Lanes& lanes, const RowMap<float>& map, float* row) const {
    if constexpr (kRule == Rule::kSgd) {
      lanes.ForEach(shape.segment, [&](int64_t i) {
        row[i] = scalar::MulSplit(row[i], map.weight_from_weight, map.weight_from_weight_low);
      });
    } else {
      float* const buffer = Field(0, row);
      lanes.ForEach(shape.segment, [&](int64_t i) { scalar::LinearMapElement(map, &row[i], &buffer[i]); });
    }
  }

  // Without a gradient where it is null.
  SHOAL_HOST_DEVICE void Adagrad(const Lanes& lanes, float learning_rate, const float* gradient, float* row) const {
    float* const sums = Field(0, row);
    lanes.ForEach(shape.segment, [&](int64_t i) {
      scalar::AdagradElement(update.adagrad, learning_rate, gradient ? gradient[i] : 0.0F, &row[i], &sums[i]);
    });
  }

  // What a step multiplies the gradient by, once `squares` over the row's dim has been added to its sum.
  SHOAL_HOST_DEVICE float GrowSum(float squares, float learning_rate, float* sum) const {
    *sum += squares / static_cast<float>(shape.dim);
    return learning_rate / (scalar::Sqrt(*sum) + update.adagrad.eps);
  }

  SHOAL_HOST_DEVICE void RowwiseAdagrad(const Lanes& lanes, const float* gradient, float* row) const {
    const float decay = update.adagrad.weight_decay;
    float sum = *Field(0, row);
    const float squares = lanes.Sum<float>(shape.segment, [&](int64_t i, float partial) {
      const float decayed = scalar::MulAdd(decay, row[i], gradient[i]);
      return scalar::MulAdd(decayed, decayed, partial);
    });
    Sgd(lanes, GrowSum(squares, update.learning_rate, &sum), decay, gradient, row);
    lanes.Sync();
    lanes.Once([&] { *Field(0, row) = sum; });
  }

  // Without a gradient only weight decay is left: a step scales the row.
  SHOAL_HOST_DEVICE void CatchUpRowwiseAdagrad(const Lanes& lanes, int64_t from, int64_t to, float* row) const {
    const float decay = update.adagrad.weight_decay;
    float sum = *Field(0, row);
    for (int64_t step = from; step < to; ++step) {
      const float squares = lanes.Sum<float>(
          shape.segment, [&](int64_t i, float partial) { return scalar::MulAdd(row[i], row[i], partial); });
      const float factor = GrowSum(decay * decay * squares, update.learning_rates[step], &sum);
      lanes.ForEach(shape.segment, [&](int64_t i) { row[i] *= 1 - factor * decay; });
    }
    lanes.Sync();
    lanes.Once([&] { *Field(0, row) = sum; });
  }

  SHOAL_HOST_DEVICE void Adam(const Lanes& lanes, const AdamStep<float>& step, const float* gradient,
                              float* row) const {
    float* const exp_avg = Field(0, row);
    float* const exp_avg_sq = Field(1, row);
    lanes.ForEach(shape.segment, [&](int64_t i) {
      scalar::AdamElement(step, gradient ? gradient[i] : 0.0F, &row[i], &exp_avg[i], &exp_avg_sq[i]);
    });
  }

  SHOAL_HOST_DEVICE void CatchUpAdam(const Lanes& lanes, int64_t from, int64_t to, float* row) const {
    if (update.adam_steps != nullptr) {
      for (int64_t step = from; step < to; ++step) Adam(lanes, update.adam_steps[step], nullptr, row);
      return;
    }
    update.adam_idle.ForEachSpan(from, to, [&](const AdamIdleSpan& span) {
      ApplyAdamIdleSpan(lanes, span, update.adam.eps, shape.segment, row, Field(0, row), Field(1, row));
    });
  }
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_ROW_UPDATER_H_
