// A set of rows of a table, by id: a bit a row.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CACHE_ROW_SET_H_
#define SHOAL_WORKER_CACHE_ROW_SET_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace shoal {

class RowSet {
 public:
  explicit RowSet(int64_t num_rows) : words_((num_rows + 63) / 64, 0) {}

  // Ids may be there already. REQUIRES: they are below num_rows.
  void Add(absl::Span<const uint32_t> ids);
  // Takes out at most `most`, ascending, and of those that are there the lowest.
  std::vector<uint32_t> Take(size_t most);

 private:
  std::vector<uint64_t> words_;
  size_t first_ = 0;  // Words before it are 0.
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CACHE_ROW_SET_H_
