#include "worker/matrix_factorization_kernels.h"

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hwy/targets.h"
#include "tests/worker/matrix_factorization_problem.h"

namespace shoal {
namespace {

using ::testing::Each;
using Shape = MatrixFactorizationProblem::Shape;

constexpr uint64_t kSeed = 17;

std::vector<std::vector<float>> Gradients(MatrixFactorizationProblem* problem) {
  std::vector<std::vector<float>> gradients;
  for (RowBlock* block : problem->blocks()) gradients.push_back(block->gradients());
  return gradients;
}

class MatrixFactorizationKernelsTest : public testing::TestWithParam<Shape> {};

// Dimensions below, at and beyond one vector, with and without padding; examples below, at and beyond one block.
INSTANTIATE_TEST_SUITE_P(Shapes, MatrixFactorizationKernelsTest,
                         testing::Values(Shape{3, 4, 1, 1, false, false}, Shape{5, 6, 31, 7, true, false},
                                         Shape{5, 6, 32, 15, false, true}, Shape{9, 7, 33, 16, true, true},
                                         Shape{20, 30, 100, 50, false, false}, Shape{20, 30, 100, 50, true, true},
                                         Shape{8, 8, 64, 200, true, false}));

TEST_P(MatrixFactorizationKernelsTest, ErrorsAgreeWithTheDefinition) {
  MatrixFactorizationProblem problem(GetParam(), kSeed);
  const ErrorSums errors = MatrixFactorizationForward(problem.batch);
  const double expected = ReferenceMeanSquare(&problem, DoubleRows(&problem));
  EXPECT_NEAR(errors.squared / problem.batch.num_examples, expected, 1e-6 * expected) << "seed " << kSeed;
  EXPECT_GT(errors.absolute, 0);
}

TEST_P(MatrixFactorizationKernelsTest, PredictionsAreWhatErrorsAreMeasuredFrom) {
  MatrixFactorizationProblem problem(GetParam(), kSeed);
  const float* const targets = std::exchange(problem.batch.targets, nullptr);
  std::vector<float> predictions(static_cast<size_t>(problem.batch.num_examples));
  MatrixFactorizationPredict(problem.batch, predictions.data());
  problem.batch.targets = targets;
  ErrorSums errors;
  for (size_t i = 0; i < predictions.size(); ++i) {
    const double error = predictions[i] - targets[i];
    errors.squared += error * error;
    errors.absolute += std::fabs(error);
  }
  const ErrorSums expected = MatrixFactorizationForward(problem.batch);
  EXPECT_EQ(errors.squared, expected.squared) << "seed " << kSeed;
  EXPECT_EQ(errors.absolute, expected.absolute);
}

TEST_P(MatrixFactorizationKernelsTest, GradientsAgreeWithFiniteDifferences) {
  MatrixFactorizationProblem problem(GetParam(), kSeed);
  MatrixFactorizationForwardBackward(problem.batch);
  std::vector<std::vector<double>> rows = DoubleRows(&problem);
  const std::vector<std::vector<float>> gradients = Gradients(&problem);
  const double h = 1e-4;
  for (size_t block = 0; block < rows.size(); ++block) {
    // Below this, rounding of the sum in single precision shows.
    double largest = 0;
    for (const float gradient : gradients[block]) largest = std::max<double>(largest, std::fabs(gradient));
    for (size_t i = 0; i < rows[block].size(); ++i) {
      const double value = rows[block][i];
      rows[block][i] = value + h;
      const double above = ReferenceMeanSquare(&problem, rows);
      rows[block][i] = value - h;
      const double below = ReferenceMeanSquare(&problem, rows);
      rows[block][i] = value;
      const double expected = (above - below) / (2 * h);
      EXPECT_NEAR(gradients[block][i], expected, 1e-4 * std::max(std::fabs(expected), 1e-2 * largest))
          << "block " << block << ", element " << i << ", seed " << kSeed;
    }
  }
}

TEST_P(MatrixFactorizationKernelsTest, ForwardAndForwardBackwardReportTheSameBits) {
  MatrixFactorizationProblem problem(GetParam(), kSeed);
  const ErrorSums forward = MatrixFactorizationForward(problem.batch);
  for (RowBlock* block : problem.blocks()) EXPECT_THAT(block->gradients(), Each(0.0F));
  const ErrorSums both = MatrixFactorizationForwardBackward(problem.batch);
  EXPECT_EQ(forward.squared, both.squared);
  EXPECT_EQ(forward.absolute, both.absolute);
}

struct Result {
  ErrorSums errors;
  std::vector<std::vector<float>> gradients;
};

Result RunOn(int64_t targets, const Shape& shape) {
  MatrixFactorizationProblem problem(shape, kSeed);
  hwy::SetSupportedTargetsForTest(targets);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  Result result;
  result.errors = MatrixFactorizationForwardBackward(problem.batch);
  result.gradients = Gradients(&problem);
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().DeInit();
  return result;
}

TEST_P(MatrixFactorizationKernelsTest, Avx2AndAvx512GiveTheSameBits) {
#if HWY_ARCH_X86
  if ((hwy::SupportedTargets() & HWY_AVX3) == 0) GTEST_SKIP() << "this machine has no AVX-512";
  const Result avx2 = RunOn(HWY_AVX2, GetParam());
  const Result avx512 = RunOn(HWY_AVX3, GetParam());
  EXPECT_EQ(avx2.errors.squared, avx512.errors.squared);
  EXPECT_EQ(avx2.errors.absolute, avx512.errors.absolute);
  EXPECT_EQ(avx2.gradients, avx512.gradients);
#else
  GTEST_SKIP() << "not an x86 machine";
#endif
}

TEST_P(MatrixFactorizationKernelsTest, TheBaselineAgreesToRounding) {
  const Result best = RunOn(0, GetParam());
  const Result baseline = RunOn(HWY_STATIC_TARGET, GetParam());
  EXPECT_NEAR(best.errors.squared, baseline.errors.squared, 1e-6 * best.errors.squared);
  for (size_t block = 0; block < best.gradients.size(); ++block) {
    EXPECT_THAT(best.gradients[block], testing::Pointwise(testing::FloatNear(1e-5F), baseline.gradients[block]));
  }
}

TEST(MatrixFactorizationKernelsTest, AnEmptyBatchChangesNothing) {
  MatrixFactorizationProblem problem(Shape{.num_examples = 10, .biases = true}, kSeed);
  problem.batch.num_examples = 0;
  const ErrorSums errors = MatrixFactorizationForwardBackward(problem.batch);
  EXPECT_EQ(errors.squared, 0);
  EXPECT_EQ(errors.absolute, 0);
  for (RowBlock* block : problem.blocks()) EXPECT_THAT(block->gradients(), Each(0.0F));
}

TEST(MatrixFactorizationKernelsTest, GradientsAreAddedToWhatIsThere) {
  MatrixFactorizationProblem problem(Shape{.biases = true, .range = true}, kSeed);
  MatrixFactorizationForwardBackward(problem.batch);
  const std::vector<std::vector<float>> once = Gradients(&problem);
  MatrixFactorizationForwardBackward(problem.batch);
  const std::vector<std::vector<float>> twice = Gradients(&problem);
  for (size_t block = 0; block < once.size(); ++block) {
    for (size_t i = 0; i < once[block].size(); ++i) EXPECT_NEAR(twice[block][i], 2 * once[block][i], 1e-6);
  }
}

TEST(MatrixFactorizationKernelsTest, BlocksWithoutGradientsAreLeftOut) {
  MatrixFactorizationProblem all(Shape{.biases = true}, kSeed);
  MatrixFactorizationForwardBackward(all.batch);
  MatrixFactorizationProblem some(Shape{.biases = true}, kSeed);
  some.batch.user.gradients = nullptr;
  some.bias_lookups[1].gradients = nullptr;
  MatrixFactorizationForwardBackward(some.batch);
  EXPECT_THAT(some.users.gradients(), Each(0.0F));
  EXPECT_EQ(some.items.gradients(), all.items.gradients());
  EXPECT_THAT(some.item_bias.gradients(), Each(0.0F));
  EXPECT_EQ(some.global_bias.gradients(), all.global_bias.gradients());
}

TEST(MatrixFactorizationKernelsTest, PaddingStaysZero) {
  MatrixFactorizationProblem problem(Shape{.dim = 50}, kSeed);
  MatrixFactorizationForwardBackward(problem.batch);
  for (int64_t row = 0; row < problem.users.size(); ++row) {
    for (int i = 50; i < 64; ++i) EXPECT_EQ(problem.users.gradient(row)[i], 0);
  }
}

// d/dx (x . x - t)^2 = 4 (x . x - t) x.
TEST(MatrixFactorizationKernelsTest, ARowTimesItselfGetsBothGradients) {
  MatrixFactorizationProblem problem(Shape{.num_examples = 1, .dim = 32}, kSeed);
  problem.batch.item = problem.batch.user;
  MatrixFactorizationForwardBackward(problem.batch);
  const float* row = problem.users.row(problem.user_index[0]);
  double norm = 0;
  for (int i = 0; i < 32; ++i) norm += static_cast<double>(row[i]) * row[i];
  for (int i = 0; i < 32; ++i) {
    const double expected = 4 * (norm - problem.targets[0]) * row[i];
    EXPECT_NEAR(problem.users.gradient(problem.user_index[0])[i], expected, 1e-5) << "seed " << kSeed;
  }
}

TEST(MatrixFactorizationKernelsTest, NanIsNotHiddenByTheSigmoid) {
  MatrixFactorizationProblem problem(Shape{.range = true}, kSeed);
  problem.users.row(problem.user_index[40])[3] = std::numeric_limits<float>::quiet_NaN();
  const ErrorSums errors = MatrixFactorizationForwardBackward(problem.batch);
  EXPECT_TRUE(std::isnan(errors.squared));
  EXPECT_TRUE(std::isnan(problem.items.gradient(problem.item_index[40])[0]));
}

TEST(MatrixFactorizationKernelsTest, HugeScoresSaturateTheSigmoid) {
  for (const float score : {-1000.0F, -100.0F, 100.0F, 1000.0F}) {
    MatrixFactorizationProblem problem(Shape{.num_examples = 1, .biases = true, .range = true}, kSeed);
    *problem.global_bias.row(0) = score;
    const ErrorSums errors = MatrixFactorizationForwardBackward(problem.batch);
    const double prediction = score < 0 ? 0 : 5.5;
    EXPECT_NEAR(errors.absolute, std::fabs(prediction - problem.targets[0]), 1e-6) << score;
    EXPECT_NEAR(*problem.global_bias.gradient(0), 0, 1e-30) << score;
  }
}

}  // namespace
}  // namespace shoal
