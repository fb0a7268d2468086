// The begun step of a RowOptimizer for rows in a device's memory: what it keeps of each step so far is there too.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_MODELS_DEVICE_ROW_UPDATE_H_
#define SHOAL_WORKER_CUDA_MODELS_DEVICE_ROW_UPDATE_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/optimizer/row_optimizer.h"
#include "worker/cuda/kernels/compute_memory.h"
#include "worker/cuda/kernels/row_updater.h"

namespace shoal {

class DeviceRowUpdate {
 public:
  // `memory` outlives the object.
  explicit DeviceRowUpdate(ComputeMemory* memory);

  // What kernels need for the optimizer's begun step, valid until the next call. Copies what has been added to the
  // optimizer's arrays, which only grow, since the last one. REQUIRES: it is always the same optimizer, whose next step
  // begins after the device's next Wait.
  absl::StatusOr<RowUpdater> Begin(const RowOptimizer& optimizer);

 private:
  // A growing array of the host's on the device.
  template <class T>
  struct Copy {
    explicit Copy(ComputeMemory* memory) : array(memory, "what a table's optimizer keeps of each step") {}
    DeviceArray<T> array;
    size_t size = 0;
  };
  // Sets *array, `size` elements on the host or null, to the same on the device.
  template <class T>
  absl::Status CopyArray(size_t size, Copy<T>& copy, const T** array);

  ComputeMemory* memory_;
  Copy<SgdIdleMap> sgd_idle_maps_;
  Copy<float> learning_rates_;
  Copy<AdamStep<float>> adam_steps_;
  Copy<int64_t> anchors_;
  Copy<float> numerators_;
  Copy<float> root_factors_;
  Copy<double> exp_avg_products_;
  Copy<double> weight_products_;
  Copy<double> decays_;
  Copy<float> tail_bounds_;
  Copy<double> root_powers_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_MODELS_DEVICE_ROW_UPDATE_H_
