// common/initializer/philox.h for the CPU and the GPU: Random123's functions are for one of them at a time.
#ifndef SHOAL_WORKER_CUDA_KERNELS_PHILOX_BITS_H_
#define SHOAL_WORKER_CUDA_KERNELS_PHILOX_BITS_H_

#include <cstdint>

#include "common/base/host_device.h"

namespace shoal {

struct PhiloxBits {
  uint32_t words[4];
};

// Philox(key, high, low).
SHOAL_HOST_DEVICE inline PhiloxBits PhiloxBitsAt(uint64_t key, uint64_t high, uint64_t low) {
  constexpr uint32_t kMultipliers[] = {0xD2511F53, 0xCD9E8D57};
  constexpr uint32_t kWeyl[] = {0x9E3779B9, 0xBB67AE85};
  auto key0 = static_cast<uint32_t>(key);
  auto key1 = static_cast<uint32_t>(key >> 32);
  PhiloxBits x = {{static_cast<uint32_t>(low), static_cast<uint32_t>(low >> 32), static_cast<uint32_t>(high),
                   static_cast<uint32_t>(high >> 32)}};
  for (int round = 0; round < 10; ++round) {
    const uint64_t product0 = uint64_t{kMultipliers[0]} * x.words[0];
    const uint64_t product1 = uint64_t{kMultipliers[1]} * x.words[2];
    x = {{static_cast<uint32_t>(product1 >> 32) ^ x.words[1] ^ key0, static_cast<uint32_t>(product1),
          static_cast<uint32_t>(product0 >> 32) ^ x.words[3] ^ key1, static_cast<uint32_t>(product0)}};
    key0 += kWeyl[0];
    key1 += kWeyl[1];
  }
  return x;
}

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_PHILOX_BITS_H_
