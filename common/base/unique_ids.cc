#include "common/base/unique_ids.h"

#include <algorithm>

namespace shoal {
namespace {

constexpr int kInitialLog2Slots = 8;
// At least so many slots an id: fewer mean longer probes, more mean more cache misses.
constexpr size_t kSlotsPerId = 4;
// Ids between a slot's prefetch and its use: hides a miss to the next cache level where the table outgrows one.
constexpr size_t kPrefetchAhead = 16;

}  // namespace

UniqueIds::UniqueIds(uint32_t clears_before_reset)
    : slots_(size_t{1} << kInitialLog2Slots), shift_(64 - kInitialLog2Slots), last_stamp_(clears_before_reset) {}

void UniqueIds::Clear() {
  ids_.clear();
  if (stamp_ < last_stamp_) {
    ++stamp_;
    return;
  }
  std::fill(slots_.begin(), slots_.end(), Slot());
  stamp_ = 1;
}

// Multiplicative hashing (Knuth, "The Art of Computer Programming" 6.4): the product's top bits depend on all bits of
// the id, and consecutive ids land far apart.
inline size_t UniqueIds::Home(uint64_t id) const { return (id * 0x9E3779B97F4A7C15) >> shift_; }

inline UniqueIds::Slot* UniqueIds::Probe(uint64_t id) {
  const size_t mask = slots_.size() - 1;
  size_t position = Home(id);
  while (slots_[position].stamp == stamp_ && slots_[position].id != id) position = (position + 1) & mask;
  return &slots_[position];
}

inline uint32_t UniqueIds::FindOrAdd(uint64_t id) {
  Slot* slot = Probe(id);
  if (slot->stamp == stamp_) return slot->index;
  const auto index = static_cast<uint32_t>(ids_.size());
  *slot = {id, stamp_, index};
  ids_.push_back(id);
  if (ids_.size() * kSlotsPerId > slots_.size()) Grow();
  return index;
}

void UniqueIds::Grow() {
  slots_.assign(slots_.size() * 2, Slot());
  --shift_;
  for (size_t i = 0; i < ids_.size(); ++i) *Probe(ids_[i]) = {ids_[i], stamp_, static_cast<uint32_t>(i)};
}

void UniqueIds::Add(absl::Span<const uint64_t> ids, uint32_t* index) {
  size_t i = 0;
  for (; i + kPrefetchAhead < ids.size(); ++i) {
    __builtin_prefetch(&slots_[Home(ids[i + kPrefetchAhead])]);
    index[i] = FindOrAdd(ids[i]);
  }
  for (; i < ids.size(); ++i) index[i] = FindOrAdd(ids[i]);
}

}  // namespace shoal
