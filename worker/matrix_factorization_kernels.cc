#include "worker/matrix_factorization_kernels.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "common/optimizer/row_layout.h"
#include "hwy/cache_control.h"

// Only AVX2, AVX-512 and the compiler's baseline: the others would cost build time and bring nothing.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "worker/matrix_factorization_kernels.cc"
// clang-format off
#include "hwy/foreach_target.h"  // Compiles this file once for each target; comes first.
#include "hwy/highway.h"
#include "hwy/contrib/math/math-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace shoal {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Partial sums of a dot product, and the unit in which rows of 16 floats and more are padded.
constexpr int kLanes = 16;
using FloatTag = hn::CappedTag<float, kLanes>;
using Vector = hn::Vec<FloatTag>;
constexpr int kVectors = kLanes / hn::MaxLanes(FloatTag());

// Examples that go through all phases together: their rows and gradients are still in the first cache level when the
// last phase comes back to them.
constexpr int kBlock = 16;
static_assert(kBlock % kLanes == 0);
// Examples between the prefetch of a row and its use, and the most of a row that is prefetched: the processor's own
// prefetcher follows longer rows.
constexpr int kPrefetchAhead = 12;
constexpr int kPrefetchFloats = 128;
constexpr int kFloatsPerCacheLine = 16;

struct Block {
  alignas(64) float scores[kBlock] = {};
  alignas(64) float targets[kBlock] = {};
  alignas(64) float errors[kBlock];
  alignas(64) float gradients[kBlock];  // d loss / d score.
};

HWY_INLINE size_t RowOf(const LookupRows& lookup, int64_t example) { return lookup.index ? lookup.index[example] : 0; }

// ---- Dot products --------------------------------------------------------------------------------------------------

// Adds the lanes up: upper half to lower half until one is left.
template <class D, class V>
HWY_INLINE float SumLanes(D d, V v) {
  if constexpr (hn::MaxLanes(d) == 1) {
    return hn::GetLane(v);
  } else {
    const hn::Half<D> half;
    // Found by its argument's namespace: the target of one lane has no UpperHalf.
    return SumLanes(half, hn::Add(hn::LowerHalf(half, v), UpperHalf(half, v)));
  }
}

HWY_INLINE float SumPartials(Vector (&sums)[kVectors]) {
  for (int n = kVectors / 2; n > 0; n /= 2) {
    for (int v = 0; v < n; ++v) sums[v] = hn::Add(sums[v], sums[v + n]);
  }
  return SumLanes(FloatTag(), sums[0]);
}

// REQUIRES: 64-byte aligned rows of `size` floats, a multiple of kLanes.
HWY_INLINE float DotSegments(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, int size) {
  const FloatTag d;
  Vector sums[kVectors];
  for (Vector& sum : sums) sum = hn::Zero(d);
  for (int i = 0; i < size; i += kLanes) {
    for (int v = 0; v < kVectors; ++v) {
      const int at = i + v * (kLanes / kVectors);
      sums[v] = hn::MulAdd(hn::Load(d, a + at), hn::Load(d, b + at), sums[v]);
    }
  }
  return SumPartials(sums);
}

// The first `dim` floats, then zeros. Narrow rows are packed, neither padded nor aligned.
HWY_INLINE void LoadNarrow(const float* row, int dim, Vector (&loaded)[kVectors]) {
  const FloatTag d;
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
  // These targets' masked loads do not touch what the mask leaves out.
  for (int v = 0; v < kVectors; ++v) {
    const int at = v * (kLanes / kVectors);
    loaded[v] = hn::MaskedLoad(hn::FirstN(d, std::max(dim - at, 0)), d, row + at);
  }
#else
  alignas(64) float padded[kLanes] = {};
  std::memcpy(padded, row, sizeof(float) * dim);
  for (int v = 0; v < kVectors; ++v) loaded[v] = hn::Load(d, padded + v * (kLanes / kVectors));
#endif
}

HWY_INLINE float DotNarrow(const float* a, const float* b, int dim) {
  Vector products[kVectors];
  Vector factors[kVectors];
  LoadNarrow(a, dim, products);
  LoadNarrow(b, dim, factors);
  for (int v = 0; v < kVectors; ++v) products[v] = hn::Mul(products[v], factors[v]);
  return SumPartials(products);
}

