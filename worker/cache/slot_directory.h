// Which rows of a table lie in which slots of a cache that has room for some of them: the least frequently used go
// first, and what was frequent once ages.
//
// A row's frequency is the number of batches that read it since it is there, halved each time that the cache has been
// asked for ten times as many rows as it holds (the reset of TinyLFU: Einziger, Friedman, Manes, ACM Transactions on
// Storage 13(4), 2017). Nothing is known of rows that are not there: one that comes has a frequency of 1. It takes the
// slot of the least frequent one of eight rows that are drawn, as Redis draws keys, if that has no more; else it is not
// kept. So a scan over rows that are read once drives out no others, and a row that has become hot comes in as others
// age. What is drawn is a function of what has been asked: the same reads give the same slots.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CACHE_SLOT_DIRECTORY_H_
#define SHOAL_WORKER_CACHE_SLOT_DIRECTORY_H_

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"

namespace shoal {

class SlotDirectory {
 public:
  static constexpr uint32_t kNoSlot = ~uint32_t{0};

  struct Options {
    uint64_t num_rows = 0;   // Of the table; ids are below.
    uint32_t num_slots = 0;  // At most num_rows; where it is as many, every row has its own.
    // For how many steps a row may be read that was fetched once; absent: for ever.
    absl::optional<uint64_t> max_staleness;
    absl::optional<uint64_t> uncached;  // A row that is never kept.
  };

  explicit SlotDirectory(const Options& options);

  // The batch of step `step` reads rows `ids`, which are distinct. slots[i]: where row ids[i] is kept, or kNoSlot;
  // `missing`: the i whose rows are not there yet, or no more: they must be fetched, and put into their slots.
  // REQUIRES: steps go up.
  void Read(uint64_t step, absl::Span<const uint64_t> ids, std::vector<uint32_t>* slots,
            std::vector<uint32_t>* missing);

 private:
  struct Slot {
    uint64_t id = 0;
    uint64_t fetched_step = 0;  // 0: never.
    uint64_t read_step = 0;
    uint32_t reads = 0;  // As of `period`.
    uint32_t period = 0;
  };

  bool IsWhole() const { return slots_.size() == options_.num_rows; }
  // The slot that holds the row, or kNoSlot.
  uint32_t Find(uint64_t id) const;
  // A slot for a row that has none, or kNoSlot. No slot that the step has read is taken.
  uint32_t Admit(uint64_t step, uint64_t id);
  uint32_t DrawVictim(uint64_t step);
  bool IsFresh(const Slot& slot, uint64_t step) const;
  uint32_t Frequency(const Slot& slot) const;
  void CountRead(uint64_t step, Slot& slot) const;

  const Options options_;
  std::vector<Slot> slots_;
  absl::flat_hash_map<uint64_t, uint32_t> slot_of_;  // Empty where every row has its own.
  uint32_t num_used_ = 0;                            // Of slots_, from the first, unless every row has its own.
  uint64_t num_reads_ = 0;
  uint32_t period_ = 0;  // How often frequencies have been halved.
  uint64_t num_draws_ = 0;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CACHE_SLOT_DIRECTORY_H_
