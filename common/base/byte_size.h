// Sizes of memory for people.
#ifndef SHOAL_COMMON_BASE_BYTE_SIZE_H_
#define SHOAL_COMMON_BASE_BYTE_SIZE_H_

#include <cstdint>
#include <string>

namespace shoal {

// In the largest of B, KiB, MiB, GiB and TiB that gives at least 1, with one decimal place: "512 B", "1.5 GiB".
// REQUIRES: bytes >= 0.
std::string ByteSize(int64_t bytes);

}  // namespace shoal

#endif  // SHOAL_COMMON_BASE_BYTE_SIZE_H_
