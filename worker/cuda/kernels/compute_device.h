// A device that models compute on: its memory and its kernels. HostDevice runs the kernels' bodies on the calling
// thread, for tests; CudaDevice (cuda_device.h) on a GPU.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_KERNELS_COMPUTE_DEVICE_H_
#define SHOAL_WORKER_CUDA_KERNELS_COMPUTE_DEVICE_H_

#include <memory>

#include "worker/cuda/kernels/compute_memory.h"
#include "worker/cuda/kernels/device_gemm.h"
#include "worker/cuda/kernels/device_trace.h"
#include "worker/cuda/kernels/distance_kernels.h"
#include "worker/cuda/kernels/factorization_kernels.h"
#include "worker/cuda/kernels/feature_kernels.h"
#include "worker/cuda/kernels/launch_recorder.h"
#include "worker/cuda/kernels/launcher.h"
#include "worker/cuda/kernels/layer_kernels.h"
#include "worker/cuda/kernels/loss_kernels.h"
#include "worker/cuda/kernels/row_kernels.h"

namespace shoal {

// All parts queue their work in one order.
struct ComputeDevice {
  // Destroyed last.
  std::unique_ptr<ComputeMemory> memory;
  std::unique_ptr<DeviceTrace> trace;  // Null: there is no timeline.
  std::unique_ptr<LaunchRecorder> recorder;
  std::unique_ptr<DevicePrimitives> primitives;
  std::unique_ptr<RowKernels> rows;
  std::unique_ptr<FactorizationKernels> factorization;
  std::unique_ptr<FeatureKernels> features;
  std::unique_ptr<LayerKernels> layers;
  std::unique_ptr<LossKernels> losses;
  std::unique_ptr<DistanceKernels> distances;
  std::unique_ptr<DeviceGemm> gemm;
};

// `order` is that in which it runs the items of a kernel. New memory is filled with NaN.
ComputeDevice MakeHostDevice(HostLauncher::Order order = HostLauncher::Order::kForward);

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_COMPUTE_DEVICE_H_
