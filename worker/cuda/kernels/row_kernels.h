// What a device does with rows: which places of a batch read which row, sums over them, copies and optimizer steps.
//
// Pointers are to the device's memory. Calls are queued (compute_memory.h).
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_KERNELS_ROW_KERNELS_H_
#define SHOAL_WORKER_CUDA_KERNELS_ROW_KERNELS_H_

#include <cstdint>

#include "worker/cuda/kernels/row_updater.h"

namespace shoal {

// Places of a batch that are added up together, in order, before their sums are: so many places of one row take
// several chunks, and no row's sum is one long chain.
constexpr int kPlacesPerChunk = 128;

// The places of a batch, by the row that they read: those of row r are places[begins[r]] up to
// places[begins[r + 1]], ascending.
struct PlaceGroups {
  int64_t num_places = 0;
  int64_t num_rows = 0;
  const uint32_t* places = nullptr;  // [num_places]
  const uint32_t* begins = nullptr;  // [num_rows + 1]
  // Chunks of row r are chunk_begins[r] up to chunk_begins[r + 1]; row of chunk c is chunk_rows[c].
  const uint32_t* chunk_begins = nullptr;  // [num_rows + 1]
  const uint32_t* chunk_rows = nullptr;    // [MaxChunks]

  // What the number of chunks cannot exceed, for memory and launches.
  static int64_t MaxChunks(int64_t num_places, int64_t num_rows) {
    const int64_t full = num_places / kPlacesPerChunk;
    return full + (num_rows < num_places ? num_rows : num_places);
  }
};

// What each place adds to its row: of place p, with s = p / places_per_source,
//   factors[p] * (source + (index ? index[s] : s) * stride + p % places_per_source * inner_stride)[0 .. dim)
struct PlaceTerms {
  int dim = 0;
  const float* source = nullptr;
  int64_t stride = 0;
  int places_per_source = 1;
  int64_t inner_stride = 0;
  const uint32_t* index = nullptr;
  const float* factors = nullptr;  // Null: all 1.
  // [sources, dim]: the only place whose element counts (the largest of a bag). Null: all do.
  const uint32_t* winners = nullptr;
};

// Rows of a table that stay on the device in slots, and where those of a batch are.
struct CachedRows {
  // Of `slot_of` and `pulled_of`: neither.
  static constexpr uint32_t kNone = ~uint32_t{0};

  float* rows = nullptr;           // [slots, updater.shape.row_floats]
  const float* kept = nullptr;     // Rows that have just come and stay, the same.
  const float* passing = nullptr;  // Weights of those that do not stay: [rows, updater.shape.segment]
  // By row of the batch: where it stays; kNone: it does not.
  const uint32_t* slot_of = nullptr;
  // By row of the batch: which of `kept` it is where it has a slot, else of `passing`; kNone: it is in its slot, or,
  // without one, there is no such row. Null: all are kNone.
  const uint32_t* pulled_of = nullptr;
};

class RowKernels {
 public:
  virtual ~RowKernels() = default;

  // begins[r] = the first p with sorted_rows[p] >= r, for r from 0 to num_rows. `sorted_rows` ascend.
  virtual void FindBegins(const uint32_t* sorted_rows, int64_t num_places, int64_t num_rows, uint32_t* begins) = 0;
  // counts[r] = the number of chunks of row r, counts[num_rows] = 0.
  virtual void CountChunks(const uint32_t* begins, int64_t num_rows, uint32_t* counts) = 0;
  // chunk_rows as PlaceGroups has them.
  virtual void FillChunkRows(const uint32_t* chunk_begins, int64_t num_rows, uint32_t* chunk_rows) = 0;

  // sums[r] = the sum of the terms of row r's places, `segment` floats a row of which terms have the first dim. With
  // `add`, sums start from what is there. `partial_sums` is scratch, [MaxChunks, dim]. The order of each sum depends on
  // the row's own places alone: those of a chunk one after the other, then the chunks' sums one after the other.
  virtual void SumTerms(const PlaceGroups& groups, const PlaceTerms& terms, int segment, bool add, float* partial_sums,
                        float* sums) = 0;

  // to[i] = rows[index[i]], `width` floats each from rows `stride` floats apart.
  virtual void GatherRows(const float* rows, int64_t stride, const uint32_t* index, int64_t count, int width,
                          float* to) = 0;
  // weights[i] = those of the batch's row i, updater.shape.segment floats, current up to the step before
  // updater.update.step, as the row in its slot is from now on. Nothing is written where there is no row. REQUIRES: the
  // slots are all different, pulled rows are current.
  virtual void ReadCachedRows(const RowUpdater& updater, const CachedRows& cached, int64_t count, float* weights) = 0;
  // Brings rows[index[i]] to the step before updater.update.step, and applies that with gradients[i], of
  // updater.shape.segment floats. Null `index`: row i; CachedRows::kNone: none. REQUIRES: the rows are all different.
  virtual void UpdateRows(const RowUpdater& updater, const uint32_t* index, int64_t count, const float* gradients,
                          float* rows) = 0;

  // to[i] = value.
  virtual void Fill(uint32_t value, int64_t count, uint32_t* to) = 0;
  // heads[i] = 1 where sorted_ids[i] is the first of its value, else 0.
  virtual void MarkHeads(const uint32_t* sorted_ids, int64_t count, uint32_t* heads) = 0;
  // With head_sums[i] = the number of heads before i, of the sorted places: where each row's begin, the row of each
  // place, and the distinct ids, one a row.
  virtual void NumberRows(const uint32_t* sorted_ids, const uint32_t* places, const uint32_t* head_sums, int64_t count,
                          uint32_t* begins, uint32_t* row_of_place, uint32_t* distinct_ids) = 0;
};

// What libraries have: sorting and scans.
class DevicePrimitives {
 public:
  virtual ~DevicePrimitives() = default;

  // places = 0 .. count - 1 in the order of their keys, equal ones as they come; sorted_keys = the keys in that order.
  // Keys are below 2^bits. REQUIRES: count < 2^31.
  virtual void SortPlaces(const uint32_t* keys, int64_t count, int bits, uint32_t* sorted_keys, uint32_t* places) = 0;
  virtual void SortPlaces(const uint64_t* keys, int64_t count, int bits, uint64_t* sorted_keys, uint32_t* places) = 0;
  // sums[i] = the sum of values[0 .. i). May be in place.
  virtual void ExclusiveSum(const uint32_t* values, int64_t count, uint32_t* sums) = 0;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_ROW_KERNELS_H_
