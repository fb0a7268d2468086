// Products of a linear layer whose input is mostly background, skipping it (worker/tower/sparse_input.h) and by
// OpenBLAS: 256 examples, 784 to 256 features, x w^T and g^T x. Verified first against each other.
//
// Argument: per cent of the input that is not background. Background is scattered, which is the hardest for branches.
#include <algorithm>
#include <cmath>
#include <random>

#include "benchmark/benchmark.h"
#include "tests/worker/tower/tower_problem.h"
#include "worker/tower/gemm.h"
#include "worker/tower/sparse_input.h"

namespace shoal {
namespace {

constexpr float kBackground = -0.4242F;
constexpr int kExamples = 256;
constexpr int kInputs = 784;
constexpr int kOutputs = 256;
constexpr float kTolerance = 1e-3F;

struct Problem {
  explicit Problem(double density) {
    std::mt19937_64 random(1);
    std::bernoulli_distribution differs(density);
    for (float& value : x.values()) value = differs(random) ? value : kBackground;
  }

  void MultiplyDense() {
    Multiply(x.view(), Transposed(w), y);
    Multiply(Transposed(g), x.view(), product);
  }
  // Whether the input was taken.
  bool MultiplySparse() {
    if (!sparse.Take(x, kBackground, kOutputs)) return false;
    sparse.MultiplyTransposed(w, y);
    sparse.MultiplyFromLeft(g, product);
    return true;
  }

  Matrix x = RandomMatrix(kExamples, kInputs, 2);
  Matrix w = RandomMatrix(kOutputs, kInputs, 3);
  Matrix g = RandomMatrix(kExamples, kOutputs, 4);
  Matrix y = Matrix(kExamples, kOutputs);
  Matrix product = Matrix(kOutputs, kInputs);
  SparseInput sparse;
};

float LargestDifference(ConstMatrixView a, ConstMatrixView b) {
  float largest = 0;
  for (size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::fabs(a.data[i] - b.data[i]));
  return largest;
}

void BM_Dense(benchmark::State& state) {
  Problem problem(static_cast<double>(state.range(0)) / 100);
  for (auto _ : state) problem.MultiplyDense();
  state.SetItemsProcessed(state.iterations() * kExamples);
}

void BM_Sparse(benchmark::State& state) {
  const double density = static_cast<double>(state.range(0)) / 100;
  Problem problem(density);
  Problem by_gemm(density);
  by_gemm.MultiplyDense();
  if (!problem.MultiplySparse()) {
    state.SkipWithError("the input is left to OpenBLAS");
    return;
  }
  if (LargestDifference(problem.y, by_gemm.y) > kTolerance ||
      LargestDifference(problem.product, by_gemm.product) > kTolerance) {
    state.SkipWithError("the products are wrong");
    return;
  }
  for (auto _ : state) problem.MultiplySparse();
  state.SetItemsProcessed(state.iterations() * kExamples);
}

BENCHMARK(BM_Dense)->ArgName("density")->Arg(20);
BENCHMARK(BM_Sparse)->ArgName("density")->Arg(5)->Arg(10)->Arg(20)->Arg(30)->Arg(39);

}  // namespace
}  // namespace shoal
