// Matrix factorisation on a device against that on the CPU.
#include "worker/cuda/models/device_matrix_factorization.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "gtest/gtest.h"
#include "tests/worker/cuda/kernels/device_suite.h"
#include "tests/worker/matrix_factorization_problem.h"

namespace shoal {
namespace {

using Shape = MatrixFactorizationProblem::Shape;

constexpr uint64_t kSeed = 23;
constexpr Shape kShapes[] = {{3, 4, 1, 1, false, false},     {5, 6, 31, 7, true, false},
                             {5, 6, 32, 15, false, true},    {9, 7, 33, 16, true, true},
                             {20, 30, 100, 50, true, false}, {200, 300, 3000, 64, true, true}};

class DeviceMatrixFactorizationTest : public DeviceSuite {
 protected:
  void SetUp() override {
    DeviceSuite::SetUp();
    if (has_device()) compute_ = MatrixFactorizationOn(&device());
  }
  std::unique_ptr<MatrixFactorizationCompute> compute_;
};

void ExpectNearSums(const ErrorSums& sums, const ErrorSums& expected) {
  EXPECT_NEAR(sums.squared, expected.squared, 1e-6 * expected.squared);
  EXPECT_NEAR(sums.absolute, expected.absolute, 1e-6 * expected.absolute);
}

// To 1e-5 of the number, or of a hundredth of the block's largest.
void ExpectNearGradients(MatrixFactorizationProblem* problem, MatrixFactorizationProblem* expected) {
  for (size_t b = 0; b < problem->blocks().size(); ++b) {
    const std::vector<float> gradients = problem->blocks()[b]->gradients();
    const std::vector<float> oracle = expected->blocks()[b]->gradients();
    float largest = 0;
    for (const float gradient : oracle) largest = std::max(largest, std::abs(gradient));
    for (size_t i = 0; i < oracle.size(); ++i) {
      ASSERT_NEAR(gradients[i], oracle[i], 1e-5 * std::max(std::abs(oracle[i]), 0.01F * largest))
          << "block " << b << ", float " << i;
    }
  }
}

TEST_P(DeviceMatrixFactorizationTest, LossesAndGradientsAreThoseOfTheCpu) {
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(testing::Message() << "dim " << shape.dim << ", examples " << shape.num_examples);
    MatrixFactorizationProblem problem(shape, kSeed);
    MatrixFactorizationProblem expected(shape, kSeed);
    const ErrorSums oracle = MatrixFactorizationForwardBackward(expected.batch);
    ExpectNearSums(compute_->ForwardBackward(problem.batch).value(), oracle);
    ExpectNearGradients(&problem, &expected);
    ExpectNearSums(compute_->Forward(problem.batch).value(), oracle);
  }
}

// Up to kPlacesPerChunk examples a row, and no sigmoid, whose exponential is the maths library's.
TEST_P(DeviceMatrixFactorizationTest, GradientsOfFewExamplesHaveTheBitsOfTheCpu) {
  const Shape shape = {100, 100, 400, 50, true, false};
  MatrixFactorizationProblem problem(shape, kSeed);
  MatrixFactorizationProblem expected(shape, kSeed);
  MatrixFactorizationForwardBackward(expected.batch);
  ASSERT_TRUE(compute_->ForwardBackward(problem.batch).ok());
  for (int b = 0; b < 4; ++b) EXPECT_EQ(problem.blocks()[b]->gradients(), expected.blocks()[b]->gradients());
}

TEST_P(DeviceMatrixFactorizationTest, UsersAndItemsMayBeRowsOfOneTable) {
  const Shape shape = {40, 40, 300, 20, false, false};
  MatrixFactorizationProblem problem(shape, kSeed);
  MatrixFactorizationProblem expected(shape, kSeed);
  for (MatrixFactorizationProblem* p : {&problem, &expected}) p->batch.item = p->users.Lookup(p->item_index.data());
  const ErrorSums oracle = MatrixFactorizationForwardBackward(expected.batch);
  ExpectNearSums(compute_->ForwardBackward(problem.batch).value(), oracle);
  ExpectNearGradients(&problem, &expected);
}

TEST_P(DeviceMatrixFactorizationTest, BlocksWithoutGradientsAreLeftAlone) {
  MatrixFactorizationProblem problem(kShapes[4], kSeed);
  MatrixFactorizationProblem expected(kShapes[4], kSeed);
  for (MatrixFactorizationProblem* p : {&problem, &expected}) p->batch.item.gradients = nullptr;
  MatrixFactorizationForwardBackward(expected.batch);
  ASSERT_TRUE(compute_->ForwardBackward(problem.batch).ok());
  ExpectNearGradients(&problem, &expected);
}

TEST_P(DeviceMatrixFactorizationTest, ABatchWithoutExamplesIsNothing) {
  MatrixFactorizationProblem problem(kShapes[4], kSeed);
  problem.batch.num_examples = 0;
  const ErrorSums sums = compute_->ForwardBackward(problem.batch).value();
  EXPECT_EQ(sums.squared, 0);
  EXPECT_EQ(sums.absolute, 0);
}

TEST_P(DeviceMatrixFactorizationTest, ADivergedModelShows) {
  MatrixFactorizationProblem problem(kShapes[3], kSeed);
  problem.users.row(problem.user_index[0])[0] = std::nanf("");
  EXPECT_TRUE(std::isnan(compute_->Forward(problem.batch).value().squared));
}

SHOAL_INSTANTIATE_DEVICE_SUITE(DeviceMatrixFactorizationTest);

}  // namespace
}  // namespace shoal
