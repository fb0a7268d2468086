#include "worker/cuda/kernels/pinned_staging.h"

#include <algorithm>
#include <cstring>

namespace shoal {
namespace {

constexpr size_t kAlignment = 64;

size_t RoundUp(size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

PinnedStaging::~PinnedStaging() { FreeBlocks(); }

size_t PinnedStaging::HeldBytes() const {
  size_t bytes = 0;
  for (const Block& block : blocks_) bytes += block.size;
  return bytes;
}

void PinnedStaging::FreeBlocks() {
  for (const Block& block : blocks_) pinned_.Free(block.data);
  blocks_.clear();
}

const void* PinnedStaging::Outgoing(const void* from, size_t bytes) {
  if (bytes == 0 || pinned_.Contains(from, bytes)) return from;
  void* const copy = Take(bytes);
  if (copy == nullptr) return from;
  return std::memcpy(copy, from, bytes);
}

void* PinnedStaging::Incoming(void* to, size_t bytes) {
  if (bytes == 0 || pinned_.Contains(to, bytes)) return to;
  void* const arrival = Take(bytes);
  if (arrival == nullptr) return to;
  arrivals_.push_back({arrival, to, bytes});
  return arrival;
}

void* PinnedStaging::Take(size_t bytes) {
  if (bytes > kMaxStagedBytes) return nullptr;
  const size_t size = RoundUp(bytes);
  if (blocks_.empty() || size > blocks_.back().size - used_) {
    // Half as much again as all so far: few blocks until one is enough.
    const size_t held = HeldBytes();
    const size_t wanted = std::max({size, held + held / 2, kMinBlockBytes});
    void* const data = pinned_.Allocate(wanted);
    if (data == nullptr) return nullptr;
    blocks_.push_back({static_cast<std::byte*>(data), wanted});
    used_ = 0;
  }
  void* const taken = blocks_.back().data + used_;
  used_ += size;
  return taken;
}

void PinnedStaging::Finish() {
  for (const Arrival& arrival : arrivals_) std::memcpy(arrival.to, arrival.from, arrival.bytes);
  arrivals_.clear();
  used_ = 0;
  if (blocks_.size() <= 1) return;
  // The next batch finds one block that is large enough.
  const size_t held = HeldBytes();
  FreeBlocks();
  if (void* const data = pinned_.Allocate(held)) blocks_.push_back({static_cast<std::byte*>(data), held});
}

}  // namespace shoal
