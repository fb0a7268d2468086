// Which instruction sets the kernels are compiled for. Include it before any Highway header, in every file that uses
// Highway.
//
// AVX2 and AVX-512 on x86, NEON on Arm, and the compiler's baseline everywhere: what lies between the baseline and AVX2
// has no fused multiply-add and runs on no machine that a cluster still has. Scalable vectors (SVE) have neither sizes
// that the compiler knows nor operators, which the row formulas use.
#ifndef SHOAL_COMMON_SIMD_HIGHWAY_TARGETS_H_
#define SHOAL_COMMON_SIMD_HIGHWAY_TARGETS_H_

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_SVE | HWY_SVE_256 | HWY_SVE2 | HWY_SVE2_128)

#endif  // SHOAL_COMMON_SIMD_HIGHWAY_TARGETS_H_
