// A GPU, as users are told of it.
#ifndef SHOAL_WORKER_COMPUTE_DEVICE_INFO_H_
#define SHOAL_WORKER_COMPUTE_DEVICE_INFO_H_

#include <cstdint>
#include <string>

namespace shoal {

struct DeviceInfo {
  int ordinal = 0;  // As CUDA numbers those that CUDA_VISIBLE_DEVICES leaves, from 0.
  std::string name;
  int compute_capability_major = 0;
  int compute_capability_minor = 0;
  int64_t memory_bytes = 0;
  std::string pci_bus_id;
};

// "cuda:0, NVIDIA H100 80GB HBM3, 00000000:1B:00.0": what a run says it was computed with.
std::string DeviceTitle(const DeviceInfo& device);

}  // namespace shoal

#endif  // SHOAL_WORKER_COMPUTE_DEVICE_INFO_H_
