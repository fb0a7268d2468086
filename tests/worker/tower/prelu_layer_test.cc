#include "worker/tower/prelu_layer.h"

#include <cmath>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/tower/layer_checks.h"
#include "tests/worker/tower/tower_problem.h"

namespace shoal {
namespace {

TEST(PreluLayerTest, AgreesWithPyTorch) { ExpectAgreesWithPyTorch("prelu"); }

TEST(PreluLayerTest, GradientsAgreeWithDifferences) {
  ExpectGradientsAgreeWithDifferences({"prelu {}"}, 3);
  ExpectGradientsAgreeWithDifferences({"prelu {}"}, 50);
  ExpectGradientsAgreeWithDifferences({"prelu { num_parameters: 50 init: -0.5 }"}, 50);
}

TEST(PreluLayerTest, EveryInstructionSetGivesTheSameBits) {
  ExpectSameBitsOnEveryInstructionSet({"prelu {}"}, 3);
  ExpectSameBitsOnEveryInstructionSet({"prelu {}"}, 50);
  ExpectSameBitsOnEveryInstructionSet({"prelu { num_parameters: 50 init: -0.5 }"}, 50);
}

TEST(PreluLayerTest, NanIsNotHidden) {
  TowerProblem problem({"prelu {}"}, 40, 2, 1);
  problem.input.data()[3] = std::numeric_limits<float>::quiet_NaN();
  problem.input.data()[39] = std::numeric_limits<float>::quiet_NaN();
  const ConstMatrixView output = problem.Forward();
  EXPECT_TRUE(std::isnan(output.data[3]));
  EXPECT_TRUE(std::isnan(output.data[39]));
}

TEST(PreluLayerTest, WeightsStartAtInit) {
  const TowerProblem problem({"prelu { num_parameters: 3 init: 0.5 }"}, 3, 1, 1);
  EXPECT_THAT(problem.parameters->Save()[0].values, testing::ElementsAre(0.5F, 0.5F, 0.5F));
}

}  // namespace
}  // namespace shoal
