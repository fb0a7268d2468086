// Finds which places of a batch read which row, on a device.
//
// Memory is kept from batch to batch and grows with the largest one.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_KERNELS_PLACE_GROUPING_H_
#define SHOAL_WORKER_CUDA_KERNELS_PLACE_GROUPING_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "worker/cuda/kernels/compute_device.h"

namespace shoal {

class PlaceGrouping {
 public:
  // `device` outlives the object.
  explicit PlaceGrouping(const ComputeDevice* device);

  // Groups places by row_of_place, [num_places], whose values are below num_rows. REQUIRES: both are below 2^31.
  absl::Status Group(const uint32_t* row_of_place, int64_t num_places, int64_t num_rows);

  // Finds the distinct ids of a batch, ascending, and groups places by them: row r is that of the r-th id. How many
  // there are only the device knows: groups().num_rows is what they may be at most, min(num_places, num_ids), and rows
  // behind the last id have no places. REQUIRES: ids are below num_ids, which is below 2^32; num_places is below 2^31.
  absl::Status GroupIds(const uint32_t* ids, int64_t num_places, int64_t num_ids);

  // Of the last call of either; valid until the next one.
  const PlaceGroups& groups() const { return groups_; }
  // Of the last GroupIds: [num_rows], CachedRows::kNone behind the last one, and [num_places].
  const uint32_t* distinct_ids() const { return distinct_ids_.data(); }
  const uint32_t* row_of_place() const { return row_of_place_.data(); }

 private:
  // places_, by their keys, which are below `end`; begins_ has room for num_rows.
  absl::Status Sort(const uint32_t* keys, int64_t num_places, int64_t end, int64_t num_rows);
  // Goes on from places_ and begins_.
  absl::Status FindChunks(int64_t num_places, int64_t num_rows);

  const ComputeDevice* device_;
  PlaceGroups groups_;
  DeviceArray<uint32_t> sorted_keys_;  // Rows or ids.
  DeviceArray<uint32_t> places_;
  DeviceArray<uint32_t> begins_;
  DeviceArray<uint32_t> chunk_begins_;
  DeviceArray<uint32_t> chunk_rows_;
  // Of GroupIds alone.
  DeviceArray<uint32_t> distinct_ids_;
  DeviceArray<uint32_t> heads_;
  DeviceArray<uint32_t> row_of_place_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_PLACE_GROUPING_H_
