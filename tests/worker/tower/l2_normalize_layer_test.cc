#include "worker/tower/l2_normalize_layer.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/tower/layer_checks.h"
#include "tests/worker/tower/tower_problem.h"

namespace shoal {
namespace {

TEST(L2NormalizeLayerTest, AgreesWithPyTorch) { ExpectAgreesWithPyTorch("l2_normalize"); }

TEST(L2NormalizeLayerTest, GradientsAgreeWithDifferences) {
  ExpectGradientsAgreeWithDifferences({"l2_normalize {}"}, 3);
  ExpectGradientsAgreeWithDifferences({"l2_normalize {}"}, 50);
  ExpectGradientsAgreeWithDifferences({"l2_normalize { eps: 100 }"}, 17);
}

TEST(L2NormalizeLayerTest, EveryInstructionSetGivesTheSameBits) {
  ExpectSameBitsOnEveryInstructionSet({"l2_normalize {}"}, 3);
  ExpectSameBitsOnEveryInstructionSet({"l2_normalize {}"}, 50);
  ExpectSameBitsOnEveryInstructionSet({"l2_normalize { eps: 100 }"}, 17);
}

TEST(L2NormalizeLayerTest, ARowOfZerosStaysAndItsGradientIsThatOfADivisionByEps) {
  TowerProblem problem({"l2_normalize { eps: 0.5 }"}, 2, 1, 1);
  problem.input.Set({0, 0});
  problem.output_gradient.Set({3, -1});
  const ConstMatrixView output = problem.Forward();
  EXPECT_EQ(output.data[0], 0);
  EXPECT_EQ(output.data[1], 0);
  const ConstMatrixView gradient = problem.tower->Backward(problem.output_gradient, /*want_input_gradient=*/true);
  EXPECT_EQ(gradient.data[0], 6);
  EXPECT_EQ(gradient.data[1], -2);
}

}  // namespace
}  // namespace shoal
