// When what needs a GPU may be skipped.
#ifndef SHOAL_TESTS_SUPPORT_GPU_ABSENCE_H_
#define SHOAL_TESTS_SUPPORT_GPU_ABSENCE_H_

#include <cstdlib>

#include "absl/status/status.h"

namespace shoal {

// `listed` is what ListCudaDevices says. True where there is no device or no driver and the environment has no
// SHOAL_REQUIRE_GPU; a GPU that is there and fails is no reason to skip.
inline bool MaySkipWithoutGpu(const absl::Status& listed) {
  return absl::IsFailedPrecondition(listed) && std::getenv("SHOAL_REQUIRE_GPU") == nullptr;
}

}  // namespace shoal

#endif  // SHOAL_TESTS_SUPPORT_GPU_ABSENCE_H_
