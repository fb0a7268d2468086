// The update rules written for scalars: what another back end would compute, against the vectorised kernels.
#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "common/optimizer/adagrad_kernels.h"
#include "common/optimizer/adam_kernels.h"
#include "common/optimizer/sgd_kernels.h"
#include "common/simd/highway_targets.h"
#include "gtest/gtest.h"
#include "tests/common/simd/instruction_sets.h"
// Needs highway_targets.h first.
#include "common/optimizer/row_formulas-inl.h"

namespace shoal {
namespace {

namespace formulas = ::shoal::HWY_NAMESPACE;

constexpr int kLengths[] = {1, 5, 15, 16, 64, 80};

// Weights, two state fields that are not negative, a gradient.
struct Row {
  std::vector<float> weights, state1, state2, gradient;

  Row(int n, std::mt19937* random) {
    std::normal_distribution<float> normal;
    for (int i = 0; i < n; ++i) {
      weights.push_back(normal(*random));
      state1.push_back(std::abs(normal(*random)));
      state2.push_back(std::abs(normal(*random)));
      gradient.push_back(normal(*random));
    }
  }
  int n() const { return static_cast<int>(weights.size()); }
  std::vector<float> All() const {
    std::vector<float> all = weights;
    all.insert(all.end(), state1.begin(), state1.end());
    all.insert(all.end(), state2.begin(), state2.end());
    return all;
  }
};

// Expects `vectorised` and `scalar` to change random rows to the same bits wherever multiply-adds are fused.
template <class Vectorised, class Scalar>
void ExpectSameBits(const Vectorised& vectorised, const Scalar& scalar) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  ForEachInstructionSet([&](const InstructionSet& set) {
    if (!set.fuses_multiply_add) return;
    for (const int n : kLengths) {
      Row row(n, &random);
      Row expected = row;
      for (int i = 0; i < n; ++i) scalar(i, &expected);
      vectorised(&row);
      const std::vector<float> actual = row.All();
      EXPECT_EQ(std::memcmp(actual.data(), expected.All().data(), actual.size() * sizeof(float)), 0)
          << set.name << ", n " << n;
    }
  });
}

TEST(RowFormulasTest, SgdIsTheSameForScalars) {
  ExpectSameBits([](Row* r) { ApplySgd(0.1f, 0.03f, r->gradient.data(), r->n(), r->weights.data()); },
                 [](int i, Row* r) { formulas::SgdElement(0.1f, 0.03f, r->gradient[i], &r->weights[i]); });
}

TEST(RowFormulasTest, SgdMomentumIsTheSameForScalars) {
  const SgdMomentumStep<float> step = {0.1f, 0.03f, 0.9f, 0.7f, 0.9f, 1};
  ExpectSameBits(
      [&](Row* r) { ApplySgdMomentum(step, r->gradient.data(), r->n(), r->weights.data(), r->state1.data()); },
      [&](int i, Row* r) { formulas::SgdMomentumElement(step, r->gradient[i], &r->weights[i], &r->state1[i]); });
}

TEST(RowFormulasTest, IdleSgdIsTheSameForScalars) {
  const RowMap<float> map = {0.9f, 1e-8f, -0.2f, 0.3f, 0.8f};
  ExpectSameBits([&](Row* r) { ApplyRowMap(map, r->n(), r->weights.data(), r->state1.data()); },
                 [&](int i, Row* r) { formulas::LinearMapElement(map, &r->weights[i], &r->state1[i]); });
  const SplitFactor factor = Split(0.9);
  ExpectSameBits([&](Row* r) { ApplySplitFactor(factor, r->n(), r->weights.data()); },
                 [&](int i, Row* r) { r->weights[i] = formulas::MulSplit(r->weights[i], factor.high, factor.low); });
}

TEST(RowFormulasTest, AdagradIsTheSameForScalars) {
  const AdagradConstants<float> constants = {0.03f, 1e-10f};
  ExpectSameBits(
      [&](Row* r) { ApplyAdagrad(constants, 0.1f, r->gradient.data(), r->n(), r->weights.data(), r->state1.data()); },
      [&](int i, Row* r) { formulas::AdagradElement(constants, 0.1f, r->gradient[i], &r->weights[i], &r->state1[i]); });
}

TEST(RowFormulasTest, AdamIsTheSameForScalars) {
  const AdamStep<float> step = {0.03f, 1e-4f, 0.1f, 0.99f, 0.01f, 0.02f, 1.5f, 1e-8f};
  ExpectSameBits(
      [&](Row* r) {
        ApplyAdam(step, r->gradient.data(), r->n(), r->weights.data(), r->state1.data(), r->state2.data());
      },
      [&](int i, Row* r) {
        formulas::AdamElement(step, r->gradient[i], &r->weights[i], &r->state1[i], &r->state2[i]);
      });
}

TEST(RowFormulasTest, IdleAdamIsTheSameForScalars) {
  const std::vector<float> numerators = {0.1f, 0.09f, 0.08f};
  const std::vector<float> root_factors = {1, 0.99f, 0.98f};
  const AdamIdleSpan span = {
      numerators.data(), root_factors.data(), numerators.size(), 1.1f, 1.2f, Split(0.95), 0.7f, 0.9f};
  constexpr float kEps = 1e-8f;
  ExpectSameBits(
      [&](Row* r) { ApplyAdamIdleSpan(span, kEps, r->n(), r->weights.data(), r->state1.data(), r->state2.data()); },
      [&](int i, Row* r) {
        const float root = std::sqrt(r->state2[i]) * span.root_scale;
        float sum = 0;
        if (r->n() == 1) {  // Each term in a partial sum of its own; then by halves.
          sum = (formulas::AdamIdleTerm(root, kEps, 0.1f, 1.0f) + formulas::AdamIdleTerm(root, kEps, 0.08f, 0.98f)) +
                formulas::AdamIdleTerm(root, kEps, 0.09f, 0.99f);
        } else {
          sum += formulas::AdamIdleTermPair(root, kEps, 0.1f, 1.0f, 0.09f, 0.99f);
          sum += formulas::AdamIdleTerm(root, kEps, 0.08f, 0.98f);
        }
        const float moved = formulas::NegMulAdd(r->state1[i] * span.exp_avg_scale, sum, r->weights[i]);
        r->weights[i] = formulas::MulSplit(moved, span.weight_factor.high, span.weight_factor.low);
        r->state1[i] *= span.exp_avg_factor;
        r->state2[i] *= span.exp_avg_sq_factor;
      });
}

}  // namespace
}  // namespace shoal
