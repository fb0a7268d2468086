#include "tests/worker/expect_gradients.h"

#include <algorithm>
#include <cmath>

#include "gtest/gtest.h"

namespace shoal {
namespace {

double Largest(const std::vector<double>& values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::fabs(value));
  return largest;
}

}  // namespace

void ExpectNear(const NamedValues& got, const NamedValues& expected, double tolerance, double floor) {
  ASSERT_EQ(got.size(), expected.size());
  double smallest = 0;
  for (const auto& [name, numbers] : expected) smallest = std::max(smallest, floor * Largest(numbers));
  for (const auto& [name, numbers] : expected) {
    const std::vector<double>& ours = got.at(name);
    ASSERT_EQ(ours.size(), numbers.size()) << name;
    for (size_t i = 0; i < numbers.size(); ++i) {
      EXPECT_NEAR(ours[i], numbers[i], tolerance * std::max(std::fabs(numbers[i]), smallest))
          << name << ", element " << i;
    }
  }
}

NamedValues Differences(const NetworkProblem& problem, NamedValues NetworkValues::*part, LossOf loss) {
  constexpr double kStep = 1e-5;
  NetworkValues values = problem.values();
  NamedValues result;
  for (auto& [name, numbers] : values.*part) {
    for (double& number : numbers) {
      const double value = number;
      number = value + kStep;
      const double above = loss(values);
      number = value - kStep;
      result[name].push_back((above - loss(values)) / (2 * kStep));
      number = value;
    }
  }
  return result;
}

void ExpectGradientsOf(const NetworkProblem& problem, LossOf loss) {
  const NetworkResult result = problem.Train();
  const double expected = loss(problem.values());
  EXPECT_GT(expected, 0);
  EXPECT_NEAR(result.sums.loss() / result.sums.loss_weight() / expected, 1, 1e-5);
  ExpectNear(result.gradients.tables, Differences(problem, &NetworkValues::tables, loss), 1e-4, 1e-2);
  ExpectNear(result.gradients.dense, Differences(problem, &NetworkValues::dense, loss), 1e-4, 1e-2);
  for (const auto& [name, numbers] : result.gradients.tables) EXPECT_GT(Largest(numbers), 0) << name;
}

}  // namespace shoal
