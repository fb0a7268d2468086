#include <utility>

#include "common/base/status_macros.h"
#include "tests/worker/cuda/kernels/device_suite.h"
#include "worker/cuda/cuda_allocator.h"
#include "worker/cuda/cuda_devices.h"
#include "worker/cuda/cuda_stream.h"
#include "worker/cuda/kernels/cuda_compute_device.h"

namespace shoal {
namespace {

// On device 0, with a stream and memory that live as long as the program.
absl::StatusOr<ComputeDevice> MakeGpu() {
  SHOAL_ASSIGN_OR_RETURN(CudaStream stream, CudaStream::Create());
  return MakeCudaComputeDevice(*new CudaStream(std::move(stream)), new CudaAllocator());
}

}  // namespace

std::vector<DeviceKind> DeviceKinds() {
  return {{"Gpu", [] { return ListCudaDevices().status(); }, MakeGpu}};
}

}  // namespace shoal
