#include "worker/cuda/cuda_devices.h"

#include <cuda_runtime_api.h>

#include "worker/cuda/cuda_status.h"

namespace shoal {

absl::StatusOr<std::vector<DeviceInfo>> ListCudaDevices() {
  int count = 0;
  SHOAL_RETURN_IF_CUDA_ERROR(cudaGetDeviceCount(&count));
  if (count == 0) return CudaStatus(cudaErrorNoDevice, "cudaGetDeviceCount");
  std::vector<DeviceInfo> devices;
  for (int ordinal = 0; ordinal < count; ++ordinal) {
    cudaDeviceProp properties = {};
    SHOAL_RETURN_IF_CUDA_ERROR(cudaGetDeviceProperties(&properties, ordinal));
    char pci_bus_id[32] = {};
    SHOAL_RETURN_IF_CUDA_ERROR(cudaDeviceGetPCIBusId(pci_bus_id, sizeof(pci_bus_id), ordinal));
    devices.push_back({ordinal, properties.name, properties.major, properties.minor,
                       static_cast<int64_t>(properties.totalGlobalMem), pci_bus_id});
  }
  return devices;
}

}  // namespace shoal
