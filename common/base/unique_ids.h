// The distinct ids of a batch, in order of first appearance, and for each id of the batch which of them it is.
//
// Made to be kept from batch to batch: memory grows to the largest batch and stays, and Clear costs nothing.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_COMMON_BASE_UNIQUE_IDS_H_
#define SHOAL_COMMON_BASE_UNIQUE_IDS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace shoal {

class UniqueIds {
 public:
  // All ids will be below `universe`: a small one needs no hashing. `clears_before_reset`: how many times Clear may be
  // called until the table is really emptied, once; for tests.
  explicit UniqueIds(uint64_t universe = ~uint64_t{0}, uint32_t clears_before_reset = ~uint32_t{0});

  // Begins a new batch. Pointers from ids() become invalid.
  void Clear();

  // Adds one of the batch's id columns; a table that two columns read gets both. `index` has the length of `ids` and
  // receives the places of its ids in ids(). REQUIRES: ids below `universe`, fewer than 2^32 distinct ones in a batch.
  void Add(absl::Span<const uint64_t> ids, uint32_t* index);

  // Valid until the next Add or Clear.
  absl::Span<const uint64_t> ids() const { return {ids_.data(), num_ids_}; }

 private:
  // Where an id's place is kept. It belongs to the batch only if it carries the batch's stamp, so nothing needs to be
  // wiped between batches.
  struct Mark {
    uint32_t stamp = 0;  // 0: of no batch.
    uint32_t place = 0;
  };
  struct Slot {
    uint64_t id = 0;
    Mark mark;
  };
  // What a loop over ids reads again and again, where the compiler can see that nothing changes it.
  struct Table {
    Slot* slots;
    size_t mask;
    int shift;
    uint32_t stamp;
    size_t Home(uint64_t id) const;
    // The slot that holds `id`, or the empty one where it belongs.
    Slot* Probe(uint64_t id) const;
  };

  void AddByNumber(absl::Span<const uint64_t> ids, uint32_t* index);
  void AddByHash(absl::Span<const uint64_t> ids, uint32_t* index);
  Table View();
  // Doubles the table.
  void Grow();

  // One of the two is empty.
  std::vector<Mark> marks_;  // By id, of a small universe.
  std::vector<Slot> slots_;  // A power of two, by the id's hash.
  int shift_ = 0;            // 64 - log2(slots_.size()).
  uint32_t stamp_ = 1;
  uint32_t last_stamp_;
  std::vector<uint64_t> ids_;  // At least num_ids_ of them.
  size_t num_ids_ = 0;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_BASE_UNIQUE_IDS_H_
