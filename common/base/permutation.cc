#include "common/base/permutation.h"

#include <bit>

namespace shoal {
namespace {

// The finalizer of SplitMix64.
uint64_t Mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

}  // namespace

Permutation::Permutation(int64_t size, uint64_t seed, uint64_t stream)
    : size_(static_cast<uint64_t>(size)),
      low_bits_(std::bit_width(size_ - 1) / 2),
      low_size_(uint64_t{1} << low_bits_),
      high_size_((size_ + low_size_ - 1) >> low_bits_) {
  const uint64_t base = Mix(Mix(seed) + stream);
  for (int r = 0; r < kRounds; ++r) keys_[r] = Mix(base + (static_cast<uint64_t>(r) + 1) * 0x9E3779B97F4A7C15u);
}

}  // namespace shoal
