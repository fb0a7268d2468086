// How long work learns that it is to end: it asks, now and then.
#ifndef SHOAL_COMMON_BASE_INTERRUPTED_H_
#define SHOAL_COMMON_BASE_INTERRUPTED_H_

#include <cstdint>

#include "absl/functional/function_ref.h"

namespace shoal {

// True, which may be said once alone: the work ends with Cancelled.
using Interrupted = absl::FunctionRef<bool()>;
inline bool NeverInterrupted() { return false; }

// Of examples and the like, which take a microsecond each: so many between two questions.
inline constexpr int64_t kExamplesBetweenQuestions = 4096;

}  // namespace shoal

#endif  // SHOAL_COMMON_BASE_INTERRUPTED_H_
