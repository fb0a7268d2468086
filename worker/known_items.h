// Which items each user has among some examples.
//
// Eight bytes an example, and some forty a user.
//
// Thread safety: immutable.
#ifndef SHOAL_WORKER_KNOWN_ITEMS_H_
#define SHOAL_WORKER_KNOWN_ITEMS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"

namespace shoal {

class KnownItems {
 public:
  KnownItems() = default;
  // Example i is users[i] with items[i]. REQUIRES: as many users as items.
  KnownItems(absl::Span<const uint64_t> users, absl::Span<const uint64_t> items);

  bool Contains(uint64_t user, uint64_t item) const;

 private:
  struct Range {
    size_t begin = 0;
    size_t end = 0;
  };

  absl::flat_hash_map<uint64_t, Range> ranges_;  // Of each user, in items_.
  std::vector<uint64_t> items_;                  // Sorted in each range.
};

}  // namespace shoal

#endif  // SHOAL_WORKER_KNOWN_ITEMS_H_
