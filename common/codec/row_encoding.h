// How the floats of a row travel: as they are, or rounded to 16 bits (common/simd/half_floats.h states the error).
#ifndef SHOAL_COMMON_CODEC_ROW_ENCODING_H_
#define SHOAL_COMMON_CODEC_ROW_ENCODING_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/base/copy_floats.h"
#include "google/protobuf/io/coded_stream.h"
#include "proto/dtype.pb.h"

namespace shoal {

// Bytes of `width` floats.
inline size_t EncodedBytes(DType dtype, int width) {
  return static_cast<size_t>(width) * (dtype == FLOAT32 ? sizeof(float) : sizeof(uint16_t));
}

// Rounds what one sender sends of one table in one step. Random bits are a function of the constructor's arguments and
// the row's id: whichever server a row is on, and however often it is sent, it is rounded the same way.
//
// Thread safety: one thread at a time.
class RowEncoder {
 public:
  // Who sends: a server its rows, or a worker its gradients. The two are rounded independently.
  static constexpr uint32_t kServer = 0;
  static constexpr uint32_t Worker(uint32_t rank) { return rank + 1; }

  // `seed`: the job's.
  RowEncoder(DType dtype, uint64_t seed, uint64_t step, uint32_t table, uint32_t sender);

  // Writes EncodedBytes(dtype, width) bytes; returns the place behind.
  uint8_t* Encode(uint64_t id, const float* row, int width, uint8_t* out) const {
    if (dtype_ == FLOAT32) {
      CopyFloats(row, width, out);
    } else {
      EncodeHalves(id, row, width, out);
    }
    return out + EncodedBytes(dtype_, width);
  }

  // Makes of the row what the receiver would get.
  void Round(uint64_t id, int width, float* row);

 private:
  void EncodeHalves(uint64_t id, const float* row, int width, uint8_t* out) const;

  const DType dtype_;
  const uint64_t key_;
  std::vector<uint8_t> encoded_;  // Scratch of Round.
};

// Reads encoded rows.
//
// Thread safety: one thread at a time.
class RowDecoder {
 public:
  RowDecoder(DType dtype, int width) : dtype_(dtype), width_(width) {}

  // False: the input ends early.
  bool Read(google::protobuf::io::CodedInputStream* input, float* row);

 private:
  const DType dtype_;
  const int width_;
  std::vector<uint8_t> encoded_;  // Scratch.
};

}  // namespace shoal

#endif  // SHOAL_COMMON_CODEC_ROW_ENCODING_H_
