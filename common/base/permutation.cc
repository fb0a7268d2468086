#include "common/base/permutation.h"

#include <bit>

#include "common/base/permutation_kernel.h"

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

void Permutation::Fill(int64_t begin, absl::Span<int64_t> elements) const {
  int64_t filled = 0;
  if (high_size_ <= UINT32_MAX) {
    filled = ApplyFeistelNetwork({keys_, low_bits_, high_size_}, static_cast<uint64_t>(begin), elements);
  }
  for (int64_t i = 0; i < filled; ++i) {
    // Where the walk goes on: an image beyond the size is the next position to look at.
    if (elements[i] >= size()) elements[i] = Walk(static_cast<uint64_t>(elements[i]));
  }
  for (size_t i = filled; i < elements.size(); ++i) elements[i] = At(begin + static_cast<int64_t>(i));
}

}  // namespace shoal
