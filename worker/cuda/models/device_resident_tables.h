// The tables of a job that stay on a device as a whole (worker/cache/resident_tables.h).
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_MODELS_DEVICE_RESIDENT_TABLES_H_
#define SHOAL_WORKER_CUDA_MODELS_DEVICE_RESIDENT_TABLES_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "common/base/aligned_floats.h"
#include "common/schedule/schedule.h"
#include "proto/job.pb.h"
#include "worker/cache/resident_tables.h"
#include "worker/cache/row_cache.h"
#include "worker/cache/row_set.h"
#include "worker/cuda/kernels/compute_device.h"
#include "worker/cuda/models/device_table.h"

namespace shoal {

class DeviceResidentTables : public ResidentTables {
 public:
  // Those of `plan` that are resident; null where none is. `device` and `schedule` outlive the result.
  // ResourceExhausted: the device has not so much memory.
  static absl::StatusOr<std::unique_ptr<DeviceResidentTables>> Create(const ComputeDevice* device, const JobConfig& job,
                                                                      const Schedule& schedule,
                                                                      const std::vector<RowCache::Table>& plan);

  absl::Status Load(const RowStore& store) override;
  absl::Status WriteBack(RowStore& store) override;

  // Whether steps change rows of the table. REQUIRES, of the rest: it is one of these tables.
  bool Updates(int table) const { return !tables_[table]->rows->is_frozen(); }
  // weights[i] = those of row ids[i], SegmentFloats(dim) floats, for `count` distinct ids, some of which may be
  // CachedRows::kNone. All in the device's memory.
  absl::Status Read(const ResidentBatch& batch, const uint32_t* ids, int64_t count, float* weights);
  // The rows take their step; gradients are shaped as the weights. REQUIRES: Updates(batch.table); Read was called for
  // the batch.
  void Update(const ResidentBatch& batch, const uint32_t* ids, int64_t count, const float* gradients);

 private:
  struct Table {
    Table(std::string name, int64_t num_rows) : name(std::move(name)), num_rows(num_rows), read(num_rows) {}
    const std::string name;
    const int64_t num_rows;
    std::unique_ptr<DeviceTable> rows;
    RowSet read;  // By training batches, since they were last written back.
  };

  explicit DeviceResidentTables(const ComputeDevice* device);

  // Some rows at a time go through a buffer.
  absl::Status LoadTable(int number, const RowStore& store);
  absl::Status WriteBackTable(int number, RowStore& store);
  absl::Status Fetch(const DeviceTable& table, absl::Span<const uint32_t> ids);

  const ComputeDevice& device_;
  std::vector<std::unique_ptr<Table>> tables_;  // By number; null: not resident.
  AlignedFloats buffer_;
  DeviceArray<uint32_t> fetched_ids_;
  DeviceArray<float> fetched_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_MODELS_DEVICE_RESIDENT_TABLES_H_
