// Speed of the matrix factorisation kernels on one thread, in examples a second; each setting is verified first.
//
// Arguments: examples a batch, dimension, users (items are half as many), biases and range (0 or 1).
#include <cmath>

#include "benchmark/benchmark.h"
#include "tests/worker/matrix_factorization_problem.h"
#include "worker/matrix_factorization_kernels.h"

namespace shoal {
namespace {

constexpr uint64_t kSeed = 1;

MatrixFactorizationProblem::Shape ShapeOf(const benchmark::State& state) {
  return {.num_users = state.range(2),
          .num_items = std::max<int64_t>(1, state.range(2) / 2),
          .num_examples = state.range(0),
          .dim = static_cast<int>(state.range(1)),
          .biases = state.range(3) != 0,
          .range = state.range(3) != 0};
}

bool IsNear(double got, double expected) { return std::fabs(got - expected) <= 1e-4 * std::fabs(expected); }

// Compares <gradient, rows> with the derivative of the definition along the rows, by central differences.
bool GradientsAreRight(MatrixFactorizationProblem* problem) {
  constexpr double kStep = 1e-5;
  double got = 0;
  std::vector<std::vector<double>> above = DoubleRows(problem);
  std::vector<std::vector<double>> below = above;
  for (size_t block = 0; block < above.size(); ++block) {
    const std::vector<float> gradients = problem->blocks()[block]->gradients();
    for (size_t i = 0; i < gradients.size(); ++i) {
      got += gradients[i] * above[block][i];
      above[block][i] *= 1 + kStep;
      below[block][i] *= 1 - kStep;
    }
  }
  return IsNear(got, (ReferenceMeanSquare(problem, above) - ReferenceMeanSquare(problem, below)) / (2 * kStep));
}

// Times `kernel` on a random problem, after a check of its result against the definition.
void Run(benchmark::State& state, bool backward, ErrorSums (*kernel)(const MatrixFactorizationBatch&)) {
  MatrixFactorizationProblem problem(ShapeOf(state), kSeed);
  const double mean_square = kernel(problem.batch).squared / static_cast<double>(state.range(0));
  if (!IsNear(mean_square, ReferenceMeanSquare(&problem, DoubleRows(&problem)))) {
    state.SkipWithError("the kernel's mean square error is wrong");
    return;
  }
  if (backward && !GradientsAreRight(&problem)) {
    state.SkipWithError("the kernel's gradients are wrong");
    return;
  }
  for (auto _ : state) benchmark::DoNotOptimize(kernel(problem.batch));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void BM_Forward(benchmark::State& state) { Run(state, false, &MatrixFactorizationForward); }
void BM_ForwardBackward(benchmark::State& state) { Run(state, true, &MatrixFactorizationForwardBackward); }

// Rows in the second cache level (1000 users of 256 bytes), then in the last or in memory.
#define SHOAL_SETTINGS                                    \
  ArgNames({"batch", "dim", "users", "biases_and_range"}) \
      ->Args({64, 50, 64, 0})                             \
      ->Args({4096, 50, 1000, 0})                         \
      ->Args({4096, 50, 1000, 1})                         \
      ->Args({4096, 16, 1000, 0})                         \
      ->Args({4096, 8, 1000, 0})                          \
      ->Args({4096, 200, 1000, 0})                        \
      ->Args({65536, 64, 65536, 0})

BENCHMARK(BM_Forward)->SHOAL_SETTINGS;
BENCHMARK(BM_ForwardBackward)->SHOAL_SETTINGS;

#undef SHOAL_SETTINGS

}  // namespace
}  // namespace shoal
