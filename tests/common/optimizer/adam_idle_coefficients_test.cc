#include "common/optimizer/adam_idle_coefficients.h"

#include <cmath>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace shoal {
namespace {

constexpr double kEps = 1e-8;

struct Element {
  double weight;
  double exp_avg;
  double exp_avg_sq;
};

// What the class stands for: one step after the other, in double.
Element Stepwise(const std::vector<AdamIdleStep>& steps, double beta2, int64_t from, int64_t to, Element e) {
  for (int64_t j = from + 1; j <= to; ++j) {
    const AdamIdleStep& step = steps[j - 1];
    e.exp_avg *= step.beta1;
    e.exp_avg_sq *= beta2;
    const double root = std::sqrt(e.exp_avg_sq / (1 - std::pow(beta2, j)));
    e.weight *= step.weight_factor;
    e.weight -= step.learning_rate / (1 - std::pow(step.beta1, j)) * e.exp_avg / (root + kEps);
  }
  return e;
}

struct Count {
  int spans = 0;
  int terms = 0;
};

// What a kernel does with the spans, in double.
Element Summed(const AdamIdleCoefficients& coefficients, int64_t from, int64_t to, Element e, Count* count) {
  coefficients.ForEachSpan(from, to, [&](const AdamIdleSpan& span) {
    double sum = 0;
    for (size_t i = 0; i < span.terms; ++i) {
      sum += span.numerators[i] / (std::sqrt(e.exp_avg_sq) * span.root_scale * span.root_factors[i] + kEps);
    }
    ++count->spans;
    count->terms += static_cast<int>(span.terms);
    const double factor = static_cast<double>(span.weight_factor.high) + span.weight_factor.low;
    e.weight = factor * (e.weight - e.exp_avg * span.exp_avg_scale * sum);
    e.exp_avg *= span.exp_avg_factor;
    e.exp_avg_sq *= span.exp_avg_sq_factor;
  });
  return e;
}

struct Setting {
  const char* name;
  double beta2;
  std::function<AdamIdleStep(int64_t)> step;
};
std::ostream& operator<<(std::ostream& os, const Setting& setting) { return os << setting.name; }

AdamIdleCoefficients Make(const Setting& setting, int64_t num_steps, std::vector<AdamIdleStep>* steps) {
  AdamIdleCoefficients coefficients(setting.beta2);
  for (int64_t j = 1; j <= num_steps; ++j) {
    steps->push_back(setting.step(j));
    coefficients.Append(steps->back());
  }
  return coefficients;
}

std::vector<Setting> Settings() {
  const auto constant = [](double beta1, double factor) {
    return [=](int64_t) { return AdamIdleStep{0.01, beta1, factor}; };
  };
  return {
      {"Defaults", 0.999, constant(0.9, 1)},
      {"Decay", 0.99, constant(0.9, 0.999)},
      {"StrongDecay", 0.99, constant(0.9, 0.7)},
      {"ZeroFactor", 0.99,
       [](int64_t j) {
         return AdamIdleStep{0.01, 0.9, j % 7 == 0 ? 0.0 : 1.0};
       }},
      {"ShortMemory", 0.5, constant(0.05, 1)},
      {"NoMemory", 0.0, constant(0.0, 0.99)},
      {"LongMomentum", 0.9, constant(0.99, 1)},
      {"Cycle", 0.99,
       [](int64_t j) {
         const double wave = std::cos(static_cast<double>(j) / 300);
         const double rate = 0.005 + 0.00499 * wave;
         return AdamIdleStep{rate, 0.9 + 0.05 * wave, 1 - 0.01 * rate};
       }},
      {"ZeroRateFirst", 0.999,
       [](int64_t j) {
         return AdamIdleStep{j < 40 ? 0.0 : 0.01, 0.9, 1};
       }},
  };
}

class AdamIdleCoefficientsTest : public ::testing::TestWithParam<Setting> {};

TEST_P(AdamIdleCoefficientsTest, ASumEqualsItsStepsOneByOne) {
  std::vector<AdamIdleStep> steps;
  const AdamIdleCoefficients coefficients = Make(GetParam(), 3100, &steps);
  for (const int64_t from : {1, 2, 30, 255, 256, 257, 300, 511}) {
    for (const int64_t gap : {0, 1, 2, 3, 16, 61, 200, 256, 257, 600, 2500}) {
      for (const double gradient : {0.0, 1e-12, 1e-5, 1.0, 1e4}) {
        const Element start = {0.5, 0.3 * gradient, 0.2 * gradient * gradient};
        const Element expected = Stepwise(steps, GetParam().beta2, from, from + gap, start);
        Count count;
        const Element actual = Summed(coefficients, from, from + gap, start, &count);
        SCOPED_TRACE(testing::Message() << "from " << from << ", gap " << gap << ", gradient " << gradient);
        // A float's precision of what the weight was and of how far it moved.
        const double scale = std::abs(start.weight) + std::abs(expected.weight - start.weight);
        ASSERT_NEAR(actual.weight, expected.weight, 5e-7 * scale);
        // A span's factors are floats.
        const double tolerance = 1e-7 * count.spans;
        ASSERT_NEAR(actual.exp_avg, expected.exp_avg, tolerance * std::abs(expected.exp_avg) + 1e-37);
        ASSERT_NEAR(actual.exp_avg_sq, expected.exp_avg_sq, tolerance * expected.exp_avg_sq + 1e-37);
      }
    }
  }
}

TEST_P(AdamIdleCoefficientsTest, LaterStepsChangeNothingForEarlierOnes) {
  std::vector<AdamIdleStep> steps;
  const AdamIdleCoefficients early = Make(GetParam(), 300, &steps);
  steps.clear();
  const AdamIdleCoefficients late = Make(GetParam(), 900, &steps);
  Count early_count;
  Count late_count;
  const Element start = {0.5, 0.3, 0.2};
  const Element a = Summed(early, 20, 290, start, &early_count);
  const Element b = Summed(late, 20, 290, start, &late_count);
  EXPECT_EQ(a.weight, b.weight);
  EXPECT_EQ(a.exp_avg, b.exp_avg);
  EXPECT_EQ(a.exp_avg_sq, b.exp_avg_sq);
  EXPECT_EQ(early_count.terms, late_count.terms);
}

INSTANTIATE_TEST_SUITE_P(All, AdamIdleCoefficientsTest, ::testing::ValuesIn(Settings()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(AdamIdleCoefficientsTermsTest, NegligibleTermsAreLeftOut) {
  std::vector<AdamIdleStep> steps;
  const AdamIdleCoefficients coefficients = Make(Settings()[0], 3000, &steps);
  Count count;
  Summed(coefficients, 1000, 3000, {0.5, 0.3, 0.2}, &count);
  // 0.9^k falls below 2^-25 / 10 at k = 186.
  EXPECT_GT(count.terms, 160);
  EXPECT_LT(count.terms, 220);
}

}  // namespace
}  // namespace shoal
