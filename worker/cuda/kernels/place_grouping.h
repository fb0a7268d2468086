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

  // Finds the distinct ids of a batch, ascending, and groups places by them: row r is that of the r-th id. Waits for
  // the device, since the number of rows must be known. REQUIRES: ids are below `universe`, num_places is below 2^31.
  absl::Status GroupIds(const uint64_t* ids, int64_t num_places, uint64_t universe);

  // Of the last call of either; valid until the next one.
  const PlaceGroups& groups() const { return groups_; }
  // Of the last GroupIds: [num_rows], and [num_places].
  const uint64_t* distinct_ids() const { return distinct_ids_.data(); }
  const uint32_t* row_of_place() const { return row_of_place_.data(); }

 private:
  // Goes on from sorted_rows_ and places_.
  absl::Status FindChunks(int64_t num_places, int64_t num_rows);

  const ComputeDevice* device_;
  PlaceGroups groups_;
  DeviceArray<uint32_t> sorted_rows_;
  DeviceArray<uint32_t> places_;
  DeviceArray<uint32_t> begins_;
  DeviceArray<uint32_t> chunk_begins_;
  DeviceArray<uint32_t> chunk_rows_;
  // Of GroupIds alone.
  DeviceArray<uint64_t> sorted_ids_;
  DeviceArray<uint64_t> distinct_ids_;
  DeviceArray<uint32_t> heads_;
  DeviceArray<uint32_t> row_of_place_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_PLACE_GROUPING_H_
