// Copies of rows, of which many are a single float: a bias.
#ifndef SHOAL_COMMON_BASE_COPY_FLOATS_H_
#define SHOAL_COMMON_BASE_COPY_FLOATS_H_

#include <cstring>

namespace shoal {

// `to` need not be aligned. For a bias without the call, which would take longer than the copy.
inline void CopyFloats(const float* from, int count, void* to) {
  if (count == 1) {
    std::memcpy(to, from, sizeof(float));
  } else {
    std::memcpy(to, from, count * sizeof(float));
  }
}

}  // namespace shoal

#endif  // SHOAL_COMMON_BASE_COPY_FLOATS_H_
