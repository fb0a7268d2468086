#include "tests/worker/tower/layer_checks.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/common/simd/instruction_sets.h"
#include "tests/worker/tower/double_tower.h"
#include "tests/worker/tower/tower_problem.h"

namespace shoal {
namespace {

using nlohmann::json;

constexpr uint64_t kSeed = 5;
constexpr int kExamples = 6;

double LargestMagnitude(const std::vector<double>& values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::fabs(value));
  return largest;
}

std::vector<float> ToVector(ConstMatrixView matrix) { return {matrix.data, matrix.data + matrix.size()}; }

// Output, gradient of the input, and those of the parameters.
std::vector<std::vector<float>> RunOnce(TowerProblem* problem) {
  std::vector<std::vector<float>> results;
  results.push_back(ToVector(problem->Forward()));
  results.push_back(ToVector(problem->tower->Backward(problem->output_gradient, /*want_input_gradient=*/true)));
  const std::vector<SavedParameter> parameters = problem->parameters->Save();
  for (size_t i = 0; i < parameters.size(); ++i) {
    const float* const gradient = problem->parameters->Ref(static_cast<int>(i)).gradient;
    results.emplace_back(gradient, gradient + parameters[i].values.size());
  }
  return results;
}

// The same tower in double precision.
struct DoubleProblem {
  DoubleProblem(const std::vector<std::string>& texts, const TowerProblem& problem)
      : layers(ParseLayers(texts)), context(problem.Context(/*training=*/true)), input(ToDouble(problem.input)) {
    for (const SavedParameter& saved : problem.parameters->Save()) {
      parameters[saved.name].assign(saved.values.begin(), saved.values.end());
    }
    projection = ToDouble(problem.output_gradient).values;
  }

  static DoubleMatrix ToDouble(ConstMatrixView matrix) {
    return {matrix.rows, matrix.cols, {matrix.data, matrix.data + matrix.size()}};
  }

  // The loss whose gradient by the output is the problem's.
  double Loss() const {
    const DoubleMatrix output = ForwardInDouble(layers, parameters, context, input);
    return std::inner_product(output.values.begin(), output.values.end(), projection.begin(), 0.0);
  }

  // Of the loss by each of `numbers`, which are this problem's.
  std::vector<double> Differences(std::vector<double>* numbers) const {
    constexpr double kStep = 1e-5;
    std::vector<double> result;
    for (double& number : *numbers) {
      const double value = number;
      number = value + kStep;
      const double above = Loss();
      number = value - kStep;
      result.push_back((above - Loss()) / (2 * kStep));
      number = value;
    }
    return result;
  }

  google::protobuf::RepeatedPtrField<Layer> layers;
  ForwardContext context;
  DoubleMatrix input;
  DoubleParameters parameters;
  std::vector<double> projection;
};

// Below a hundredth of the largest, the rounding of a sum in single precision shows.
void ExpectWithinDifferences(const std::vector<float>& got, const std::vector<double>& expected,
                             const std::string& what) {
  const double largest = LargestMagnitude(expected);
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(got[i], expected[i], 1e-4 * std::max(std::fabs(expected[i]), 1e-2 * largest))
        << what << ", element " << i << ", seed " << kSeed;
  }
}

json LoadReference() {
  std::ifstream file("tests/reference/tower/tower.json");
  EXPECT_TRUE(file.good()) << "cannot read the reference; run from the repository's root";
  return json::parse(file);
}

void ExpectAgreesWithCase(const json& expected) {
  TowerProblem problem(expected["layers"], expected["in_features"], expected["examples"], kSeed);
  problem.SetParameters(expected["parameters"]);
  problem.input.Set(expected["input"]);
  problem.output_gradient.Set(expected["output_gradient"]);
  const std::vector<std::vector<float>> results = RunOnce(&problem);
  ExpectAgree(results[0], expected["output"], "output");
  ExpectAgree(results[1], expected["input_gradient"], "input gradient");
  const std::vector<SavedParameter> parameters = problem.parameters->Save();
  for (size_t i = 0; i < parameters.size(); ++i) {
    ExpectAgree(results[2 + i], expected["gradients"][parameters[i].name], parameters[i].name);
  }
}

}  // namespace

void ExpectAgree(const std::vector<float>& got, const std::vector<double>& expected, const std::string& what) {
  ASSERT_EQ(got.size(), expected.size()) << what;
  const double largest = LargestMagnitude(expected);
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(got[i], expected[i], 1e-5 * std::max(std::fabs(expected[i]), 0.1 * largest))
        << what << ", element " << i;
  }
}

void ExpectGradientsAgreeWithDifferences(const std::vector<std::string>& layers, int in_features) {
  TowerProblem problem(layers, in_features, kExamples, kSeed);
  DoubleProblem by_definition(layers, problem);
  const std::vector<std::vector<float>> results = RunOnce(&problem);
  ExpectWithinDifferences(results[1], by_definition.Differences(&by_definition.input.values), "input gradient");
  const std::vector<SavedParameter> parameters = problem.parameters->Save();
  for (size_t i = 0; i < parameters.size(); ++i) {
    const std::string& name = parameters[i].name;
    ExpectWithinDifferences(results[2 + i], by_definition.Differences(&by_definition.parameters[name]), name);
  }
}

void ExpectAgreesWithPyTorch(const std::string& kind) {
  const json reference = LoadReference();
  ForEachInstructionSet([&](const InstructionSet& set) {
    int cases = 0;
    for (const json& expected : reference["layers"]) {
      if (expected["kind"] != kind) continue;
      SCOPED_TRACE(absl::StrCat(set.name, ", ", expected["layers"].dump()));
      ExpectAgreesWithCase(expected);
      ++cases;
    }
    EXPECT_GT(cases, 0) << kind;
  });
}

void ExpectSameBitsOnEveryInstructionSet(const std::vector<std::string>& layers, int in_features) {
  std::vector<std::vector<std::vector<float>>> runs;
  ForEachInstructionSet([&](const InstructionSet& set) {
    if (!set.fuses_multiply_add) return;
    TowerProblem problem(layers, in_features, kExamples, kSeed);
    runs.push_back(RunOnce(&problem));
  });
  for (const auto& run : runs) EXPECT_EQ(run, runs[0]) << "seed " << kSeed;
}

}  // namespace shoal
