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

TEST(LinearLayerTest, GradientsAreAddedToWhatIsThere) {
  TowerProblem problem({"linear { out_features: 4 }"}, 3, 5, 1);
  problem.Forward();
  problem.tower->Backward(problem.output_gradient, /*want_input_gradient=*/false);
  const absl::Span<const float> gradients = problem.parameters->gradients();
  const std::vector<float> once(gradients.begin(), gradients.end());
  problem.tower->Backward(problem.output_gradient, /*want_input_gradient=*/false);
  for (size_t i = 0; i < once.size(); ++i) EXPECT_NEAR(gradients[i], 2 * once[i], 1e-5);
  EXPECT_THAT(once, testing::Contains(testing::Ne(0.0F)));
}

}  // namespace
}  // namespace shoal
