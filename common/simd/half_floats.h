// Runs of 16-bit floats: bfloat16, the upper half of a float32, and float16, IEEE 754's binary16. Little-endian, not
// necessarily aligned. The instruction set is chosen at run time; the bits are the same on each.
//
// Rounding is stochastic: of the two neighbours of a value the one is taken with a probability that grows with how near
// it is, so that the mean of many roundings is the value (Gupta et al., "Deep Learning with Limited Numerical
// Precision", ICML 2015). So small steps add up that rounding to the nearest would lose. What float16 or bfloat16
// represents stays as it is; NaN stays NaN, and infinity infinity; magnitudes above the largest number become it or
// infinity, which from float16's 65536 on is certain.
//
//   error of one rounding    below                            mean over roundings, below
//   bfloat16                 2^-7 |value|                     0
//   float16                  2^-10 |value| from 2^-14 on,     2^-16 of that
//                            else 2^-24
//
// (bfloat16's subnormals, below 1.2e-38, lie 9.2e-41 apart.)
//
// Thread safety: free functions on the caller's memory.
#ifndef SHOAL_COMMON_SIMD_HALF_FLOATS_H_
#define SHOAL_COMMON_SIMD_HALF_FLOATS_H_

#include <cstddef>
#include <cstdint>

namespace shoal {

// Element i is rounded with 16 random bits that are a function of (key, i): a counter, which begins at the key's lower
// half, through the lowbias32 hash (https://nullprogram.com/blog/2018/07/31/). That is less than Philox and costs a
// fraction; rounding asks no more. REQUIRES: the bits of `key` are well mixed: runs of neighbouring keys would share
// random bits.
void RoundToBfloat16(uint64_t key, const float* values, size_t n, uint8_t* halves);
void RoundToFloat16(uint64_t key, const float* values, size_t n, uint8_t* halves);

// Exact.
void WidenBfloat16(const uint8_t* halves, size_t n, float* values);
void WidenFloat16(const uint8_t* halves, size_t n, float* values);

}  // namespace shoal

#endif  // SHOAL_COMMON_SIMD_HALF_FLOATS_H_
