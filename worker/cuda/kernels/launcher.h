// Runs the bodies of kernels on the CPU. CudaLauncher (cuda_launcher.cuh) has the same functions for the GPU.
//
// A body is an object with
//   SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t item) const   for ForEachItem,
//   SHOAL_HOST_DEVICE void operator()(int64_t item) const                       for ForEachIndex.
// Items of one call may run in any order and at the same time: none reads what another one writes. Calls are done one
// after the other, or recorded (host_queue.h).
//
// Plain value.
#ifndef SHOAL_WORKER_CUDA_KERNELS_LAUNCHER_H_
#define SHOAL_WORKER_CUDA_KERNELS_LAUNCHER_H_

#include <cstdint>

#include "worker/cuda/kernels/host_queue.h"
#include "worker/cuda/kernels/lanes.h"

namespace shoal {

class HostLauncher {
 public:
  // The order of items, which must not matter: tests try both.
  enum class Order { kForward, kBackward };

  // `queue` outlives the launcher and its copies.
  HostLauncher(Order order, HostQueue* queue) : order_(order), queue_(queue) {}

  template <class Body>
  void ForEachItem(int64_t num_items, const Body& body) const {
    ForEach(num_items, [body, lanes = Lanes()](int64_t item) { body(lanes, item); });
  }

  template <class Body>
  void ForEachIndex(int64_t num_items, const Body& body) const {
    ForEach(num_items, body);
  }

 private:
  template <class Body>
  void ForEach(int64_t num_items, const Body& body) const {
    queue_->Do([order = order_, num_items, body] {
      for (int64_t i = 0; i < num_items; ++i) body(order == Order::kForward ? i : num_items - 1 - i);
    });
  }

  Order order_;
  HostQueue* queue_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_LAUNCHER_H_
