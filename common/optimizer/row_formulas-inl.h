// The update rules (row_formulas_body-inl.h) for floats and for vectors of floats, compiled once for each instruction
// set: include inside a file that foreach_target.h includes again and again.

// Per-target include guard.
#if defined(SHOAL_COMMON_OPTIMIZER_ROW_FORMULAS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SHOAL_COMMON_OPTIMIZER_ROW_FORMULAS_INL_H_
#undef SHOAL_COMMON_OPTIMIZER_ROW_FORMULAS_INL_H_
#else
#define SHOAL_COMMON_OPTIMIZER_ROW_FORMULAS_INL_H_
#endif

#include <cmath>

#include "common/optimizer/row_steps.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace shoal {
namespace HWY_NAMESPACE {

// For vectors these three are Highway's, found through their argument.
HWY_INLINE float MulAdd(float a, float b, float c) { return std::fma(a, b, c); }
HWY_INLINE float NegMulAdd(float a, float b, float c) { return std::fma(-a, b, c); }
HWY_INLINE float Sqrt(float a) { return std::sqrt(a); }

#define SHOAL_FORMULA HWY_INLINE
#include "common/optimizer/row_formulas_body-inl.h"
#undef SHOAL_FORMULA

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace shoal
HWY_AFTER_NAMESPACE();

#endif  // SHOAL_COMMON_OPTIMIZER_ROW_FORMULAS_INL_H_
