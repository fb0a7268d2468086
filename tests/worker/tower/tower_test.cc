#include "worker/tower/tower.h"

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/worker/tower/layer_checks.h"
#include "tests/worker/tower/tower_problem.h"

namespace shoal {
namespace {

using ::nlohmann::json;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<std::string>& MixedLayers() {
  static const auto* const layers = new std::vector<std::string>{
      "linear { out_features: 18 }",
      "tanh {}",
      "linear { out_features: 7 }",
      "dropout { p: 0.4 }",
      "layer_norm {}",
      "prelu {}",
      "linear { out_features: 9 }",
      "relu {}",
      "l2_normalize {}",
      "dropout {}",
      "linear { out_features: 3 }",
  };
  return *layers;
}

std::vector<float> ToVector(ConstMatrixView matrix) { return {matrix.data, matrix.data + matrix.size()}; }
std::vector<float> FloatsOf(absl::Span<const float> floats) { return {floats.begin(), floats.end()}; }

TEST(TowerTest, ParametersAreNamedAsInSequential) {
  const auto tower = Tower::Create(ParseLayers(MixedLayers()), 5).value();
  std::vector<std::string> names;
  for (const ParameterSpec& spec : tower->parameters()) names.push_back(spec.name);
  EXPECT_THAT(names, ElementsAre("0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias", "5.weight",
                                 "6.weight", "6.bias", "10.weight", "10.bias"));
  EXPECT_EQ(tower->in_features(), 5);
  EXPECT_EQ(tower->out_features(), 3);
}

// Every pair of neighbours: which of them write over the output of the one before must not show.
TEST(TowerTest, GradientsOfAllPairsOfLayersAgreeWithDifferences) {
  const std::vector<std::string> layers = {
      "linear { out_features: 5 }", "relu {}", "prelu {}", "tanh {}", "dropout { p: 0.2 }", "layer_norm {}",
      "l2_normalize { eps: 0.1 }"};
  for (const std::string& first : layers) {
    for (const std::string& second : layers) {
      SCOPED_TRACE(first + " " + second);
      ExpectGradientsAgreeWithDifferences({first, second}, 5);
    }
  }
}

TEST(TowerTest, GradientsOfLongerSequencesAgreeWithDifferences) {
  ExpectGradientsAgreeWithDifferences({"layer_norm {}", "dropout { p: 0.2 }", "tanh {}", "dropout { p: 0.2 }"}, 6);
  ExpectGradientsAgreeWithDifferences(
      {"linear { out_features: 6 }", "tanh {}", "linear { out_features: 4 }", "l2_normalize {}"}, 3);
}

TEST(TowerTest, TheInputGradientIsLeftOutWhereNobodyWantsIt) {
  TowerProblem problem(MixedLayers(), 5, 20, 1);
  problem.Forward();
  EXPECT_EQ(problem.tower->Backward(problem.output_gradient, /*want_input_gradient=*/true).size(), 100u);
  const std::vector<float> gradients = FloatsOf(problem.parameters->gradients());
  EXPECT_EQ(problem.tower->Backward(problem.output_gradient, /*want_input_gradient=*/false).data, nullptr);
  EXPECT_EQ(FloatsOf(problem.parameters->gradients()), gradients);
}

TEST(TowerTest, LayersInFrontOfTheFirstParametersDoNotNeedTheInputGradient) {
  TowerProblem problem({"l2_normalize {}", "dropout {}", "linear { out_features: 2 }", "relu {}"}, 5, 20, 1);
  problem.Forward();
  problem.tower->Backward(problem.output_gradient, /*want_input_gradient=*/false);
  const std::vector<float> without = FloatsOf(problem.parameters->gradients());
  problem.tower->Backward(problem.output_gradient, /*want_input_gradient=*/true);
  EXPECT_EQ(FloatsOf(problem.parameters->gradients()), without);
}

TEST(TowerTest, ABatchDoesNotSeeTheOnesBefore) {
  TowerProblem fresh(MixedLayers(), 5, 8, 1);
  TowerProblem used(MixedLayers(), 5, 8, 1);
  const Matrix larger = RandomMatrix(30, 5, 2);
  const std::vector<int64_t> positions(30, 0);
  used.tower->Forward({true, 1, 1, positions}, larger);
  used.tower->Backward(RandomMatrix(30, 3, 3), /*want_input_gradient=*/true);
  EXPECT_EQ(ToVector(used.Forward()), ToVector(fresh.Forward()));
  EXPECT_EQ(ToVector(used.tower->Backward(used.output_gradient, true)),
            ToVector(fresh.tower->Backward(fresh.output_gradient, true)));
  EXPECT_EQ(FloatsOf(used.parameters->gradients()), FloatsOf(fresh.parameters->gradients()));
}

// Where later layers write over the outputs of earlier ones must not show.
TEST(TowerTest, TheFirstLayersAreATowerOfTheirOwn) {
  TowerProblem whole(MixedLayers(), 5, 8, 1);
  std::map<std::string, std::vector<float>> values;
  for (const SavedParameter& parameter : whole.parameters->Save()) {
    values[parameter.name].assign(parameter.values.begin(), parameter.values.end());
  }
  ASSERT_EQ(whole.tower->num_layers(), static_cast<int>(MixedLayers().size()));
  for (int layers = 0; layers <= whole.tower->num_layers(); ++layers) {
    TowerProblem part({MixedLayers().begin(), MixedLayers().begin() + layers}, 5, 8, 1);
    part.SetParameters(values);
    whole.Forward();
    const ConstMatrixView output = whole.tower->ForwardLayers(whole.Context(/*training=*/false), whole.input, layers);
    EXPECT_EQ(output.cols, part.tower->out_features());
    EXPECT_EQ(ToVector(output), ToVector(part.Forward(/*training=*/false))) << layers << " layers";
  }
}

TEST(TowerTest, PartsOfABatchAddUpToItsGradient) {
  TowerProblem whole(MixedLayers(), 5, 8, 1);
  TowerProblem parts(MixedLayers(), 5, 8, 1);
  whole.Forward();
  whole.tower->Backward(whole.output_gradient, /*want_input_gradient=*/false);
  const ConstMatrixView input = parts.input;
  const ConstMatrixView gradient = parts.output_gradient;
  std::vector<float> sums(parts.parameters->gradients().size());
  for (const auto& [begin, count] : {std::pair(0, 3), std::pair(3, 5)}) {
    const auto positions = absl::MakeConstSpan(parts.positions).subspan(begin, count);
    parts.tower->Forward({true, 1, 1, positions}, {input.row(begin), count, input.cols});
    parts.tower->Backward({gradient.row(begin), count, gradient.cols}, /*want_input_gradient=*/false);
    for (size_t i = 0; i < sums.size(); ++i) sums[i] += parts.parameters->gradients()[i];
  }
  EXPECT_THAT(sums, testing::Pointwise(testing::FloatNear(1e-5F), FloatsOf(whole.parameters->gradients())));
}

TEST(TowerTest, TheGradientOfAnEmptyBatchIsZero) {
  TowerProblem problem(MixedLayers(), 5, 0, 1);
  EXPECT_EQ(problem.Forward().rows, 0);
  problem.parameters->Ref(0).gradient[0] = 1;
  problem.tower->Backward(problem.output_gradient, /*want_input_gradient=*/true);
  EXPECT_THAT(problem.parameters->gradients(), Each(0.0F));
}

TEST(TowerTest, WithoutLayersTheOutputIsTheInput) {
  TowerProblem problem({}, 5, 4, 1);
  EXPECT_EQ(ToVector(problem.Forward()), ToVector(problem.input));
  EXPECT_EQ(ToVector(problem.tower->Backward(problem.output_gradient, /*want_input_gradient=*/true)),
            ToVector(problem.output_gradient));
}

TEST(TowerTest, ALayerOfNoKindIsAnError) {
  EXPECT_THAT(Tower::Create(ParseLayers({"relu {}", ""}), 5).status().message(), HasSubstr("layer 1"));
}

// ---- PyTorch -------------------------------------------------------------------------------------------------------

// The mean over the examples of |output - target|^2, and its gradient.
double Loss(ConstMatrixView output, const std::vector<float>& targets, Matrix* gradient) {
  double sum = 0;
  for (size_t i = 0; i < output.size(); ++i) {
    const float error = output.data[i] - targets[i];
    sum += static_cast<double>(error) * error;
    gradient->data()[i] = 2 * error / static_cast<float>(output.rows);
  }
  return sum / static_cast<double>(output.rows);
}

TEST(TowerTest, TenTrainingStepsAgreeWithPyTorch) {
  std::ifstream file("tests/reference/tower/tower.json");
  ASSERT_TRUE(file.good());
  const json reference = json::parse(file);
  ASSERT_GE(reference["training"].size(), 2u);
  for (const json& expected : reference["training"]) {
    SCOPED_TRACE(expected["optimizer"].get<std::string>());
    TowerProblem problem(expected["layers"], expected["in_features"], expected["examples"], /*seed=*/1,
                         expected["optimizer"], expected["learning_rate"]);
    problem.SetParameters(expected["parameters"]);
    problem.input.Set(expected["input"]);
    ASSERT_EQ(expected["losses"].size(), 10u);
    for (int step = 1; step <= 10; ++step) {
      const double loss = Loss(problem.Forward(), expected["targets"], &problem.output_gradient);
      EXPECT_NEAR(loss / expected["losses"][step - 1].get<double>(), 1, 1e-5) << "step " << step;
      problem.tower->Backward(problem.output_gradient, /*want_input_gradient=*/false);
      problem.parameters->ApplyGradients(step);
    }
    for (const SavedParameter& parameter : problem.parameters->Save()) {
      ExpectAgree(FloatsOf(parameter.values), expected["parameters_after"][parameter.name], parameter.name);
    }
  }
}

}  // namespace
}  // namespace shoal
