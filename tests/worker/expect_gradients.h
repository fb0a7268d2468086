// Comparisons of a model's gradients, with those of other runs and with slopes of its loss.
#ifndef SHOAL_TESTS_WORKER_EXPECT_GRADIENTS_H_
#define SHOAL_TESTS_WORKER_EXPECT_GRADIENTS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "tests/worker/network_problem.h"

namespace shoal {

using NamedValues = std::map<std::string, std::vector<double>>;

// Relative to the number, or to `floor` of the largest of all: below, the rounding of sums shows.
void ExpectNear(const NamedValues& got, const NamedValues& expected, double tolerance, double floor);

using LossOf = absl::FunctionRef<double(const NetworkValues& values)>;

// The gradients of a mean loss in double precision, by central differences.
NamedValues Differences(const NetworkProblem& problem, NamedValues NetworkValues::*part, LossOf loss);

// Loss and gradients of a step of one worker are those of `loss`; no table is without a gradient.
void ExpectGradientsOf(const NetworkProblem& problem, LossOf loss);

}  // namespace shoal

#endif  // SHOAL_TESTS_WORKER_EXPECT_GRADIENTS_H_
