// Gradients against differences of a reference loss in double precision.
#ifndef SHOAL_TESTS_WORKER_LOSSES_EXPECT_SLOPES_H_
#define SHOAL_TESTS_WORKER_LOSSES_EXPECT_SLOPES_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "gtest/gtest.h"

namespace shoal {

// Expects gradients[v][i] to be the slope of loss(values) along values[v][i], to 1e-4 relative, with a floor at a
// hundredth of the largest of gradients[v].
template <class Loss>
void ExpectSlopes(const std::vector<std::vector<float>>& gradients, std::vector<std::vector<double>> values,
                  const Loss& loss) {
  constexpr double kStep = 1e-6;
  ASSERT_EQ(gradients.size(), values.size());
  for (size_t v = 0; v < values.size(); ++v) {
    double largest = 0;
    for (const float gradient : gradients[v]) largest = std::max<double>(largest, std::fabs(gradient));
    for (size_t i = 0; i < values[v].size(); ++i) {
      const double value = values[v][i];
      values[v][i] = value + kStep;
      const double above = loss(values);
      values[v][i] = value - kStep;
      const double below = loss(values);
      values[v][i] = value;
      const double slope = (above - below) / (2 * kStep);
      EXPECT_NEAR(gradients[v][i], slope, 1e-4 * std::max(std::fabs(slope), 1e-2 * largest)) << v << ", " << i;
    }
  }
}

}  // namespace shoal

#endif  // SHOAL_TESTS_WORKER_LOSSES_EXPECT_SLOPES_H_
