#include "common/base/unique_ids.h"

#include <algorithm>
#include <cassert>

namespace shoal {
namespace {

// A universe of up to so many ids gets a mark for each: as many as stay in the cache.
constexpr uint64_t kMaxMarks = uint64_t{1} << 17;
constexpr int kInitialLog2Slots = 8;
// At least so many slots an id: fewer mean longer probes, more mean more cache misses.
constexpr size_t kSlotsPerId = 4;
// Ids between a slot's prefetch and its use: hides a miss to the next cache level where the table outgrows one.
constexpr size_t kPrefetchAhead = 16;
// Multiplicative hashing (Knuth, "The Art of Computer Programming" 6.4): the product's top bits depend on all bits of
// the id, and consecutive ids land far apart.
constexpr uint64_t kHashMultiplier = 0x9E3779B97F4A7C15;

// Whether an id is new is a toss-up: masks instead of branches.
uint32_t AllOnesIf(bool condition) { return condition ? ~uint32_t{0} : 0; }

}  // namespace

UniqueIds::UniqueIds(uint64_t universe, uint32_t clears_before_reset) : last_stamp_(clears_before_reset) {
  if (universe <= kMaxMarks) {
    marks_.resize(std::max<uint64_t>(universe, 1));
  } else {
    slots_.resize(size_t{1} << kInitialLog2Slots);
    shift_ = 64 - kInitialLog2Slots;
  }
}

void UniqueIds::Clear() {
  num_ids_ = 0;
  if (stamp_ < last_stamp_) {
    ++stamp_;
    return;
  }
  std::fill(marks_.begin(), marks_.end(), Mark());
  std::fill(slots_.begin(), slots_.end(), Slot());
  stamp_ = 1;
}

inline size_t UniqueIds::Table::Home(uint64_t id) const { return (id * kHashMultiplier) >> shift; }

inline UniqueIds::Slot* UniqueIds::Table::Probe(uint64_t id) const {
  size_t position = Home(id);
  // One condition, which hardly ever holds, instead of two: whether an id is new is a toss-up.
  while ((slots[position].mark.stamp == stamp) & (slots[position].id != id)) position = (position + 1) & mask;
  return &slots[position];
}

UniqueIds::Table UniqueIds::View() { return {slots_.data(), slots_.size() - 1, shift_, stamp_}; }

void UniqueIds::Grow() {
  slots_.assign(slots_.size() * 2, Slot());
  --shift_;
  const Table table = View();
  for (size_t i = 0; i < num_ids_; ++i) *table.Probe(ids_[i]) = {ids_[i], {stamp_, static_cast<uint32_t>(i)}};
}

void UniqueIds::Add(absl::Span<const uint64_t> ids, uint32_t* index) {
  if (ids_.size() < num_ids_ + ids.size()) ids_.resize(num_ids_ + ids.size());
  if (marks_.empty()) {
    AddByHash(ids, index);
  } else {
    AddByNumber(ids, index);
  }
}

// Both loops are without a branch for a new id, as above: a known id's mark is written as it stands, and the id itself
// behind the last one, to be written over.

void UniqueIds::AddByNumber(absl::Span<const uint64_t> ids, uint32_t* index) {
  Mark* const marks = marks_.data();
  uint64_t* const unique = ids_.data();
  const uint32_t stamp = stamp_;
  auto next = static_cast<uint32_t>(num_ids_);
  for (size_t i = 0; i < ids.size(); ++i) {
    const uint64_t id = ids[i];
    assert(id < marks_.size());
    const Mark mark = marks[id];
    const uint32_t is_known = AllOnesIf(mark.stamp == stamp);
    const uint32_t place = (mark.place & is_known) | (next & ~is_known);
    marks[id] = {stamp, place};
    unique[next] = id;
    index[i] = place;
    next += ~is_known & 1;
  }
  num_ids_ = next;
}

void UniqueIds::AddByHash(absl::Span<const uint64_t> ids, uint32_t* index) {
  for (size_t i = 0; i < ids.size();) {
    if (num_ids_ > slots_.size() / kSlotsPerId) Grow();
    const size_t max_ids = slots_.size() / kSlotsPerId;
    const Table table = View();
    uint64_t* const unique = ids_.data();
    size_t next = num_ids_;
    for (; i < ids.size() && next <= max_ids; ++i) {
      if (i + kPrefetchAhead < ids.size()) __builtin_prefetch(&table.slots[table.Home(ids[i + kPrefetchAhead])]);
      const uint64_t id = ids[i];
      Slot* const slot = table.Probe(id);
      const uint32_t is_known = AllOnesIf(slot->mark.stamp == table.stamp);
      const uint32_t place = (slot->mark.place & is_known) | (static_cast<uint32_t>(next) & ~is_known);
      *slot = {id, {table.stamp, place}};
      unique[next] = id;
      index[i] = place;
      next += ~is_known & 1;
    }
    num_ids_ = next;
  }
}

}  // namespace shoal
