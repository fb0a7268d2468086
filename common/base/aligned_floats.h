// A block of floats on a 64-byte boundary, zero when made; on huge pages where it is large enough for them.
//
// Thread safety: that of a plain array.
#ifndef SHOAL_COMMON_BASE_ALIGNED_FLOATS_H_
#define SHOAL_COMMON_BASE_ALIGNED_FLOATS_H_

#include <cstddef>
#include <memory>

namespace shoal {

class AlignedFloats {
 public:
  AlignedFloats() = default;
  // Pages of a large block take memory only once they are touched.
  explicit AlignedFloats(size_t size);

  float* data() { return data_.get(); }
  const float* data() const { return data_.get(); }
  size_t size() const { return size_; }

  // Makes the block hold at least `size` floats. Where that takes a new block, it keeps the first `kept` floats and is
  // zero behind them; else nothing changes.
  void Reserve(size_t size, size_t kept = 0);

 private:
  struct Deleter {
    size_t mapped_bytes;  // 0: from the heap.
    void operator()(float* data) const;
  };
  std::unique_ptr<float[], Deleter> data_;
  size_t size_ = 0;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_BASE_ALIGNED_FLOATS_H_
