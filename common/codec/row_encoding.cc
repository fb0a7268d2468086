#include "common/codec/row_encoding.h"

#include "common/initializer/philox.h"
#include "common/simd/half_floats.h"

namespace shoal {
namespace {

// Beside the purposes of worker/losses/step_random.h, to which the bits of this one are unrelated.
constexpr uint64_t kRowRounding = 4;

uint64_t StreamKey(uint64_t seed, uint64_t step, uint32_t table, uint32_t sender) {
  return Low64(Philox(Low64(Philox(seed, kRowRounding, step)), table, sender));
}

// Spreads ids, which are small and dense, over all bits (the finalizer of MurmurHash3, 64 bits).
uint64_t RowKey(uint64_t stream, uint64_t id) {
  uint64_t x = stream ^ id;
  x = (x ^ x >> 33) * 0xFF51AFD7ED558CCDU;
  x = (x ^ x >> 33) * 0xC4CEB9FE1A85EC53U;
  return x ^ x >> 33;
}

// REQUIRES: a type of 16 bits.
void Decode(DType dtype, const uint8_t* encoded, int width, float* row) {
  const auto widen = dtype == BFLOAT16 ? WidenBfloat16 : WidenFloat16;
  widen(encoded, width, row);
}

}  // namespace

RowEncoder::RowEncoder(DType dtype, uint64_t seed, uint64_t step, uint32_t table, uint32_t sender)
    : dtype_(dtype), key_(dtype == FLOAT32 ? 0 : StreamKey(seed, step, table, sender)) {}

void RowEncoder::EncodeHalves(uint64_t id, const float* row, int width, uint8_t* out) const {
  const auto round = dtype_ == BFLOAT16 ? RoundToBfloat16 : RoundToFloat16;
  round(RowKey(key_, id), row, width, out);
}

void RowEncoder::Round(uint64_t id, int width, float* row) {
  if (dtype_ == FLOAT32) return;
  encoded_.resize(EncodedBytes(dtype_, width));
  Encode(id, row, width, encoded_.data());
  Decode(dtype_, encoded_.data(), width, row);
}

bool RowDecoder::Read(google::protobuf::io::CodedInputStream* input, float* row) {
  const auto bytes = static_cast<int>(EncodedBytes(dtype_, width_));
  if (dtype_ == FLOAT32) return input->ReadRaw(row, bytes);
  encoded_.resize(bytes);
  if (!input->ReadRaw(encoded_.data(), bytes)) return false;
  Decode(dtype_, encoded_.data(), width_, row);
  return true;
}

}  // namespace shoal
