// How much memory this process has had at most.
#ifndef SHOAL_COMMON_BASE_PEAK_MEMORY_H_
#define SHOAL_COMMON_BASE_PEAK_MEMORY_H_

#include <cstdint>

namespace shoal {

// Largest resident set so far, in bytes.
uint64_t PeakMemoryBytes();

}  // namespace shoal

#endif  // SHOAL_COMMON_BASE_PEAK_MEMORY_H_
