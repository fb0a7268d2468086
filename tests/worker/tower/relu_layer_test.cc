#include "worker/tower/relu_layer.h"

#include <cmath>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/tower/layer_checks.h"
#include "tests/worker/tower/tower_problem.h"

namespace shoal {
namespace {

TEST(ReluLayerTest, AgreesWithPyTorch) { ExpectAgreesWithPyTorch("relu"); }

TEST(ReluLayerTest, GradientsAgreeWithDifferences) {
  ExpectGradientsAgreeWithDifferences({"relu {}"}, 3);
  ExpectGradientsAgreeWithDifferences({"relu {}"}, 50);
}

TEST(ReluLayerTest, EveryInstructionSetGivesTheSameBits) {
  ExpectSameBitsOnEveryInstructionSet({"relu {}"}, 3);
  ExpectSameBitsOnEveryInstructionSet({"relu {}"}, 50);
}

TEST(ReluLayerTest, NanIsNotHidden) {
  TowerProblem problem({"relu {}"}, 40, 2, 1);
  problem.input.data()[3] = std::numeric_limits<float>::quiet_NaN();
  problem.input.data()[39] = std::numeric_limits<float>::quiet_NaN();
  const ConstMatrixView output = problem.Forward();
  EXPECT_TRUE(std::isnan(output.data[3]));
  EXPECT_TRUE(std::isnan(output.data[39]));
}

}  // namespace
}  // namespace shoal