HWY_INLINE float Dot(const float* a, const float* b, int dim) {
  return dim < kLanes ? DotNarrow(a, b, dim) : DotSegments(a, b, SegmentFloats(dim));
}

HWY_INLINE void PrefetchRow(const float* rows, size_t row, int stride) {
  const float* start = rows + row * stride;
  for (int i = 0; i < std::min(stride, kPrefetchFloats); i += kFloatsPerCacheLine) hwy::Prefetch(start + i);
}

template <bool kBackward>
HWY_INLINE void PrefetchExample(const MatrixFactorizationBatch& batch, int64_t example) {
  const int stride = SegmentFloats(batch.dim);
  for (const LookupRows* lookup : {&batch.user, &batch.item}) {
    PrefetchRow(lookup->rows, lookup->index[example], stride);
    if (kBackward && lookup->gradients) PrefetchRow(lookup->gradients, lookup->index[example], stride);
  }
}

template <bool kBackward>
HWY_INLINE void ComputeScores(const MatrixFactorizationBatch& batch, int64_t begin, int count, Block* block) {
  const size_t stride = SegmentFloats(batch.dim);
  for (int i = 0; i < count; ++i) {
    const int64_t ahead = begin + i + kPrefetchAhead;
    if (ahead < batch.num_examples) PrefetchExample<kBackward>(batch, ahead);
    block->scores[i] = Dot(batch.user.rows + batch.user.index[begin + i] * stride,
                           batch.item.rows + batch.item.index[begin + i] * stride, batch.dim);
  }
  for (const LookupRows& bias : batch.biases) {
    for (int i = 0; i < count; ++i) block->scores[i] += bias.rows[RowOf(bias, begin + i)];
  }
}

// ---- Errors --------------------------------------------------------------------------------------------------------

HWY_INLINE Vector Sigmoid(Vector x) {
  const FloatTag d;
  const Vector one = hn::Set(d, 1.0F);
  // Exp wraps around beyond its range; below -87 the sigmoid is 0 but for numbers that single precision hardly has.
  const Vector exp = hn::Exp(d, hn::Min(hn::Neg(x), hn::Set(d, 87.0F)));
  const Vector sigmoid = hn::Div(one, hn::Add(one, exp));
  // Exp takes NaN for a number far below zero: without this a model that has diverged would look well.
  return hn::IfThenElse(hn::IsNaN(x), x, sigmoid);
}

// Fills in errors and gradients from scores and targets, also for the places beyond the block's examples.
HWY_INLINE void ComputeErrors(const MatrixFactorizationBatch& batch, Block* block) {
  const FloatTag d;
  const Vector scale = hn::Set(d, batch.gradient_scale);
  for (int i = 0; i < kBlock; i += kLanes / kVectors) {
    const Vector score = hn::Load(d, block->scores + i);
    const Vector target = hn::Load(d, block->targets + i);
    Vector prediction = score;
    Vector slope = scale;
    if (batch.output_range) {
      const Vector low = hn::Set(d, batch.output_range->low);
      const Vector width = hn::Sub(hn::Set(d, batch.output_range->high), low);
      const Vector sigmoid = Sigmoid(score);
      prediction = hn::MulAdd(sigmoid, width, low);
      const Vector derivative = hn::Mul(sigmoid, hn::Sub(hn::Set(d, 1.0F), sigmoid));
      slope = hn::Mul(hn::Mul(scale, width), derivative);
    }
    const Vector error = hn::Sub(prediction, target);
    hn::Store(error, d, block->errors + i);
    hn::Store(hn::Mul(error, slope), d, block->gradients + i);
  }
}

HWY_INLINE void AddErrors(const Block& block, int count, ErrorSums* sums) {
  for (int i = 0; i < count; ++i) {
    const double error = block.errors[i];
    sums->squared += error * error;
    sums->absolute += std::fabs(error);
  }
}

// ---- Gradients -----------------------------------------------------------------------------------------------------

