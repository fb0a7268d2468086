// NCCL's return codes as statuses that name the call, the device and what NCCL itself says of it.
//
// Unavailable: another worker or the network is gone. InvalidArgument: two workers on one GPU, or wrong arguments.
// Internal: anything else.
//
// Thread safety: safe.
#ifndef SHOAL_WORKER_COLLECTIVE_NCCL_STATUS_H_
#define SHOAL_WORKER_COLLECTIVE_NCCL_STATUS_H_

#include <nccl.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/base/status_macros.h"

namespace shoal {

// `call`: the call's source text; what is behind its name is left out. ncclInProgress is not an error. `communicator`:
// whose last error it is; may be null.
absl::Status NcclStatus(ncclResult_t code, absl::string_view call, ncclComm_t communicator = nullptr);

}  // namespace shoal

// Returns the error of a call of NCCL from the enclosing function.
#define SHOAL_RETURN_IF_NCCL_ERROR(communicator, call) \
  SHOAL_RETURN_IF_ERROR(::shoal::NcclStatus((call), #call, (communicator)))

#endif  // SHOAL_WORKER_COLLECTIVE_NCCL_STATUS_H_
