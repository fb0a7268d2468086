#include "worker/tower/sparse_input.h"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/simd/instruction_sets.h"
#include "tests/worker/tower/tower_problem.h"

namespace shoal {
namespace {

constexpr uint64_t kSeed = 3;
constexpr float kBackground = -0.4242F;

// Normal numbers, but for `background` in all but a share of `density`.
Matrix MostlyBackground(int64_t rows, int cols, double density, float background = kBackground) {
  Matrix matrix = RandomMatrix(rows, cols, kSeed);
  std::mt19937_64 random(kSeed + 1);
  std::bernoulli_distribution differs(density);
  for (float& value : matrix.values()) value = differs(random) ? value : background;
  return matrix;
}

struct Products {
  Products(SparseInput* sparse, const Matrix& x, const Matrix& w, const Matrix& g, int outputs)
      : y(x.view().rows, outputs), product(outputs, x.view().cols) {
    for (Matrix* matrix : {&y, &product}) {
      for (float& value : matrix->values()) value = std::numeric_limits<float>::quiet_NaN();
    }
    sparse->MultiplyTransposed(w, y);
    sparse->MultiplyFromLeft(g, product);
  }
  Matrix y;        // x w^T
  Matrix product;  // g^T x
};

void ExpectProducts(SparseInput* sparse, int64_t rows, int cols, int outputs, float background = kBackground) {
  SCOPED_TRACE(testing::Message() << rows << " x " << cols << ", " << outputs << " outputs, seed " << kSeed);
  const Matrix x = MostlyBackground(rows, cols, 0.2, background);
  const Matrix w = RandomMatrix(outputs, cols, kSeed + 2);
  const Matrix g = RandomMatrix(rows, outputs, kSeed + 3);
  ASSERT_TRUE(sparse->Take(x, background, outputs));
  Products got(sparse, x, w, g, outputs);
  for (int o = 0; o < outputs; ++o) {
    for (int64_t i = 0; i < rows; ++i) {
      double expected = 0;
      for (int c = 0; c < cols; ++c) expected += static_cast<double>(x.view().row(i)[c]) * w.view().row(o)[c];
      ASSERT_NEAR(got.y.view().row(i)[o], expected, 1e-5 * std::sqrt(cols)) << "row " << i << ", output " << o;
    }
    for (int c = 0; c < cols; ++c) {
      double expected = 0;
      for (int64_t i = 0; i < rows; ++i) expected += static_cast<double>(g.view().row(i)[o]) * x.view().row(i)[c];
      ASSERT_NEAR(got.product.view().row(o)[c], expected, 1e-5 * std::sqrt(rows)) << "output " << o << ", column " << c;
    }
  }
}

TEST(SparseInputTest, ProductsAgreeWithTheDefinition) {
  ForEachInstructionSet([](const InstructionSet& set) {
    SCOPED_TRACE(set.name);
    SparseInput sparse;  // Kept: a batch must not see what the one before left.
    ExpectProducts(&sparse, 130, 100, 300);
    ExpectProducts(&sparse, 32, 7, 128);
    ExpectProducts(&sparse, 65, 64, 129);
    ExpectProducts(&sparse, 64, 65, 255, 0.0F);
    ExpectProducts(&sparse, 100, 131, 256, 2.0F);
  });
}

TEST(SparseInputTest, NothingButBackgroundIsAProductToo) {
  Matrix x(40, 70);
  for (float& value : x.values()) value = 2;
  Matrix w(128, 70);
  Matrix g(40, 128);
  for (Matrix* matrix : {&w, &g}) {
    for (float& value : matrix->values()) value = 0.5F;
  }
  SparseInput sparse;
  ASSERT_TRUE(sparse.Take(x, 2, 128));
  Products got(&sparse, x, w, g, 128);
  EXPECT_THAT(got.y.values(), testing::Each(70.0F));
  EXPECT_THAT(got.product.values(), testing::Each(40.0F));
}

TEST(SparseInputTest, EveryInstructionSetGivesTheSameBits) {
  const Matrix x = MostlyBackground(70, 150, 0.3);
  const Matrix w = RandomMatrix(160, 150, kSeed + 2);
  const Matrix g = RandomMatrix(70, 160, kSeed + 3);
  std::vector<Products> runs;
  ForEachInstructionSet([&](const InstructionSet& set) {
    if (!set.fuses_multiply_add) return;
    SparseInput sparse;
    ASSERT_TRUE(sparse.Take(x, kBackground, 160));
    runs.emplace_back(&sparse, x, w, g, 160);
  });
  for (Products& run : runs) {
    EXPECT_EQ(run.y.values(), runs[0].y.values()) << "seed " << kSeed;
    EXPECT_EQ(run.product.values(), runs[0].product.values()) << "seed " << kSeed;
  }
}

TEST(SparseInputTest, NaNIsNoBackground) {
  Matrix x = MostlyBackground(32, 64, 0);
  x.values()[5 * 64 + 6] = std::numeric_limits<float>::quiet_NaN();
  const Matrix w = RandomMatrix(128, 64, kSeed);
  const Matrix g = RandomMatrix(32, 128, kSeed);
  SparseInput sparse;
  ASSERT_TRUE(sparse.Take(x, kBackground, 128));
  Products got(&sparse, x, w, g, 128);
  EXPECT_TRUE(std::isnan(got.y.view().row(5)[0]));
  EXPECT_FALSE(std::isnan(got.y.view().row(4)[0]));
  EXPECT_TRUE(std::isnan(got.product.view().row(0)[6]));
  EXPECT_FALSE(std::isnan(got.product.view().row(0)[5]));
}

TEST(SparseInputTest, DenseOrSmallMatricesAreLeftToGemm) {
  SparseInput sparse;
  EXPECT_TRUE(sparse.Take(MostlyBackground(200, 200, 0.35), kBackground, 128));
  EXPECT_FALSE(sparse.Take(MostlyBackground(200, 200, 0.45), kBackground, 128));
  EXPECT_FALSE(sparse.Take(MostlyBackground(200, 200, 0.1), 0, 128)) << "that is not the background";
  EXPECT_FALSE(sparse.Take(MostlyBackground(200, 200, 0.1), kBackground, 10));
  EXPECT_FALSE(sparse.Take(MostlyBackground(8, 200, 0.1), kBackground, 128));
  EXPECT_FALSE(sparse.Take(MostlyBackground(0, 200, 0.1), kBackground, 128));
}

}  // namespace
}  // namespace shoal
