// What an optimizer needs to know of every step since the first, so that a row can be brought through the steps that it
// missed. Grows with the steps; entries never change.
//
// Thread safety: ExtendTo needs exclusive access; between calls of it, const methods may run concurrently.
#ifndef SHOAL_COMMON_OPTIMIZER_STEP_TABLE_H_
#define SHOAL_COMMON_OPTIMIZER_STEP_TABLE_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace shoal {

template <class Entry>
class StepTable {
 public:
  // Adds entry_of(step) for every step up to `step` that is not there yet: after a resumed start, for all from step 1.
  template <class EntryOf>
  void ExtendTo(int64_t step, const EntryOf& entry_of) {
    while (static_cast<int64_t>(entries_.size()) < step) {
      entries_.push_back(entry_of(static_cast<int64_t>(entries_.size()) + 1));
    }
  }

  // Entries of the steps after `from` up to `to`. REQUIRES: 0 <= from <= to <= the last ExtendTo.
  absl::Span<const Entry> Between(int64_t from, int64_t to) const {
    return absl::MakeConstSpan(entries_).subspan(from, to - from);
  }

  // All entries, by step - 1; valid until the next ExtendTo.
  const Entry* data() const { return entries_.data(); }

 private:
  std::vector<Entry> entries_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_OPTIMIZER_STEP_TABLE_H_
