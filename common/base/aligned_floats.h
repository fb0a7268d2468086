// A block of floats on a 64-byte boundary, zero when made, unless it is asked for unset; on huge pages where it is
// large enough for them, or in memory of the caller's choice.
//
// Thread safety: that of a plain array.
#ifndef SHOAL_COMMON_BASE_ALIGNED_FLOATS_H_
#define SHOAL_COMMON_BASE_ALIGNED_FLOATS_H_

#include <cstddef>
#include <memory>

#include "common/base/host_memory.h"

namespace shoal {

class AlignedFloats {
 public:
  AlignedFloats() = default;
  // Pages of a large block take memory only once they are touched.
  explicit AlignedFloats(size_t size);
  // Empty; what Reserve makes is `memory`'s, which outlives the block, while it has any. Null: as without.
  static AlignedFloats In(HostMemory* memory) { return AlignedFloats(0, memory, Begin::kZero); }
  // Its floats are what the memory holds. `memory` as of In.
  static AlignedFloats Unset(size_t size, HostMemory* memory = nullptr) {
    return AlignedFloats(size, memory, Begin::kUnset);
  }

  float* data() { return data_.get(); }
  const float* data() const { return data_.get(); }
  size_t size() const { return size_; }

  // Makes the block hold at least `size` floats. Where that takes a new block, it keeps the first `kept` floats and is
  // zero behind them; else nothing changes.
  void Reserve(size_t size, size_t kept = 0);

 private:
  struct Deleter {
    size_t mapped_bytes;  // 0: not mapped.
    HostMemory* memory;   // Null: from the heap, if not mapped.
    void operator()(float* data) const;
  };

  enum class Begin { kZero, kUnset };
  AlignedFloats(size_t size, HostMemory* memory, Begin begin);

  HostMemory* memory_ = nullptr;
  std::unique_ptr<float[], Deleter> data_;
  size_t size_ = 0;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_BASE_ALIGNED_FLOATS_H_
