// Tables that stay in a device's memory as a whole while an embedded worker trains.
//
// The device has the truth: a step's gradients stay there, too, and change rows there alone. Whoever else reads rows,
// validation or a checkpoint, needs them written back first. Servers and other workers would read them at every step,
// so where there are such, no table is resident (RowCache writes through).
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CACHE_RESIDENT_TABLES_H_
#define SHOAL_WORKER_CACHE_RESIDENT_TABLES_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "worker/row_store.h"

namespace shoal {

// What a batch reads of such a table. Which of the ids are distinct the device finds out.
struct ResidentBatch {
  int table = 0;
  uint64_t step = 0;
  absl::Span<const uint32_t> ids;  // Of all columns that the table is read by, one behind the other,
  int64_t num_ids = 0;             // and what they are below.
};

class ResidentTables {
 public:
  virtual ~ResidentTables() = default;

  // Takes all rows of the tables from the store: before the first batch. An error is the device's, as of WriteBack.
  virtual absl::Status Load(const RowStore& store) = 0;
  // Writes to the store what training batches have read since the last time: rows that are new to it, and that changed.
  virtual absl::Status WriteBack(RowStore& store) = 0;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CACHE_RESIDENT_TABLES_H_
