#include "worker/tower/linear_layer.h"

#include <algorithm>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/tower/layer_checks.h"
#include "tests/worker/tower/tower_problem.h"

namespace shoal {
namespace {

TEST(LinearLayerTest, AgreesWithPyTorch) { ExpectAgreesWithPyTorch("linear"); }

TEST(LinearLayerTest, GradientsAgreeWithDifferences) {
  ExpectGradientsAgreeWithDifferences({"linear { out_features: 1 }"}, 1);
  ExpectGradientsAgreeWithDifferences({"linear { out_features: 18 }"}, 5);
  ExpectGradientsAgreeWithDifferences({"linear { out_features: 2 bias: false }"}, 33);
}

TEST(LinearLayerTest, EveryInstructionSetGivesTheSameBits) {
  ExpectSameBitsOnEveryInstructionSet({"linear { out_features: 1 }"}, 1);
  ExpectSameBitsOnEveryInstructionSet({"linear { out_features: 18 }"}, 5);
  ExpectSameBitsOnEveryInstructionSet({"linear { out_features: 2 bias: false }"}, 33);
}

TEST(LinearLayerTest, ParametersStartAsTorchsDo) {
  const TowerProblem problem({"linear { out_features: 100 }"}, 64, 1, 1);
  const std::vector<SavedParameter> parameters = problem.parameters->Save();
  ASSERT_EQ(parameters.size(), 2u);
  EXPECT_THAT(parameters[0].shape, testing::ElementsAre(100, 64));
  EXPECT_THAT(parameters[1].shape, testing::ElementsAre(100));
  // Uniform in +-1/8: of 6400 values the largest is within 1% of the bound but for one seed in 10^27.
  for (const SavedParameter& parameter : parameters) EXPECT_THAT(parameter.values, testing::Each(testing::Lt(0.125F)));
  EXPECT_GT(*std::max_element(parameters[0].values.begin(), parameters[0].values.end()), 0.99F * 0.125F);
  EXPECT_LT(*std::min_element(parameters[0].values.begin(), parameters[0].values.end()), -0.99F * 0.125F);
}

// The tower's output and the gradient of its first weight.
std::vector<std::vector<float>> RunWithBackground(TowerProblem* problem, absl::optional<float> background) {
  ForwardContext context = problem->Context(/*training=*/true);
  context.background = background;
  const ConstMatrixView output = problem->tower->Forward(context, problem->input);
  problem->tower->Backward(problem->output_gradient, /*want_input_gradient=*/false);
  const float* const gradient = problem->parameters->Ref(0).gradient;
  return {{output.data, output.data + output.size()}, {gradient, gradient + 128 * problem->input.view().cols}};
}

TEST(LinearLayerTest, ABackgroundChangesNothingButRounding) {
  constexpr float kBackground = -0.5F;
  TowerProblem problem({"linear { out_features: 128 }", "relu {}", "linear { out_features: 128 }"}, 90, 50, 7);
  for (size_t i = 0; i < problem.input.size(); ++i) {
    if (i % 5 != 0) problem.input.values()[i] = kBackground;
  }
  const std::vector<std::vector<float>> dense = RunWithBackground(&problem, absl::nullopt);
  const std::vector<std::vector<float>> sparse = RunWithBackground(&problem, kBackground);
  for (size_t part = 0; part < dense.size(); ++part) {
    EXPECT_THAT(sparse[part], testing::Pointwise(testing::FloatNear(1e-4F), dense[part]));
    EXPECT_NE(sparse[part], dense[part]) << "no products were skipped";
  }
  EXPECT_EQ(RunWithBackground(&problem, absl::nullopt), dense);
}

TEST(LinearLayerTest, GradientsReplaceWhatWasThere) {
  TowerProblem problem({"linear { out_features: 4 }"}, 3, 5, 1);
  problem.Forward();
  problem.tower->Backward(problem.output_gradient, /*want_input_gradient=*/false);
  const absl::Span<const float> gradients = problem.parameters->gradients();
  const std::vector<float> once(gradients.begin(), gradients.end());
  problem.tower->Backward(problem.output_gradient, /*want_input_gradient=*/false);
  EXPECT_EQ(gradients, absl::MakeConstSpan(once));
  EXPECT_THAT(once, testing::Contains(testing::Ne(0.0F)));
}

}  // namespace
}  // namespace shoal
