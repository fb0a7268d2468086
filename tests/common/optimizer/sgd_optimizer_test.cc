#include "common/optimizer/sgd_optimizer.h"

#include <cmath>
#include <fstream>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/common/optimizer/optimizer_table.h"
#include "tests/common/optimizer/reference_cases.h"

namespace shoal {
namespace {

using ::testing::FloatNear;
using ::testing::Pointwise;

class SgdReferenceTest : public ::testing::TestWithParam<ReferenceCase> {};

TEST_P(SgdReferenceTest, WeightsAgreeOverAHundredSteps) { ExpectAgreesWithReference(GetParam()); }

TEST_P(SgdReferenceTest, InstructionSetsGiveTheSameBits) { ExpectSameBitsOnEveryInstructionSet(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Torch, SgdReferenceTest, ::testing::ValuesIn(LoadReferenceCases("sgd")), ReferenceCaseName);

// Two rows that their Euclidean distance pulls together; numbers of a published article, which prints four digits.
class SgdWorkedExampleTest : public ::testing::TestWithParam<RowSemantics> {
 protected:
  SgdWorkedExampleTest()
      : table_({.dim = 5,
                .optimizer = "sgd { momentum: 0.9 }",
                .schedule = "",
                .row_semantics = GetParam(),
                .learning_rate = 0.1},
               {{0.3367f, 0.1288f, 0.2345f, 0.2303f, -1.1229f}, {-0.1863f, 2.2082f, -0.6380f, 0.4617f, 0.2674f}}) {}

  double Loss() const {
    double squares = 0;
    for (int i = 0; i < 5; ++i) squares += std::pow(table_.row(0)[i] - table_.row(1)[i], 2);
    return std::sqrt(squares);
  }

  // Gradient of row 0; row 1's is its negative.
  std::vector<float> Gradient() const {
    std::vector<float> gradient(5);
    for (int i = 0; i < 5; ++i) gradient[i] = static_cast<float>((table_.row(0)[i] - table_.row(1)[i]) / Loss());
    return gradient;
  }

  void Step(int64_t step) {
    const std::vector<float> gradient = Gradient();
    std::vector<float> negative = gradient;
    for (float& value : negative) value = -value;
    table_.Step(step, {{0, gradient}, {1, negative}});
  }

  OptimizerTable table_;
};

TEST_P(SgdWorkedExampleTest, TheFirstStepIsAsPrinted) {
  EXPECT_NEAR(Loss(), 2.7101, 1e-4);  // 2.71020 cut, not rounded.
  EXPECT_THAT(Gradient(), Pointwise(FloatNear(1e-4f), {0.1930f, -0.7673f, 0.3219f, -0.0854f, -0.5130f}));
  Step(1);
  EXPECT_THAT(table_.WeightsAt(0, 1), Pointwise(FloatNear(1e-4f), {0.3174f, 0.2055f, 0.2023f, 0.2389f, -1.0716f}));
}

TEST_P(SgdWorkedExampleTest, TenStepsAgreeWithTorch) {
  std::ifstream file("tests/reference/optimizers/worked_example.json");
  const nlohmann::json reference = nlohmann::json::parse(file);
  ASSERT_EQ(reference["steps"].size(), 10u);
  int64_t step = 0;
  for (const nlohmann::json& expected : reference["steps"]) {
    EXPECT_NEAR(Loss(), expected["loss"], 3e-6);
    Step(++step);
    for (int row = 0; row < 2; ++row) {
      const auto weights = expected["weights"][row].get<std::vector<double>>();
      EXPECT_LE(LargestDifference(table_.WeightsAt(row, step), weights), 1e-6 * table_.largest_weight(row))
          << "step " << step << ", row " << row;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Semantics, SgdWorkedExampleTest, ::testing::Values(LAZY, DENSE_EQUIVALENT),
                         [](const auto& info) { return RowSemantics_Name(info.param); });

}  // namespace
}  // namespace shoal
