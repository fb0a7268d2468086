// Several positions of a Permutation at once, vectorised.
#ifndef SHOAL_COMMON_BASE_PERMUTATION_KERNEL_H_
#define SHOAL_COMMON_BASE_PERMUTATION_KERNEL_H_

#include <cstdint>

#include "absl/types/span.h"

namespace shoal {

// The Feistel network of common/base/permutation.h.
struct FeistelNetwork {
  absl::Span<const uint64_t> keys;  // One a round.
  int low_bits;
  uint64_t high_size;  // REQUIRES: below 2^32, as is 2^low_bits.
};

// elements[i] = the network's image of begin + i. Images may lie beyond the permutation's size: the caller walks on.
// Returns how many were filled: the last few may be left to the caller.
int64_t ApplyFeistelNetwork(const FeistelNetwork& network, uint64_t begin, absl::Span<int64_t> elements);

}  // namespace shoal

#endif  // SHOAL_COMMON_BASE_PERMUTATION_KERNEL_H_
