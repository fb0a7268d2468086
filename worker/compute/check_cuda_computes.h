// Which models CUDA computes: what a job must know before it starts, and `shoal`, which links no CUDA.
#ifndef SHOAL_WORKER_COMPUTE_CHECK_CUDA_COMPUTES_H_
#define SHOAL_WORKER_COMPUTE_CHECK_CUDA_COMPUTES_H_

#include "absl/status/status.h"
#include "proto/job.pb.h"

namespace shoal {

// Unimplemented names the model that it does not compute, and what to do.
absl::Status CheckCudaComputes(const ModelConfig& model);

}  // namespace shoal

#endif  // SHOAL_WORKER_COMPUTE_CHECK_CUDA_COMPUTES_H_
