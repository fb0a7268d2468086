#include "common/base/aligned_floats.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

namespace shoal {
namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kHugePage = size_t{2} << 20;

size_t RoundUp(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

// Maps `bytes`, a multiple of kHugePage, on a huge-page boundary. Throws std::bad_alloc as operator new does: a process
// that cannot have its tables cannot go on.
float* MapHuge(size_t bytes) {
  const size_t with_slack = bytes + kHugePage;
  void* mapped = mmap(nullptr, with_slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  auto* const begin = static_cast<std::byte*>(mapped);
  const auto address = reinterpret_cast<uintptr_t>(begin);
  const size_t before = RoundUp(address, kHugePage) - address;
  std::byte* const aligned = begin + before;
  if (before > 0) munmap(begin, before);
  munmap(aligned + bytes, kHugePage - before);
  // Advice only: without huge pages the block is slower, not wrong.
  madvise(aligned, bytes, MADV_HUGEPAGE);
  return reinterpret_cast<float*>(aligned);
}

}  // namespace

AlignedFloats::AlignedFloats(size_t size) : AlignedFloats(size, nullptr, Begin::kZero) {}

AlignedFloats::AlignedFloats(size_t size, HostMemory* memory, Begin begin) : memory_(memory), size_(size) {
  if (size == 0) return;
  if (size > (std::numeric_limits<size_t>::max() - 2 * kHugePage) / sizeof(float)) throw std::bad_alloc();
  const size_t bytes = size * sizeof(float);
  if (void* const block = memory != nullptr ? memory->Allocate(bytes) : nullptr) {
    if (begin == Begin::kZero) std::memset(block, 0, bytes);
    data_ = {static_cast<float*>(block), Deleter{0, memory}};
    return;
  }
  if (bytes >= kHugePage) {
    const size_t mapped = RoundUp(bytes, kHugePage);
    data_ = {MapHuge(mapped), Deleter{mapped, nullptr}};
    return;
  }
  const size_t allocated = RoundUp(bytes, kAlignment);
  auto* data = static_cast<float*>(std::aligned_alloc(kAlignment, allocated));
  if (data == nullptr) throw std::bad_alloc();
  if (begin == Begin::kZero) std::memset(data, 0, allocated);
  data_ = {data, Deleter{0, nullptr}};
}

void AlignedFloats::Reserve(size_t size, size_t kept) {
  if (size <= size_) return;
  // Half as much again, so that a slowly growing need does not make a new block each time.
  AlignedFloats larger(std::max(size, size_ + size_ / 2), memory_, Begin::kZero);
  std::copy_n(data(), kept, larger.data());
  *this = std::move(larger);
}

void AlignedFloats::Deleter::operator()(float* data) const {
  if (memory != nullptr) {
    memory->Free(data);
  } else if (mapped_bytes > 0) {
    munmap(data, mapped_bytes);
  } else {
    std::free(data);
  }
}

}  // namespace shoal
