// Runs the bodies of kernels on the CPU. CudaLauncher (cuda_launcher.cuh) has the same functions for the GPU.
//
// A body is an object with
//   SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t item) const   for ForEachItem,
//   SHOAL_HOST_DEVICE void operator()(int64_t item) const                       for ForEachIndex.
// Items of one call may run in any order and at the same time: none reads what another one writes. Calls are done one
// after the other.
//
// Plain value.
#ifndef SHOAL_WORKER_CUDA_KERNELS_LAUNCHER_H_
#define SHOAL_WORKER_CUDA_KERNELS_LAUNCHER_H_

#include <cstdint>

#include "worker/cuda/kernels/lanes.h"

namespace shoal {

class HostLauncher {
 public:
  // The order of items, which must not matter: tests try both.
  enum class Order { kForward, kBackward };

  explicit HostLauncher(Order order = Order::kForward) : order_(order) {}

  template <class Body>
  void ForEachItem(int64_t num_items, const Body& body) const {
    const Lanes lanes;
    for (int64_t i = 0; i < num_items; ++i) body(lanes, Item(i, num_items));
  }

  template <class Body>
  void ForEachIndex(int64_t num_items, const Body& body) const {
    for (int64_t i = 0; i < num_items; ++i) body(Item(i, num_items));
  }

 private:
  int64_t Item(int64_t i, int64_t num_items) const { return order_ == Order::kForward ? i : num_items - 1 - i; }

  Order order_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_LAUNCHER_H_
