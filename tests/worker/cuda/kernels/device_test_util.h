// Arrays on a device and back, for tests of kernels.
#ifndef SHOAL_TESTS_WORKER_CUDA_KERNELS_DEVICE_TEST_UTIL_H_
#define SHOAL_TESTS_WORKER_CUDA_KERNELS_DEVICE_TEST_UTIL_H_

#include <vector>

#include "gtest/gtest.h"
#include "worker/cuda/kernels/compute_device.h"

namespace shoal {

template <class T>
DeviceArray<T> OnDevice(const ComputeDevice& device, const std::vector<T>& values) {
  DeviceArray<T> array(device.memory.get(), "a test's array");
  EXPECT_TRUE(array.Assign(values).ok());
  EXPECT_TRUE(device.memory->Wait().ok());
  return array;
}

// Room for `size` elements.
template <class T>
DeviceArray<T> OnDevice(const ComputeDevice& device, size_t size) {
  DeviceArray<T> array(device.memory.get(), "a test's array");
  EXPECT_TRUE(array.Reserve(size).ok());
  return array;
}

template <class T>
std::vector<T> FromDevice(const ComputeDevice& device, const T* data, size_t size) {
  std::vector<T> values(size);
  if (size > 0) device.memory->CopyToHost(data, size * sizeof(T), values.data());
  EXPECT_TRUE(device.memory->Wait().ok());
  return values;
}

}  // namespace shoal

#endif  // SHOAL_TESTS_WORKER_CUDA_KERNELS_DEVICE_TEST_UTIL_H_
