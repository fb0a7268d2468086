#include "worker/collective/nccl_status.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "worker/cuda/cuda_status.h"

namespace shoal {
namespace {

struct Meaning {
  absl::StatusCode code;
  const char* advice;
};

Meaning MeaningOf(ncclResult_t code) {
  switch (code) {
    case ncclRemoteError:
    case ncclSystemError:
      return {absl::StatusCode::kUnavailable,
              "another worker has gone, or the network between them does not work; NCCL_DEBUG=INFO says more"};
    case ncclInvalidUsage:
    case ncclInvalidArgument:
      return {absl::StatusCode::kInvalidArgument,
              "NCCL wants a GPU of its own for each worker; NCCL_DEBUG=WARN says more"};
    case ncclUnhandledCudaError:
      return {absl::StatusCode::kInternal, "a call of CUDA failed; NCCL_DEBUG=WARN says which"};
    default:
      return {absl::StatusCode::kInternal, "NCCL_DEBUG=INFO says more"};
  }
}

}  // namespace

absl::Status NcclStatus(ncclResult_t code, absl::string_view call, ncclComm_t communicator) {
  if (code == ncclSuccess || code == ncclInProgress) return absl::OkStatus();
  const Meaning meaning = MeaningOf(code);
  const char* const last = ncclGetLastError(communicator);
  std::string message = absl::StrCat(call.substr(0, call.find('(')), OnCurrentDevice(), ": ", ncclGetErrorString(code));
  if (last != nullptr && last[0] != '\0') absl::StrAppend(&message, ": ", last);
  return absl::Status(meaning.code, absl::StrCat(message, "; ", meaning.advice));
}

}  // namespace shoal
