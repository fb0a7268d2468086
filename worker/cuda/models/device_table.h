// Rows of a table that stay in a device's memory, and the optimizer whose steps they take there.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_MODELS_DEVICE_TABLE_H_
#define SHOAL_WORKER_CUDA_MODELS_DEVICE_TABLE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/optimizer/row_optimizer.h"
#include "common/schedule/schedule.h"
#include "proto/job.pb.h"
#include "worker/cuda/kernels/compute_device.h"
#include "worker/cuda/models/device_row_update.h"

namespace shoal {

class DeviceTable {
 public:
  // `device` and `schedule` outlive the result. ResourceExhausted: the device has not so much memory.
  static absl::StatusOr<std::unique_ptr<DeviceTable>> Create(const ComputeDevice* device, const TableConfig& config,
                                                             const Schedule& schedule, int64_t num_rows);

  // Steps change no row.
  bool is_frozen() const { return is_frozen_; }
  // [num_rows, row_floats()], in the device's memory.
  float* rows() { return rows_.data(); }
  const float* rows() const { return rows_.data(); }
  int row_floats() const { return optimizer_->layout().row_floats(); }

  // What a batch of training step `step` reads and updates is of that step, from now on. REQUIRES: as
  // DeviceRowUpdate::Begin.
  absl::Status BeginStep(uint64_t step);
  const RowUpdater& updater() const { return updater_; }
  // RowKernels::UpdateRows. REQUIRES: !is_frozen().
  void Update(const uint32_t* index, int64_t count, const float* gradients);

 private:
  DeviceTable(const ComputeDevice* device, const TableConfig& config, std::unique_ptr<RowOptimizer> optimizer);

  const ComputeDevice& device_;
  const std::string title_;  // For messages about memory.
  const bool is_frozen_;
  const std::unique_ptr<RowOptimizer> optimizer_;
  DeviceRowUpdate update_;
  RowUpdater updater_;  // Of the begun step.
  DeviceArray<float> rows_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_MODELS_DEVICE_TABLE_H_
