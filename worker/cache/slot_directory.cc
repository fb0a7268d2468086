#include "worker/cache/slot_directory.h"

#include <algorithm>

#include "common/initializer/philox.h"

namespace shoal {
namespace {

constexpr uint64_t kReadsPerSlotAndPeriod = 10;
constexpr uint64_t kDrawKey = 0x736c6f74;  // Any.

}  // namespace

SlotDirectory::SlotDirectory(const Options& options) : options_(options), slots_(options.num_slots) {
  if (!IsWhole()) slot_of_.reserve(slots_.size());
}

void SlotDirectory::Read(uint64_t step, absl::Span<const uint64_t> ids, std::vector<uint32_t>* slots,
                         std::vector<uint32_t>* missing) {
  slots->resize(ids.size());
  missing->clear();
  // First those that are there, so that none of them makes room for another.
  for (size_t i = 0; i < ids.size(); ++i) {
    const uint32_t slot = Find(ids[i]);
    (*slots)[i] = slot;
    if (slot != kNoSlot && IsFresh(slots_[slot], step)) {
      CountRead(step, slots_[slot]);
    } else {
      if (slot != kNoSlot) slots_[slot].read_step = step;
      missing->push_back(static_cast<uint32_t>(i));
    }
  }
  for (const uint32_t i : *missing) {
    uint32_t& slot = (*slots)[i];
    if (slot == kNoSlot) slot = Admit(step, ids[i]);
    if (slot == kNoSlot) continue;
    CountRead(step, slots_[slot]);
    slots_[slot].fetched_step = step;
  }
  num_reads_ += ids.size();
  period_ = static_cast<uint32_t>(num_reads_ / (kReadsPerSlotAndPeriod * std::max<size_t>(slots_.size(), 1)));
}

uint32_t SlotDirectory::Find(uint64_t id) const {
  if (id == options_.uncached) return kNoSlot;
  if (IsWhole()) return static_cast<uint32_t>(id);
  const auto found = slot_of_.find(id);
  return found == slot_of_.end() ? kNoSlot : found->second;
}

bool SlotDirectory::IsFresh(const Slot& slot, uint64_t step) const {
  if (slot.fetched_step == 0) return false;
  return !options_.max_staleness.has_value() || step - slot.fetched_step <= *options_.max_staleness;
}

uint32_t SlotDirectory::Frequency(const Slot& slot) const {
  const uint32_t age = period_ - slot.period;
  return age < 32 ? slot.reads >> age : 0;
}

void SlotDirectory::CountRead(uint64_t step, Slot& slot) const {
  slot.reads = Frequency(slot) + 1;
  slot.period = period_;
  slot.read_step = step;
}

uint32_t SlotDirectory::Admit(uint64_t step, uint64_t id) {
  if (id == options_.uncached || slots_.empty()) return kNoSlot;
  uint32_t slot = num_used_;
  if (num_used_ < slots_.size()) {
    ++num_used_;
  } else {
    slot = DrawVictim(step);
    if (slot == kNoSlot) return kNoSlot;
    slot_of_.erase(slots_[slot].id);
  }
  slots_[slot] = Slot();
  slots_[slot].id = id;
  slot_of_[id] = slot;
  return slot;
}

uint32_t SlotDirectory::DrawVictim(uint64_t step) {
  constexpr uint32_t kFrequencyOfNewRow = 1;
  uint32_t victim = kNoSlot;
  uint32_t lowest = kFrequencyOfNewRow + 1;
  for (const uint64_t half : {0, 1}) {
    for (const uint32_t bits : Philox(kDrawKey, num_draws_, half)) {
      const auto slot = static_cast<uint32_t>((uint64_t{bits} * slots_.size()) >> 32);
      if (slots_[slot].read_step == step || Frequency(slots_[slot]) >= lowest) continue;
      victim = slot;
      lowest = Frequency(slots_[slot]);
    }
  }
  ++num_draws_;
  return victim;
}

}  // namespace shoal
