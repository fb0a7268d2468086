// Tables that stay in a device's memory as a whole while an embedded worker trains.
//
// The device has the truth: a step's gradients stay there, too, and change rows there alone. Whoever else reads rows,
// validation or a checkpoint, needs them written back first. Only the worker knows no other: so with servers, or other
// workers, there are none (RowCache writes through).
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

  virtual bool Holds(int table) const = 0;
  // Takes all rows of the tables from the store: before the first batch. An error is the device's, as of WriteBack.
  virtual absl::Status Load(RowStore& store) = 0;
  // Writes to the store what has changed since the last time.
  virtual absl::Status WriteBack(RowStore& store) = 0;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CACHE_RESIDENT_TABLES_H_