// to += factor * from. `from` may lie next to `to`, not across it.
HWY_INLINE void AddScaled(float factor, const float* from, int dim, float* to) {
  if (dim >= kLanes) {
    const FloatTag d;
    const Vector factors = hn::Set(d, factor);
    for (int i = 0; i < SegmentFloats(dim); i += kLanes / kVectors) {
      hn::Store(hn::MulAdd(factors, hn::Load(d, from + i), hn::Load(d, to + i)), d, to + i);
    }
    return;
  }
  const hn::CappedTag<float, 1> d;
  const auto factors = hn::Set(d, factor);
  for (int i = 0; i < dim; ++i) {
    hn::StoreU(hn::MulAdd(factors, hn::LoadU(d, from + i), hn::LoadU(d, to + i)), d, to + i);
  }
}

HWY_INLINE void AddBiasGradients(const LookupRows& bias, int64_t begin, int count, const Block& block) {
  if (bias.index) {
    for (int i = 0; i < count; ++i) bias.gradients[bias.index[begin + i]] += block.gradients[i];
    return;
  }
  float sum = bias.gradients[0];
  for (int i = 0; i < count; ++i) sum += block.gradients[i];
  bias.gradients[0] = sum;
}

HWY_INLINE void AddGradients(const MatrixFactorizationBatch& batch, int64_t begin, int count, const Block& block) {
  const size_t stride = SegmentFloats(batch.dim);
  for (int i = 0; i < count; ++i) {
    const size_t user = batch.user.index[begin + i] * stride;
    const size_t item = batch.item.index[begin + i] * stride;
    const float gradient = block.gradients[i];
    // One after the other: the two rows may be the same row of the same table.
    if (batch.user.gradients) AddScaled(gradient, batch.item.rows + item, batch.dim, batch.user.gradients + user);
    if (batch.item.gradients) AddScaled(gradient, batch.user.rows + user, batch.dim, batch.item.gradients + item);
  }
  for (const LookupRows& bias : batch.biases) {
    if (bias.gradients) AddBiasGradients(bias, begin, count, block);
  }
}

// --------------------------------------------------------------------------------------------------------------------

template <bool kBackward>
HWY_INLINE ErrorSums Run(const MatrixFactorizationBatch& batch) {
  ErrorSums sums;
  Block block;
  for (int64_t begin = 0; begin < batch.num_examples; begin += kBlock) {
    const int count = static_cast<int>(std::min<int64_t>(kBlock, batch.num_examples - begin));
    std::memcpy(block.targets, batch.targets + begin, sizeof(float) * count);
    ComputeScores<kBackward>(batch, begin, count, &block);
    ComputeErrors(batch, &block);
    AddErrors(block, count, &sums);
    if (batch.errors != nullptr) std::memcpy(batch.errors + begin, block.errors, sizeof(float) * count);
    if (kBackward) AddGradients(batch, begin, count, block);
  }
  return sums;
}

}  // namespace

void Predict(const MatrixFactorizationBatch& batch, float* predictions) {
  Block block;  // Its targets are 0, so errors are the predictions.
  for (int64_t begin = 0; begin < batch.num_examples; begin += kBlock) {
    const int count = static_cast<int>(std::min<int64_t>(kBlock, batch.num_examples - begin));
    ComputeScores</*kBackward=*/false>(batch, begin, count, &block);
    ComputeErrors(batch, &block);
    std::memcpy(predictions + begin, block.errors, sizeof(float) * count);
  }
}

ErrorSums Forward(const MatrixFactorizationBatch& batch) { return Run<false>(batch); }
ErrorSums ForwardBackward(const MatrixFactorizationBatch& batch) { return Run<true>(batch); }

}  // namespace HWY_NAMESPACE
}  // namespace shoal
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal {

HWY_EXPORT(Predict);
HWY_EXPORT(Forward);
HWY_EXPORT(ForwardBackward);

void MatrixFactorizationPredict(const MatrixFactorizationBatch& batch, float* predictions) {
  HWY_DYNAMIC_DISPATCH(Predict)(batch, predictions);
}

ErrorSums MatrixFactorizationForward(const MatrixFactorizationBatch& batch) {
  return HWY_DYNAMIC_DISPATCH(Forward)(batch);
}

ErrorSums MatrixFactorizationForwardBackward(const MatrixFactorizationBatch& batch) {
  return HWY_DYNAMIC_DISPATCH(ForwardBackward)(batch);
}

}  // namespace shoal
#endif  // HWY_ONCE
