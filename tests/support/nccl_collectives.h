// All workers' NCCL collectives in one process, on a GPU each.
#ifndef SHOAL_TESTS_SUPPORT_NCCL_COLLECTIVES_H_
#define SHOAL_TESTS_SUPPORT_NCCL_COLLECTIVES_H_

#include <string>

#include "absl/time/time.h"
#include "tests/support/collectives.h"

namespace shoal {

// What is missing for `size` workers, in words; empty: nothing.
std::string WhyNoNcclCollectives(int size);

// Worker r on GPU r; `timeout` is that of their operations. REQUIRES: nothing is missing.
Collectives ConnectNcclCollectives(int size, absl::Duration timeout);

}  // namespace shoal

#endif  // SHOAL_TESTS_SUPPORT_NCCL_COLLECTIVES_H_
