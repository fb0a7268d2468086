// A named range on a profiler's timeline (Nsight Systems), from construction to destruction, on the calling thread.
// Costs a few nanoseconds where no profiler is attached.
#ifndef SHOAL_WORKER_CUDA_NVTX_RANGE_H_
#define SHOAL_WORKER_CUDA_NVTX_RANGE_H_

#include <nvtx3/nvToolsExt.h>

namespace shoal {

class NvtxRange {
 public:
  explicit NvtxRange(const char* name) { nvtxRangePushA(name); }
  NvtxRange(const NvtxRange&) = delete;
  NvtxRange& operator=(const NvtxRange&) = delete;
  ~NvtxRange() { nvtxRangePop(); }
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_NVTX_RANGE_H_
