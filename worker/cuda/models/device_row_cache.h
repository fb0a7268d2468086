// The rows of a RowCache in a device's memory: a batch's weights come from there, and its gradients are applied there.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_MODELS_DEVICE_ROW_CACHE_H_
#define SHOAL_WORKER_CUDA_MODELS_DEVICE_ROW_CACHE_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/schedule/schedule.h"
#include "proto/job.pb.h"
#include "worker/cache/row_cache.h"
#include "worker/cuda/kernels/compute_device.h"
#include "worker/cuda/models/device_resident_tables.h"
#include "worker/cuda/models/device_table.h"

namespace shoal {

class DeviceRowCache {
 public:
  // Null where the job has no row_cache. `device` and `schedule` outlive the result. ResourceExhausted: the device has
  // not so much memory.
  static absl::StatusOr<std::unique_ptr<DeviceRowCache>> Create(const ComputeDevice* device, const ResolvedJob& job,
                                                                const Schedule& schedule);

  RowCache& rows() { return *rows_; }
  // Those that the job's plan says are resident: the other calls are about other tables.
  DeviceResidentTables& resident() { return *resident_; }

  // Whether steps change rows of the table.
  bool Updates(int table) const { return !tables_[table]->rows->is_frozen(); }

  // weights[i] = those of the batch's row i, SegmentFloats(dim) floats, in the device's memory. The pulled rows are
  // there and stay until the device's next Wait.
  absl::Status Read(const CachedBatch& batch, float* weights);
  // Applies the gradients, which are on the device too, shaped as the weights, to the rows that are kept.
  // REQUIRES: Updates(batch.table); Read was called for the batch, and gradients of the same bits are pushed.
  void Update(const CachedBatch& batch, const float* gradients);

 private:
  struct Table {
    Table(const ComputeDevice& device, std::unique_ptr<DeviceTable> rows);

    const std::unique_ptr<DeviceTable> rows;  // By slot.
    DeviceArray<float> kept;
    DeviceArray<float> passing;
    DeviceArray<uint32_t> slots;
    DeviceArray<uint32_t> pulled;
  };

  explicit DeviceRowCache(const ComputeDevice* device) : device_(*device) {}

  const ComputeDevice& device_;
  std::unique_ptr<DeviceResidentTables> resident_;
  std::unique_ptr<RowCache> rows_;
  std::vector<std::unique_ptr<Table>> tables_;  // By number; null where nothing is cached.
};

// Of a model that may have one.
inline RowCache* RowsOf(DeviceRowCache* cache) { return cache != nullptr ? &cache->rows() : nullptr; }

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_MODELS_DEVICE_ROW_CACHE_H_
