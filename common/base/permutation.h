// A keyed random order of [0, size): the element at any position in constant time, without memory.
//
// A Feistel network on pairs (high, low) with cycle walking (Black and Rogaway, "Ciphers with arbitrary finite
// domains", CT-RSA 2002). Low has a power of two of values and high as few as cover `size`, so fewer than one position
// in sqrt(size / 2) or so walks. The order is part of what a job's results depend on and of docs/data.md: it must not
// change. Exactly, with all arithmetic on unsigned 64-bit integers, modulo 2^64:
//
//   mix(z):          z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
//                    z = (z ^ (z >> 27)) * 0x94D049BB133111EB
//                    return z ^ (z >> 31)
//   key[r]:          mix(mix(mix(seed) + stream) + (r + 1) * 0x9E3779B97F4A7C15)           for r = 0 .. 5
//   low_bits:        floor(bits / 2), bits being the number of bits of size - 1 (0 where size is 1)
//   low_size:        2^low_bits
//   high_size:       ceil(size / low_size)
//   round(r, x, m):  z = (x + key[r]) * 0x9E3779B97F4A7C15
//                    z = (z ^ (z >> 32)) * 0xD6E8FEB86659FD93
//                    return ((z >> 32) * m) >> 32                                          which is below m
//   at(i):           repeat
//                      high = i >> low_bits; low = i mod low_size
//                      for r = 0, 2, 4:
//                        low = (low + round(r, high, low_size)) mod low_size
//                        high = (high + round(r + 1, low, high_size)) mod high_size
//                      i = high * low_size + low
//                    until i < size
//                    return i
//
// Worked examples, (size, seed, stream) -> at(0), at(1), at(2), at(size - 1):
//   (10, 0, 0)                             -> 3, 5, 2, 9
//   (80000, 42, 3)                         -> 42878, 70921, 45539, 42969
//   (100000, 2^64 - 1, 0x73706C6974)       -> 59097, 31890, 43134, 78274
//
// Thread safety: immutable.
#ifndef SHOAL_COMMON_BASE_PERMUTATION_H_
#define SHOAL_COMMON_BASE_PERMUTATION_H_

#include <array>
#include <cstdint>

#include "absl/types/span.h"

namespace shoal {

class Permutation {
 public:
  // Different streams of a seed give unrelated orders. REQUIRES: size >= 1.
  Permutation(int64_t size, uint64_t seed, uint64_t stream);

  int64_t size() const { return static_cast<int64_t>(size_); }

  // The element at `position`: every element of [0, size) stands at exactly one.
  // REQUIRES: 0 <= position < size.
  int64_t At(int64_t position) const { return Walk(static_cast<uint64_t>(position)); }

  // The elements at positions begin, begin + 1, ..., several at a time. REQUIRES: they are positions.
  void Fill(int64_t begin, absl::Span<int64_t> elements) const;

  static constexpr int kRounds = 6;

 private:
  // In [0, m). REQUIRES: m <= 2^32.
  static uint64_t Round(uint64_t key, uint64_t x, uint64_t m) {
    uint64_t z = (x + key) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 32)) * 0xD6E8FEB86659FD93u;
    return ((z >> 32) * m) >> 32;
  }

  // From `i` to the first image that is an element.
  int64_t Walk(uint64_t i) const {
    do {
      i = Encrypt(i);
    } while (i >= size_);
    return static_cast<int64_t>(i);
  }

  uint64_t Encrypt(uint64_t i) const {
    const uint64_t low_mask = low_size_ - 1;
    uint64_t high = i >> low_bits_;
    uint64_t low = i & low_mask;
    for (int r = 0; r < kRounds; r += 2) {
      low = (low + Round(keys_[r], high, low_size_)) & low_mask;
      high += Round(keys_[r + 1], low, high_size_);
      high -= high >= high_size_ ? high_size_ : 0;
    }
    return (high << low_bits_) | low;
  }

  uint64_t size_;
  int low_bits_;
  uint64_t low_size_;
  uint64_t high_size_;
  std::array<uint64_t, kRounds> keys_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_BASE_PERMUTATION_H_
