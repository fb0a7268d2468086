// Bodies of LayerKernels, but for sums over examples (column_sum_bodies.h).
#ifndef SHOAL_WORKER_CUDA_KERNELS_LAYER_BODIES_H_
#define SHOAL_WORKER_CUDA_KERNELS_LAYER_BODIES_H_

#include <cmath>
#include <cstdint>

#include "common/base/host_device.h"
#include "common/optimizer/row_formulas.h"
#include "worker/cuda/kernels/column_sum_bodies.h"
#include "worker/cuda/kernels/lanes.h"
#include "worker/cuda/kernels/layer_kernels.h"
#include "worker/cuda/kernels/philox_bits.h"

namespace shoal {

// ---- By element ----------------------------------------------------------------------------------------------------

// By comparisons, which are false for NaN.
struct ReluBody {
  const float* x;
  float* y;
  SHOAL_HOST_DEVICE void operator()(int64_t i) const { y[i] = x[i] <= 0 ? 0.0F : x[i]; }
};

struct ReluGradientBody {
  const float* y;
  const float* output_gradient;
  float* input_gradient;
  SHOAL_HOST_DEVICE void operator()(int64_t i) const { input_gradient[i] = y[i] <= 0 ? 0.0F : output_gradient[i]; }
};

struct TanhBody {
  const float* x;
  float* y;
  SHOAL_HOST_DEVICE void operator()(int64_t i) const { y[i] = std::tanh(x[i]); }
};

struct TanhGradientBody {
  const float* y;
  const float* output_gradient;
  float* input_gradient;
  SHOAL_HOST_DEVICE void operator()(int64_t i) const {
    input_gradient[i] = output_gradient[i] * scalar::NegMulAdd(y[i], y[i], 1.0F);
  }
};

// Of the values themselves, or of gradients.
struct PreluBody {
  const float* x;
  const float* weight;
  int64_t num_weights;  // 1, or one a feature.
  const float* from;    // x, or the output's gradient.
  float* to;
  SHOAL_HOST_DEVICE void operator()(int64_t i) const {
    to[i] = x[i] > 0 ? from[i] : weight[num_weights == 1 ? 0 : i % num_weights] * from[i];
  }
};

struct DropoutMaskBody {
  DropoutMask random;
  int64_t cols;
  float* mask;
  // Item: four elements of a row.
  SHOAL_HOST_DEVICE void operator()(int64_t item) const {
    const int64_t groups = (cols + 3) / 4;
    const int64_t row = item / groups;
    const int64_t group = item % groups;
    const PhiloxBits bits =
        PhiloxBitsAt(random.key, random.first_position + static_cast<uint64_t>(row), static_cast<uint64_t>(group));
    for (int64_t i = 0; i < 4 && 4 * group + i < cols; ++i) {
      mask[row * cols + 4 * group + i] = bits.words[i] < random.limit ? 0.0F : random.kept;
    }
  }
};

struct MultiplyBody {
  const float* a;
  const float* b;
  float* y;
  SHOAL_HOST_DEVICE void operator()(int64_t i) const { y[i] = a[i] * b[i]; }
};

// ---- By row --------------------------------------------------------------------------------------------------------

struct LayerNormBody {
  ConstMatrixView x;
  float eps;
  const float* weight;
  const float* bias;
  float* y;
  NormMoments moments;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t row) const {
    const float* const from = x.data + row * x.cols;
    float* const to = y + row * x.cols;
    const auto count = static_cast<float>(x.cols);
    const float mean = lanes.Sum<float>(x.cols, [&](int64_t i, float sum) { return sum + from[i]; }) / count;
    const float squares = lanes.Sum<float>(
        x.cols, [&](int64_t i, float sum) { return scalar::MulAdd(from[i] - mean, from[i] - mean, sum); });
    const float scale = 1 / scalar::Sqrt(squares / count + eps);
    lanes.ForEach(x.cols, [&](int64_t i) {
      const float normalized = (from[i] - mean) * scale;
      to[i] = weight != nullptr ? scalar::MulAdd(normalized, weight[i], bias[i]) : normalized;
    });
    lanes.Once([&] {
      moments.means[row] = mean;
      moments.scales[row] = scale;
    });
  }
};

// With z the normalised row and g = output gradient * weight: scale * (g - mean(g) - z * mean(g * z)).
struct LayerNormGradientBody {
  ConstMatrixView x;
  NormMoments moments;
  const float* weight;
  const float* output_gradient;
  float* input_gradient;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t row) const {
    const float* const from = x.data + row * x.cols;
    const float* const gradient = output_gradient + row * x.cols;
    float* const to = input_gradient + row * x.cols;
    const float mean = moments.means[row];
    const float scale = moments.scales[row];
    const auto count = static_cast<float>(x.cols);
    const auto weighted = [&](int64_t i) { return weight != nullptr ? gradient[i] * weight[i] : gradient[i]; };
    const float sum = lanes.Sum<float>(x.cols, [&](int64_t i, float partial) { return partial + weighted(i); });
    const float dot = lanes.Sum<float>(x.cols, [&](int64_t i, float partial) {
      return scalar::MulAdd(weighted(i), (from[i] - mean) * scale, partial);
    });
    const float mean_gradient = sum / count;
    const float mean_product = dot / count;
    lanes.ForEach(x.cols, [&](int64_t i) {
      const float normalized = (from[i] - mean) * scale;
      to[i] = scale * scalar::NegMulAdd(normalized, mean_product, weighted(i) - mean_gradient);
    });
  }
};

