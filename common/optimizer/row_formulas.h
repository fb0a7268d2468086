// The update rules (row_formulas_body-inl.h) for single floats, on the CPU and on the GPU. The bits are those of the
// vectorised kernels wherever they fuse multiply-adds.
//
// Thread safety: free functions.
#ifndef SHOAL_COMMON_OPTIMIZER_ROW_FORMULAS_H_
#define SHOAL_COMMON_OPTIMIZER_ROW_FORMULAS_H_

#include <cmath>

#include "common/base/host_device.h"
#include "common/optimizer/row_steps.h"

namespace shoal::scalar {

SHOAL_HOST_DEVICE inline float MulAdd(float a, float b, float c) { return std::fma(a, b, c); }
SHOAL_HOST_DEVICE inline float NegMulAdd(float a, float b, float c) { return std::fma(-a, b, c); }
SHOAL_HOST_DEVICE inline float Sqrt(float a) { return std::sqrt(a); }

#define SHOAL_FORMULA SHOAL_HOST_DEVICE inline
#include "common/optimizer/row_formulas_body-inl.h"
#undef SHOAL_FORMULA

}  // namespace shoal::scalar

#endif  // SHOAL_COMMON_OPTIMIZER_ROW_FORMULAS_H_
