// The tables of a worker that holds them itself, for a device that has their rows for a while.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_ROW_STORE_H_
#define SHOAL_WORKER_ROW_STORE_H_

#include <cstdint>

#include "absl/types/span.h"

namespace shoal {

class RowStore {
 public:
  virtual ~RowStore() = default;

  // rows = those of the ids with their optimizer's state, [ids, RowLayout::row_floats], each as of the last step that
  // it took: those that it was idle in are made up for when it is next used. REQUIRES, of both: ids are the table's.
  virtual void Read(int table, absl::Span<const uint64_t> ids, float* rows) const = 0;
  // Replaces them.
  virtual void Write(int table, absl::Span<const uint64_t> ids, const float* rows) = 0;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_ROW_STORE_H_
