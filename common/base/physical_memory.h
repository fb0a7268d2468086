// How much memory this machine has.
#ifndef SHOAL_COMMON_BASE_PHYSICAL_MEMORY_H_
#define SHOAL_COMMON_BASE_PHYSICAL_MEMORY_H_

#include <cstdint>

namespace shoal {

// In bytes, in use or not; limits of a container do not count. 0: not known.
int64_t PhysicalMemoryBytes();

}  // namespace shoal

#endif  // SHOAL_COMMON_BASE_PHYSICAL_MEMORY_H_