struct L2NormalizeBody {
  ConstMatrixView x;
  float eps;
  float* y;
  float* norms;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t row) const {
    const float* const from = x.data + row * x.cols;
    float* const to = y + row * x.cols;
    const float norm = scalar::Sqrt(
        lanes.Sum<float>(x.cols, [&](int64_t i, float sum) { return scalar::MulAdd(from[i], from[i], sum); }));
    const float divisor = norm < eps ? eps : norm;
    lanes.ForEach(x.cols, [&](int64_t i) { to[i] = from[i] / divisor; });
    lanes.Once([&] { norms[row] = norm; });
  }
};

// With g the output gradient: (g - y <y, g>) / norm, or g / eps where the norm is smaller than eps.
struct L2NormalizeGradientBody {
  ConstMatrixView y;
  const float* norms;
  float eps;
  const float* output_gradient;
  float* input_gradient;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t row) const {
    const float* const value = y.data + row * y.cols;
    const float* const gradient = output_gradient + row * y.cols;
    float* const to = input_gradient + row * y.cols;
    const float norm = norms[row];
    const float dot =
        lanes.Sum<float>(y.cols, [&](int64_t i, float sum) { return scalar::MulAdd(value[i], gradient[i], sum); });
    const float along = norm < eps ? 0.0F : dot;
    const float divisor = norm < eps ? eps : norm;
    lanes.ForEach(y.cols, [&](int64_t i) { to[i] = scalar::NegMulAdd(along, value[i], gradient[i]) / divisor; });
  }
};

// LayerKernels by a launcher: HostLauncher or CudaLauncher.
template <class Launcher>
class LayerKernelsOn final : public LayerKernels {
 public:
  explicit LayerKernelsOn(Launcher launcher) : launcher_(launcher) {}

  void ColumnSums(ConstMatrixView x, float* scratch, float* sums) override {
    SumColumns(launcher_, ElementTerm{x.data}, x.rows, x.cols, scratch, sums);
  }
  void Relu(const float* x, int64_t n, float* y) override { launcher_.ForEachIndex(n, ReluBody{x, y}); }
  void ReluGradient(const float* y, const float* output_gradient, int64_t n, float* input_gradient) override {
    launcher_.ForEachIndex(n, ReluGradientBody{y, output_gradient, input_gradient});
  }
  void Tanh(const float* x, int64_t n, float* y) override { launcher_.ForEachIndex(n, TanhBody{x, y}); }
  void TanhGradient(const float* y, const float* output_gradient, int64_t n, float* input_gradient) override {
    launcher_.ForEachIndex(n, TanhGradientBody{y, output_gradient, input_gradient});
  }
  void Prelu(ConstMatrixView x, const float* weight, bool shared, MatrixView y) override {
    launcher_.ForEachIndex(Size(x), PreluBody{x.data, weight, shared ? 1 : x.cols, x.data, y.data});
  }
  void PreluGradient(ConstMatrixView x, const float* weight, bool shared, const float* output_gradient,
                     float* input_gradient) override {
    launcher_.ForEachIndex(Size(x), PreluBody{x.data, weight, shared ? 1 : x.cols, output_gradient, input_gradient});
  }
  void PreluWeightGradient(ConstMatrixView x, const float* output_gradient, bool shared, float* scratch,
                           float* weight_gradient) override {
    float* const columns = shared ? scratch + NumColumnSums(x.rows) * x.cols : weight_gradient;
    SumColumns(launcher_, PreluTerm{x.data, output_gradient}, x.rows, x.cols, scratch, columns);
    if (shared) launcher_.ForEachItem(1, AddColumnsBody{columns, x.cols, weight_gradient});
  }
  void FillDropoutMask(const DropoutMask& random, MatrixView mask) override {
    launcher_.ForEachIndex(mask.rows * ((mask.cols + 3) / 4), DropoutMaskBody{random, mask.cols, mask.data});
  }
  void Multiply(const float* a, const float* b, int64_t n, float* y) override {
    launcher_.ForEachIndex(n, MultiplyBody{a, b, y});
  }
  void LayerNorm(ConstMatrixView x, float eps, const float* weight, const float* bias, MatrixView y,
                 const NormMoments& moments) override {
    launcher_.ForEachItem(x.rows, LayerNormBody{x, eps, weight, bias, y.data, moments});
  }
  void LayerNormGradient(ConstMatrixView x, const NormMoments& moments, const float* weight,
                         const float* output_gradient, float* input_gradient) override {
    launcher_.ForEachItem(x.rows, LayerNormGradientBody{x, moments, weight, output_gradient, input_gradient});
  }
  void LayerNormParameterGradients(ConstMatrixView x, const NormMoments& moments, const float* output_gradient,
                                   float* scratch, float* weight_gradient, float* bias_gradient) override {
    SumColumns(launcher_, NormTerm{x.data, output_gradient, moments}, x.rows, x.cols, scratch, weight_gradient);
    SumColumns(launcher_, ElementTerm{output_gradient}, x.rows, x.cols, scratch, bias_gradient);
  }
  void L2Normalize(ConstMatrixView x, float eps, MatrixView y, float* norms) override {
    launcher_.ForEachItem(x.rows, L2NormalizeBody{x, eps, y.data, norms});
  }
  void L2NormalizeGradient(ConstMatrixView y, const float* norms, float eps, const float* output_gradient,
                           float* input_gradient) override {
    launcher_.ForEachItem(y.rows, L2NormalizeGradientBody{y, norms, eps, output_gradient, input_gradient});
  }

 private:
  static int64_t Size(ConstMatrixView x) { return x.rows * x.cols; }

  Launcher launcher_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_LAYER_BODIES_H_
