#include "common/base/unique_ids.h"

#include <algorithm>
#include <bit>

namespace shoal {
namespace {

constexpr int kInitialLog2Slots = 8;
// A universe of up to so many ids gets a slot for each: as many as stay in the cache.
constexpr int kMaxLog2DirectSlots = 16;
// Else at least so many slots an id: fewer mean longer probes, more mean more cache misses.
constexpr size_t kSlotsPerId = 4;
// Ids between a slot's prefetch and its use: hides a miss to the next cache level where the table outgrows one.
constexpr size_t kPrefetchAhead = 16;
// Multiplicative hashing (Knuth, "The Art of Computer Programming" 6.4): the product's top bits depend on all bits of
// the id, and consecutive ids land far apart.
constexpr uint64_t kHashMultiplier = 0x9E3779B97F4A7C15;

}  // namespace

UniqueIds::UniqueIds(uint64_t universe, uint32_t clears_before_reset) : last_stamp_(clears_before_reset) {
  const bool direct = universe <= uint64_t{1} << kMaxLog2DirectSlots;
  // At least two slots: a shift by 64 would be undefined.
  const int log2_slots = direct ? std::bit_width(std::max<uint64_t>(universe, 2) - 1) : kInitialLog2Slots;
  slots_.resize(size_t{1} << log2_slots);
  shift_ = 64 - log2_slots;
  multiplier_ = direct ? uint64_t{1} << shift_ : kHashMultiplier;  // Direct: an id's home is its own number.
  max_ids_ = direct ? slots_.size() : slots_.size() / kSlotsPerId;
}

void UniqueIds::Clear() {
  ids_.clear();
  if (stamp_ < last_stamp_) {
    ++stamp_;
    return;
  }
  std::fill(slots_.begin(), slots_.end(), Slot());
  stamp_ = 1;
}

inline UniqueIds::Slot* UniqueIds::Table::Probe(uint64_t id) const {
  size_t position = Home(id);
  // One condition, which hardly ever holds, instead of two: whether an id is new is a toss-up.
  while ((slots[position].stamp == stamp) & (slots[position].id != id)) position = (position + 1) & mask;
  return &slots[position];
}

UniqueIds::Table UniqueIds::View() { return {slots_.data(), slots_.size() - 1, multiplier_, shift_, stamp_}; }

void UniqueIds::Grow(size_t count) {
  slots_.assign(slots_.size() * 2, Slot());
  --shift_;
  max_ids_ *= 2;
  const Table table = View();
  for (size_t i = 0; i < count; ++i) *table.Probe(ids_[i]) = {ids_[i], stamp_, static_cast<uint32_t>(i)};
}

void UniqueIds::Add(absl::Span<const uint64_t> ids, uint32_t* index) {
  size_t count = ids_.size();
  ids_.resize(count + ids.size());
  for (size_t i = 0; i < ids.size();) {
    if (count > max_ids_) Grow(count);
    const Table table = View();
    uint64_t* const unique = ids_.data();
    for (; i < ids.size() && count <= max_ids_; ++i) {
      if (i + kPrefetchAhead < ids.size()) __builtin_prefetch(&table.slots[table.Home(ids[i + kPrefetchAhead])]);
      Slot* const slot = table.Probe(ids[i]);
      // Without a branch, as above: a known id is written where it stands, or behind the last, to be written over.
      const uint32_t known = slot->stamp == table.stamp ? ~uint32_t{0} : 0;
      const uint32_t place = (slot->index & known) | (static_cast<uint32_t>(count) & ~known);
      *slot = {ids[i], table.stamp, place};
      unique[count] = ids[i];
      count += ~known & 1;
      index[i] = place;
    }
  }
  ids_.resize(count);
}

}  // namespace shoal
