#include "worker/tower/layer_norm_layer.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/tower/layer_checks.h"
#include "tests/worker/tower/tower_problem.h"

namespace shoal {
namespace {

TEST(LayerNormLayerTest, AgreesWithPyTorch) { ExpectAgreesWithPyTorch("layer_norm"); }

TEST(LayerNormLayerTest, GradientsAgreeWithDifferences) {
  ExpectGradientsAgreeWithDifferences({"layer_norm {}"}, 3);
  ExpectGradientsAgreeWithDifferences({"layer_norm {}"}, 50);
  ExpectGradientsAgreeWithDifferences({"layer_norm { elementwise_affine: false eps: 0.1 }"}, 17);
}

TEST(LayerNormLayerTest, EveryInstructionSetGivesTheSameBits) {
  ExpectSameBitsOnEveryInstructionSet({"layer_norm {}"}, 3);
  ExpectSameBitsOnEveryInstructionSet({"layer_norm {}"}, 50);
  ExpectSameBitsOnEveryInstructionSet({"layer_norm { elementwise_affine: false eps: 0.1 }"}, 17);
}

TEST(LayerNormLayerTest, RowsComeOutWithMeanZeroAndVarianceOneEvenFarFromZero) {
  TowerProblem problem({"layer_norm { elementwise_affine: false }"}, 100, 1, 1);
  for (float& value : problem.input.values()) value += 1000;
  const ConstMatrixView output = problem.Forward();
  double sum = 0;
  double squares = 0;
  for (size_t i = 0; i < output.size(); ++i) {
    sum += output.data[i];
    squares += static_cast<double>(output.data[i]) * output.data[i];
  }
  EXPECT_NEAR(sum / 100, 0, 1e-4);
  EXPECT_NEAR(squares / 100, 1, 1e-4);
}

TEST(LayerNormLayerTest, ARowOfEqualNumbersBecomesTheBias) {
  TowerProblem problem({"layer_norm {}"}, 4, 1, 1);
  problem.input.Set({3, 3, 3, 3});
  problem.SetParameters({{"0.weight", {1, 2, 3, 4}}, {"0.bias", {5, 6, 7, 8}}});
  EXPECT_THAT(std::vector<float>(problem.Forward().data, problem.Forward().data + 4), testing::ElementsAre(5, 6, 7, 8));
}

}  // namespace
}  // namespace shoal
