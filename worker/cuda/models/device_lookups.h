// The rows that a batch looks up, on a device: copied there, their gradients summed there and copied back.
//
// Blocks of rows that several lookups share are copied once, and so are indices. Memory is kept from batch to batch and
// grows with the largest one. Of tables that are resident on the device ids alone are copied: which of them are
// distinct is found there, and gradients stay there.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_MODELS_DEVICE_LOOKUPS_H_
#define SHOAL_WORKER_CUDA_MODELS_DEVICE_LOOKUPS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "worker/cuda/kernels/compute_device.h"
#include "worker/cuda/kernels/place_grouping.h"
#include "worker/cuda/models/device_row_cache.h"
#include "worker/model.h"

namespace shoal {

class DeviceLookups {
 public:
  // `device` and `cache` outlive the object. `cache`: where rows of lookups with LookupRows::cached or resident are;
  // may be null where there are none.
  explicit DeviceLookups(const ComputeDevice* device, DeviceRowCache* cache = nullptr);

  // Begins a batch: copies its indices. `dims`: of each lookup, the floats of a row. REQUIRES: num_rows and num_places
  // of the lookups are set; what they point to stays until the device's next Wait after EndBatch.
  absl::Status Begin(absl::Span<const LookupRows> lookups, absl::Span<const int> dims);
  // Copies the rows, then, or reads them from the cache: what is queued in between, the sorts of Groups, runs beside
  // it.
  absl::Status CopyRows();

  // Of the batch. A lookup without an index has one of zeros.
  IndexedRows rows(int lookup) const;
  // Whether gradients of the lookup's rows are to be added.
  bool WantsGradients(int lookup) const { return places_[lookup].block->wants_gradients; }
  // Which places read which row, of the lookup's index.
  absl::StatusOr<const PlaceGroups*> Groups(int lookup);

  // Adds the terms of the places to the gradients of the lookup's rows, which are those of `groups`, if they are
  // wanted.
  absl::Status AddGradients(int lookup, const PlaceGroups& groups, const PlaceTerms& terms);
  // The same of the lookup's own places.
  absl::Status AddGradients(int lookup, const PlaceTerms& terms);

  // The block of these gradients holds sums of others: EndBatch keeps them. Nothing happens where there is no such
  // block. Call it before anything is added.
  absl::Status KeepGradients(float* gradients);

  // Copies gradients into the lookups' blocks: they are there after the device's next Wait. Blocks that nothing was
  // added to stay as they are. Rows that are kept take their step. All is queued, then: the host does its work,
  // ModelBatch::host_work.
  void EndBatch(const std::function<void()>& host_work = nullptr);
  // The same of the lookup's block, if no other lookup reads it: now, beside what is queued later. Nothing is added to
  // it any more.
  void CopyGradientsOf(int lookup);

 private:
  // Distinct ids of a batch, found on the device.
  struct DistinctIds {
    explicit DistinctIds(const ComputeDevice* device);
    absl::Span<const uint32_t> host;
    DeviceArray<uint32_t> ids;
    PlaceGrouping grouping;
  };
  struct Block {
    explicit Block(const ComputeDevice& device);
    const float* host_rows = nullptr;
    const CachedBatch* cached = nullptr;
    const ResidentBatch* resident = nullptr;
    const DistinctIds* ids = nullptr;  // Of resident rows.
    float* host_gradients = nullptr;
    bool wants_gradients = false;
    int64_t num_rows = 0;
    int segment = 0;
    int num_lookups = 0;
    bool has_sums = false;   // The gradients are more than memory.
    bool is_copied = false;  // They are on their way to the host.
    DeviceArray<float> rows;
    DeviceArray<float> gradients;
    size_t size() const { return static_cast<size_t>(num_rows) * segment; }
  };
  struct Index {
    explicit Index(const ComputeDevice* device);
    const uint32_t* host = nullptr;
    int64_t num_places = 0;
    int64_t num_rows = 0;
    const uint32_t* rows = nullptr;  // By place, on the device.
    DeviceArray<uint32_t> copied;    // They, where the host has found them.
    PlaceGrouping grouping;
    const PlaceGroups* groups = nullptr;  // Null: not found yet.
  };
  struct Place {
    Block* block;
    Index* index;
  };

  void CopyGradients(Block& block);
  absl::StatusOr<Block*> FindOrAddBlock(const LookupRows& lookup, int dim);
  absl::StatusOr<Index*> FindOrCopyIndex(const LookupRows& lookup, const DistinctIds* ids);
  // Null: the host has found them.
  absl::StatusOr<const DistinctIds*> FindDistinctIds(const LookupRows& lookup);
  // Which rows are those of the batch, and how to read and update them.
  absl::Status ReadRows(Block& block);

  const ComputeDevice* device_;
  DeviceRowCache* const cache_;
  // The first ones are the batch's, the others wait for larger batches.
  std::vector<std::unique_ptr<Block>> blocks_;
  size_t num_blocks_ = 0;
  std::vector<std::unique_ptr<Index>> indices_;
  size_t num_indices_ = 0;
  std::vector<std::unique_ptr<DistinctIds>> distinct_ids_;
  size_t num_distinct_ids_ = 0;
  std::vector<Place> places_;  // By lookup.
  DeviceArray<float> partial_sums_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_MODELS_DEVICE_LOOKUPS_H_
