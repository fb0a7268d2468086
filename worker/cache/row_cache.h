// Rows that stay in the memory of a worker's device from step to step, optimizer state and all: which of a batch's rows
// are there, and which must be pulled. Of an embedded worker, tables that fit stay there as a whole (ResidentTables).
//
// But for those, the servers stay the truth: every gradient is pushed to them as without a cache, and the device takes
// the same optimizer steps, to the bit, on the rows that it keeps. So with one worker, training has the same bits with
// a cache of any size and without; with several, a row shows the steps of the others as of when it was pulled, which is
// at most `max_staleness` steps ago, and the own ones up to the last.
//
// Here are the ids alone; the rows are with whoever owns the device (worker/cuda/models/device_row_cache.h).
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CACHE_ROW_CACHE_H_
#define SHOAL_WORKER_CACHE_ROW_CACHE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "common/base/aligned_floats.h"
#include "common/base/host_memory.h"
#include "worker/cache/resident_tables.h"
#include "worker/cache/slot_directory.h"
#include "worker/parameter_client.h"

namespace shoal {

// Where the distinct rows of a batch are.
struct CachedBatch {
  static constexpr uint32_t kNotPulled = ~uint32_t{0};

  int table = 0;
  uint64_t step = 0;
  absl::Span<const uint32_t> slots;  // By row: where it is kept, or SlotDirectory::kNoSlot.
  // By row: which of the pulled ones it is, of `kept` where it has a slot, else of `passing`; kNotPulled: it is in its
  // slot.
  absl::Span<const uint32_t> pulled;
  // Once the pull is done.
  const float* kept = nullptr;  // [num_kept, RowLayout::row_floats]
  int64_t num_kept = 0;
  const float* passing = nullptr;  // The weights alone: [num_passing, SegmentFloats(dim)]
  int64_t num_passing = 0;
};

class RowCache {
 public:
  struct Table {
    SlotDirectory::Options directory;  // No slots: the table is not cached.
    int row_floats = 0;                // RowLayout::row_floats,
    int segment = 0;                   // and its segment.
    bool is_resident = false;          // All of it is there, and not read through the cache.
  };
  struct Statistics {
    uint64_t reads = 0;  // Distinct rows that batches read of the tables that it holds,
    uint64_t hits = 0;   // and those that need not be pulled.
  };

  // By number of the job's table. Pulled rows lie in `memory`; null: in any. `resident`: the tables that are; null
  // where none is. Both outlive the cache.
  RowCache(const std::vector<Table>& tables, HostMemory* memory, ResidentTables* resident = nullptr);
  RowCache(const RowCache&) = delete;
  RowCache& operator=(const RowCache&) = delete;

  // Whether the table's rows are read through the cache.
  bool Holds(int table) const { return tables_[table] != nullptr; }

  // The batch of training step `step` reads rows `ids` of the table, which are distinct: returns those to pull into
  // memory that batch() refers to, first those that are kept, with their state. Valid until the next call for the
  // table. REQUIRES: Holds(table); the table's steps go up; a batch that is not trained on is the last one.
  std::array<PullTable, 2> Read(int table, uint64_t step, absl::Span<const uint64_t> ids);
  // Of the last Read of the table; the object stays the same.
  const CachedBatch& batch(int table) const { return tables_[table]->batch; }

  // May be null.
  ResidentTables* resident() const { return resident_; }
  bool IsResident(int table) const { return is_resident_[table]; }

  const Statistics& statistics() const { return statistics_; }

 private:
  struct TableCache {
    TableCache(const Table& table, HostMemory* memory)
        : row_floats(table.row_floats),
          segment(table.segment),
          directory(table.directory),
          kept(AlignedFloats::In(memory)),
          passing(AlignedFloats::In(memory)) {}

    const int row_floats;
    const int segment;
    SlotDirectory directory;
    std::vector<uint32_t> slots;
    std::vector<uint32_t> missing;
    std::vector<uint32_t> pulled;
    std::vector<uint64_t> kept_ids;
    std::vector<uint64_t> passing_ids;
    AlignedFloats kept;
    AlignedFloats passing;
    CachedBatch batch;
  };

  std::vector<std::unique_ptr<TableCache>> tables_;  // Null: not held.
  ResidentTables* const resident_;
  std::vector<bool> is_resident_;  // By table.
  Statistics statistics_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CACHE_ROW_CACHE_H_
