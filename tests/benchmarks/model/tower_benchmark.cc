// Speed of a tower on one thread: the MLP 784-256-256-2 with ReLU between, in examples a second. Verified first against
// products by definition, in double precision.
//
// Argument: examples a batch.
#include <cmath>
#include <vector>

#include "benchmark/benchmark.h"
#include "tests/worker/tower/tower_problem.h"

namespace shoal {
namespace {

constexpr uint64_t kSeed = 1;
constexpr int kWidths[] = {784, 256, 256, 2};
constexpr int kLinears = 3;

TowerProblem MakeProblem(int64_t examples) {
  return TowerProblem({"linear { out_features: 256 }", "relu {}", "linear { out_features: 256 }", "relu {}",
                       "linear { out_features: 2 }"},
                      kWidths[0], examples, kSeed, "adam {}", 0.002F);
}

using DoubleMatrix = std::vector<double>;

// What a plain loop makes of the batch: by linear layer the activations before it, the last being the output, and the
// gradients of its weights.
struct Expected {
  std::vector<DoubleMatrix> activations;
  std::vector<DoubleMatrix> weight_gradients;
};

DoubleMatrix LinearByDefinition(const DoubleMatrix& x, int64_t examples, int in, int out, const SavedParameter& weight,
                                const SavedParameter& bias, bool relu) {
  DoubleMatrix y(examples * out);
  for (int64_t e = 0; e < examples; ++e) {
    for (int o = 0; o < out; ++o) {
      double sum = bias.values[o];
      for (int i = 0; i < in; ++i) sum += x[e * in + i] * weight.values[o * in + i];
      y[e * out + o] = relu ? std::max(sum, 0.0) : sum;
    }
  }
  return y;
}

Expected ByDefinition(TowerProblem* problem, int64_t examples) {
  const std::vector<SavedParameter> parameters = problem->parameters->Save();
  Expected result;
  result.activations.emplace_back(problem->input.values().begin(), problem->input.values().end());
  for (int l = 0; l < kLinears; ++l) {
    result.activations.push_back(LinearByDefinition(result.activations[l], examples, kWidths[l], kWidths[l + 1],
                                                    parameters[2 * l], parameters[2 * l + 1], l + 1 < kLinears));
  }
  result.weight_gradients.resize(kLinears);
  DoubleMatrix gradient(problem->output_gradient.values().begin(), problem->output_gradient.values().end());
  for (int l = kLinears; l-- > 0;) {
    const int in = kWidths[l];
    const int out = kWidths[l + 1];
    const DoubleMatrix& x = result.activations[l];
    DoubleMatrix& weight_gradient = result.weight_gradients[l];
    DoubleMatrix input_gradient(examples * in);
    weight_gradient.resize(out * in);
    for (int64_t e = 0; e < examples; ++e) {
      for (int o = 0; o < out; ++o) {
        const double g = gradient[e * out + o];
        for (int i = 0; i < in; ++i) {
          weight_gradient[o * in + i] += g * x[e * in + i];
          if (x[e * in + i] > 0) input_gradient[e * in + i] += g * parameters[2 * l].values[o * in + i];
        }
      }
    }
    gradient = std::move(input_gradient);
  }
  return result;
}

bool AreNear(const float* got, const DoubleMatrix& expected) {
  double largest = 0;
  double difference = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    largest = std::max(largest, std::fabs(expected[i]));
    difference = std::max(difference, std::fabs(got[i] - expected[i]));
  }
  return difference <= 1e-4 * largest;
}

bool IsRight(TowerProblem* problem, int64_t examples) {
  const Expected expected = ByDefinition(problem, examples);
  if (!AreNear(problem->Forward().data, expected.activations.back())) return false;
  problem->tower->Backward(problem->output_gradient, /*want_input_gradient=*/false);
  for (int l = 0; l < kLinears; ++l) {
    if (!AreNear(problem->parameters->Ref(2 * l).gradient, expected.weight_gradients[l])) return false;
  }
  return true;
}

template <class Step>
void Run(benchmark::State& state, const Step& step) {
  TowerProblem problem = MakeProblem(state.range(0));
  if (!IsRight(&problem, state.range(0))) {
    state.SkipWithError("the tower's output or gradients are wrong");
    return;
  }
  for (auto _ : state) step(&problem);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void ForwardBackward(TowerProblem* problem) {
  problem->Forward();
  problem->tower->Backward(problem->output_gradient, /*want_input_gradient=*/false);
}

void BM_Forward(benchmark::State& state) {
  Run(state, [](TowerProblem* problem) { benchmark::DoNotOptimize(problem->Forward(/*training=*/false)); });
}

void BM_ForwardBackward(benchmark::State& state) { Run(state, &ForwardBackward); }

void BM_ForwardBackwardAdam(benchmark::State& state) {
  int64_t step = 0;
  Run(state, [&step](TowerProblem* problem) {
    ForwardBackward(problem);
    problem->parameters->ApplyGradients(++step);
  });
}

BENCHMARK(BM_Forward)->ArgName("batch")->Arg(256);
BENCHMARK(BM_ForwardBackward)->ArgName("batch")->Arg(64)->Arg(256);
BENCHMARK(BM_ForwardBackwardAdam)->ArgName("batch")->Arg(256);

}  // namespace
}  // namespace shoal
