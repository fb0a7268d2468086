// Random bits as a pure function of a key and a position: Philox4x32-10 (Salmon et al., "Parallel random numbers: as
// easy as 1, 2, 3", SC 2011), by Random123.
#ifndef SHOAL_COMMON_INITIALIZER_PHILOX_H_
#define SHOAL_COMMON_INITIALIZER_PHILOX_H_

#include <array>
#include <cstdint>

#include "Random123/philox.h"

namespace shoal {

using PhiloxBlock = std::array<uint32_t, 4>;

// The 128 random bits at position (high, low) of the stream of `key`. Words are taken least significant first.
inline PhiloxBlock Philox(uint64_t key, uint64_t high, uint64_t low) {
  const auto word = [](uint64_t value, int index) { return static_cast<uint32_t>(value >> (32 * index)); };
  const philox4x32_ctr_t counter = {{word(low, 0), word(low, 1), word(high, 0), word(high, 1)}};
  const philox4x32_key_t philox_key = {{word(key, 0), word(key, 1)}};
  const philox4x32_ctr_t bits = philox4x32_R(10, counter, philox_key);
  return {bits.v[0], bits.v[1], bits.v[2], bits.v[3]};
}

// The first two words.
inline uint64_t Low64(const PhiloxBlock& block) { return uint64_t{block[1]} << 32 | block[0]; }

}  // namespace shoal

#endif  // SHOAL_COMMON_INITIALIZER_PHILOX_H_
