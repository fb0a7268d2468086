#include "worker/cuda/cuda_status.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace shoal {
namespace {

struct Meaning {
  absl::StatusCode code;
  const char* advice;  // Empty: CUDA's own text says it all.
};

Meaning MeaningOf(cudaError_t code) {
  using absl::StatusCode;
  switch (code) {
    case cudaErrorMemoryAllocation:
      return {StatusCode::kResourceExhausted, "use a smaller batch, or a device with more memory that is free"};
    case cudaErrorNoDevice:
      return {
          StatusCode::kFailedPrecondition,
          "no GPU of NVIDIA's is visible: see nvidia-smi and CUDA_VISIBLE_DEVICES, or train with cluster.compute: CPU"};
    case cudaErrorInsufficientDriver:
      return {StatusCode::kFailedPrecondition,
              "there is no NVIDIA driver, or it is older than this binary's CUDA: see nvidia-smi; CUDA 13 needs 580 or "
              "younger"};
    case cudaErrorInitializationError:
    case cudaErrorSystemDriverMismatch:
    case cudaErrorSystemNotReady:
    case cudaErrorCompatNotSupportedOnDevice:
      return {StatusCode::kFailedPrecondition, "the NVIDIA driver is not usable: see nvidia-smi"};
    case cudaErrorDevicesUnavailable:
    case cudaErrorDeviceUninitialized:
      return {StatusCode::kFailedPrecondition, "another process may have the device for itself: see nvidia-smi"};
    case cudaErrorNoKernelImageForDevice:
    case cudaErrorUnsupportedPtxVersion:
      return {StatusCode::kFailedPrecondition,
              "this binary has no code for the device: build with CMAKE_CUDA_ARCHITECTURES set to it (docs/gpu.md)"};
    case cudaErrorInvalidDevice:
      return {StatusCode::kInvalidArgument, "shoal-worker --devices lists those that there are"};
    case cudaErrorIllegalAddress:
    case cudaErrorMisalignedAddress:
    case cudaErrorAssert:
    case cudaErrorLaunchFailure:
      return {StatusCode::kInternal, "a kernel before it failed, which is a bug: compute-sanitizer says where"};
    case cudaErrorECCUncorrectable:
    case cudaErrorHardwareStackError:
      return {StatusCode::kInternal, "the device has failed: see nvidia-smi -q"};
    default:
      return {StatusCode::kInternal, ""};
  }
}

}  // namespace

std::string OnCurrentDevice() {
  int device = 0;
  int count = 0;
  if (cudaGetDeviceCount(&count) != cudaSuccess || cudaGetDevice(&device) != cudaSuccess) {
    (void)cudaGetLastError();  // Not that of the caller's next call.
    return "";
  }
  return absl::StrCat(" on cuda:", device);
}

absl::Status CudaStatus(cudaError_t code, absl::string_view call) {
  if (code == cudaSuccess) return absl::OkStatus();
  (void)cudaGetLastError();  // Taken care of here.
  const Meaning meaning = MeaningOf(code);
  std::string message = absl::StrCat(call.substr(0, call.find('(')), OnCurrentDevice(), ": ", cudaGetErrorName(code),
                                     ", ", cudaGetErrorString(code));
  if (meaning.advice[0] != '\0') absl::StrAppend(&message, "; ", meaning.advice);
  return absl::Status(meaning.code, message);
}

}  // namespace shoal
