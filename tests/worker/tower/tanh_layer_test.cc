#include "worker/tower/tanh_layer.h"

#include <cmath>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/tower/layer_checks.h"
#include "tests/worker/tower/tower_problem.h"

namespace shoal {
namespace {

TEST(TanhLayerTest, AgreesWithPyTorch) { ExpectAgreesWithPyTorch("tanh"); }

TEST(TanhLayerTest, GradientsAgreeWithDifferences) {
  ExpectGradientsAgreeWithDifferences({"tanh {}"}, 3);
  ExpectGradientsAgreeWithDifferences({"tanh {}"}, 50);
}

TEST(TanhLayerTest, EveryInstructionSetGivesTheSameBits) {
  ExpectSameBitsOnEveryInstructionSet({"tanh {}"}, 3);
  ExpectSameBitsOnEveryInstructionSet({"tanh {}"}, 50);
}

TEST(TanhLayerTest, NanIsNotHidden) {
  TowerProblem problem({"tanh {}"}, 40, 2, 1);
  problem.input.data()[3] = std::numeric_limits<float>::quiet_NaN();
  problem.input.data()[39] = std::numeric_limits<float>::quiet_NaN();
  const ConstMatrixView output = problem.Forward();
  EXPECT_TRUE(std::isnan(output.data[3]));
  EXPECT_TRUE(std::isnan(output.data[39]));
}

TEST(TanhLayerTest, LargeAndSmallNumbersKeepTheirPrecision) {
  TowerProblem problem({"tanh {}"}, 6, 1, 1);
  problem.input.Set({-1e30F, 20.0F, -9.5F, 1e-4F, -1e-20F, 0.0F});
  const ConstMatrixView output = problem.Forward();
  for (int i = 0; i < 6; ++i) {
    const double expected = std::tanh(static_cast<double>(problem.input.data()[i]));
    EXPECT_NEAR(output.data[i], expected, 1e-6 * std::fabs(expected));
  }
}

}  // namespace
}  // namespace shoal
