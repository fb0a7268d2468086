// What a device does for the layers of a tower (worker/tower). Each function is the CPU layer's, which says what it
// computes and is its oracle: sums over a row have the CPU's bits, sums over examples are taken in blocks.
//
// Pointers and views are to the device's memory. Calls are queued (compute_memory.h).
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_KERNELS_LAYER_KERNELS_H_
#define SHOAL_WORKER_CUDA_KERNELS_LAYER_KERNELS_H_

#include <cstdint>

#include "worker/tower/matrix_view.h"

namespace shoal {

// LayerNormLayer::Moments, by example.
struct NormMoments {
  float* means = nullptr;
  float* scales = nullptr;
};

// What an element of a mask may be (DropoutLayer): random bits below `limit` drop.
struct DropoutMask {
  uint64_t key = 0;
  uint64_t first_position = 0;  // Of example 0, in the global batch; the others follow.
  uint32_t limit = 0;
  float kept = 1;
};

class LayerKernels {
 public:
  virtual ~LayerKernels() = default;

  // Examples that are added up together. Sums over examples need scratch for NumColumnSums(examples) rows of sums.
  static constexpr int64_t kExamplesPerColumnSum = 32;
  static int64_t NumColumnSums(int64_t examples) {
    return (examples + kExamplesPerColumnSum - 1) / kExamplesPerColumnSum;
  }

  // sums[j] = the sum over i of x[i, j]: the gradient of a bias.
  virtual void ColumnSums(ConstMatrixView x, float* scratch, float* sums) = 0;

  virtual void Relu(const float* x, int64_t n, float* y) = 0;
  virtual void ReluGradient(const float* y, const float* output_gradient, int64_t n, float* input_gradient) = 0;
  virtual void Tanh(const float* x, int64_t n, float* y) = 0;
  virtual void TanhGradient(const float* y, const float* output_gradient, int64_t n, float* input_gradient) = 0;

  // `shared`: one weight for all features, else one each.
  virtual void Prelu(ConstMatrixView x, const float* weight, bool shared, MatrixView y) = 0;
  virtual void PreluGradient(ConstMatrixView x, const float* weight, bool shared, const float* output_gradient,
                             float* input_gradient) = 0;
  // `scratch` has one more row of sums where the weight is shared.
  virtual void PreluWeightGradient(ConstMatrixView x, const float* output_gradient, bool shared, float* scratch,
                                   float* weight_gradient) = 0;

  // mask = 0 where an element is dropped, else mask.kept.
  virtual void FillDropoutMask(const DropoutMask& random, MatrixView mask) = 0;
  // y = a * b, element by element.
  virtual void Multiply(const float* a, const float* b, int64_t n, float* y) = 0;

  // `weight` and `bias` may be null: ones and zeros.
  virtual void LayerNorm(ConstMatrixView x, float eps, const float* weight, const float* bias, MatrixView y,
                         const NormMoments& moments) = 0;
  virtual void LayerNormGradient(ConstMatrixView x, const NormMoments& moments, const float* weight,
                                 const float* output_gradient, float* input_gradient) = 0;
  virtual void LayerNormParameterGradients(ConstMatrixView x, const NormMoments& moments, const float* output_gradient,
                                           float* scratch, float* weight_gradient, float* bias_gradient) = 0;

  virtual void L2Normalize(ConstMatrixView x, float eps, MatrixView y, float* norms) = 0;
  virtual void L2NormalizeGradient(ConstMatrixView y, const float* norms, float eps, const float* output_gradient,
                                   float* input_gradient) = 0;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_LAYER_KERNELS_H_
