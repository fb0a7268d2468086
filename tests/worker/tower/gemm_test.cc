#include "worker/tower/gemm.h"

#include <cmath>
#include <limits>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hwy/targets.h"
#include "tests/worker/tower/tower_problem.h"

namespace shoal {
namespace {

constexpr uint64_t kSeed = 11;

float At(const GemmFactor& factor, int64_t row, int64_t col) {
  return factor.transposed ? factor.matrix.row(col)[row] : factor.matrix.row(row)[col];
}

double ProductByDefinition(const GemmFactor& a, const GemmFactor& b, int64_t row, int64_t col) {
  double sum = 0;
  for (int64_t k = 0; k < a.cols(); ++k) sum += static_cast<double>(At(a, row, k)) * At(b, k, col);
  return sum;
}

// Of a [m, k] and b [k, n], either of them stored transposed.
void ExpectProduct(int m, int n, int k, bool transpose_a, bool transpose_b) {
  SCOPED_TRACE(testing::Message() << m << " x " << k << " x " << n << ", transposed " << transpose_a << transpose_b);
  const Matrix a = transpose_a ? RandomMatrix(k, m, kSeed) : RandomMatrix(m, k, kSeed);
  const Matrix b = transpose_b ? RandomMatrix(n, k, kSeed + 1) : RandomMatrix(k, n, kSeed + 1);
  const GemmFactor factor_a(a, transpose_a);
  const GemmFactor factor_b(b, transpose_b);
  Matrix product(m, n);
  for (float& value : product.values()) value = std::numeric_limits<float>::quiet_NaN();
  Multiply(factor_a, factor_b, product);
  for (int i = 0; i < m; ++i) {
    for (int j = 0; j < n; ++j) {
      const double expected = ProductByDefinition(factor_a, factor_b, i, j);
      EXPECT_NEAR(product.values()[i * n + j], expected, 1e-5 * std::sqrt(k)) << i << ", " << j << ", seed " << kSeed;
    }
  }
}

TEST(GemmTest, ProductsAgreeWithTheDefinition) {
  for (const bool transpose_a : {false, true}) {
    for (const bool transpose_b : {false, true}) {
      ExpectProduct(1, 1, 1, transpose_a, transpose_b);
      ExpectProduct(3, 5, 7, transpose_a, transpose_b);
      ExpectProduct(64, 2, 100, transpose_a, transpose_b);
      ExpectProduct(65, 130, 70, transpose_a, transpose_b);
    }
  }
}

TEST(GemmTest, AnEmptySumIsZero) {
  const ConstMatrixView a = {nullptr, 2, 0};
  const ConstMatrixView b = {nullptr, 0, 3};
  Matrix c(2, 3);
  for (float& value : c.values()) value = 4;
  Multiply(a, b, c);
  EXPECT_THAT(c.values(), testing::Each(0.0F));
}

TEST(GemmTest, NoRowsAreNoWork) {
  const ConstMatrixView a = {nullptr, 0, 3};
  const Matrix b(3, 2);
  Matrix c(0, 2);
  Multiply(a, b.view(), c);
  Matrix gradient(3, 2);
  Multiply(Transposed(a), ConstMatrixView{nullptr, 0, 2}, gradient);
  EXPECT_THAT(gradient.values(), testing::Each(0.0F));
}

TEST(GemmTest, TheSameProductGivesTheSameBits) {
  const Matrix a = RandomMatrix(100, 300, kSeed);
  const Matrix b = RandomMatrix(300, 50, kSeed + 1);
  Matrix first(100, 50);
  Matrix second(100, 50);
  Multiply(a.view(), b.view(), first);
  Multiply(a.view(), b.view(), second);
  EXPECT_EQ(first.values(), second.values());
}

// A CPU that OpenBLAS does not know must not get the kernel of one from 2004.
TEST(GemmTest, TheKernelUsesTheVectorsThatTheCpuHas) {
#if HWY_ARCH_X86
  if ((hwy::SupportedTargets() & HWY_AVX2) == 0) GTEST_SKIP() << "this machine has no AVX2";
  EXPECT_THAT(GemmKernelName(), testing::AnyOf("Haswell", "Zen", "SkylakeX", "Cooperlake", "SapphireRapids"));
#else
  GTEST_SKIP() << "not an x86 machine";
#endif
}

}  // namespace
}  // namespace shoal
