// Matrix products on a device, row-major, in float: cuBLASLt on a GPU, OpenBLAS on the CPU's.
//
// Views are of the device's memory. Calls are queued (compute_memory.h).
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_KERNELS_DEVICE_GEMM_H_
#define SHOAL_WORKER_CUDA_KERNELS_DEVICE_GEMM_H_

#include "proto/job.pb.h"
#include "worker/tower/gemm.h"
#include "worker/tower/matrix_view.h"

namespace shoal {

class DeviceGemm {
 public:
  virtual ~DeviceGemm() = default;

  // To what the factors of later products may be rounded before they are multiplied; HIGHEST at first. Terms are added
  // as floats whatever it is.
  virtual void SetPrecision(ClusterConfig::MatmulPrecision precision) = 0;

  // c = a b, plus `bias`, [cols], in every row; null: none. What c held is not read. REQUIRES: shapes fit, c overlaps
  // no factor.
  virtual void Multiply(const GemmFactor& a, const GemmFactor& b, MatrixView c, const float* bias = nullptr) = 0;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_DEVICE_GEMM_H_
