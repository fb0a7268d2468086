// Arithmetic on runs of n floats, for any n >= 0 and any alignment; nothing past n is read or written. The instruction
// set is chosen at run time.
//
// The same inputs give the same bits on every instruction set with fused multiply-add: elementwise operations round the
// same way, and reductions keep 16 partial sums whatever the vectors' width. Zeros after a run's end (a row's segment,
// common/optimizer/row_layout.h) change no reduction, so n may be a row's dim or its segment.
//
// Thread safety: free functions on the caller's memory.
#ifndef SHOAL_COMMON_SIMD_VECTOR_OPS_H_
#define SHOAL_COMMON_SIMD_VECTOR_OPS_H_

namespace shoal {

// Sum of a[i] * b[i].
float Dot(const float* a, const float* b, int n);

// Sum of a[i] * a[i].
float SumOfSquares(const float* a, int n);

// y[i] += alpha * x[i]. The runs must not overlap.
void Axpy(float alpha, const float* x, float* y, int n);

// y[i] += x[i]. The runs must not overlap.
void Add(const float* x, float* y, int n);

// x[i] *= factor.
void Scale(float factor, float* x, int n);

// x[i] = x[i] brought into [-limit, limit]; NaN stays NaN. REQUIRES: limit >= 0.
void Clamp(float* x, float limit, int n);

}  // namespace shoal

#endif  // SHOAL_COMMON_SIMD_VECTOR_OPS_H_
