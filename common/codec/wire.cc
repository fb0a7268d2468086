#include "common/codec/wire.h"

namespace shoal {

using ::google::protobuf::io::CodedInputStream;
using ::google::protobuf::io::CodedOutputStream;

size_t DelimitedSize(size_t size) { return 1 + CodedOutputStream::VarintSize64(size) + size; }

uint8_t* WriteDelimitedHeader(int field, size_t size, uint8_t* out) {
  out = CodedOutputStream::WriteTagToArray(WireTag(field, WireType::kLengthDelimited), out);
  return CodedOutputStream::WriteVarint64ToArray(size, out);
}

uint8_t* WriteVarintField(int field, uint64_t value, uint8_t* out) {
  out = CodedOutputStream::WriteTagToArray(WireTag(field, WireType::kVarint), out);
  return CodedOutputStream::WriteVarint64ToArray(value, out);
}

uint8_t* WriteFixed32Field(int field, uint32_t value, uint8_t* out) {
  out = CodedOutputStream::WriteTagToArray(WireTag(field, WireType::kFixed32), out);
  return CodedOutputStream::WriteLittleEndian32ToArray(value, out);
}

uint8_t* WriteFixed64Field(int field, uint64_t value, uint8_t* out) {
  out = CodedOutputStream::WriteTagToArray(WireTag(field, WireType::kFixed64), out);
  return CodedOutputStream::WriteLittleEndian64ToArray(value, out);
}

uint32_t ReadWireTag(CodedInputStream* input) {
  constexpr int kMaxTagBytes = 5;
  const int begin = input->CurrentPosition();
  const uint32_t tag = input->ReadTag();
  return input->CurrentPosition() - begin > kMaxTagBytes ? 0 : tag;
}

bool SkipWireField(CodedInputStream* input, uint32_t tag) {
  if (tag >> 3 == 0) return false;  // There is no field 0.
  uint64_t value;
  uint32_t value32;
  switch (static_cast<WireType>(tag & 7)) {
    case WireType::kVarint:
      return input->ReadVarint64(&value);
    case WireType::kFixed64:
      return input->ReadLittleEndian64(&value);
    case WireType::kFixed32:
      return input->ReadLittleEndian32(&value32);
    case WireType::kLengthDelimited: {
      CodedInputStream::Limit outer;
      if (!EnterDelimited(input, &outer)) return false;
      const bool skipped = input->Skip(input->BytesUntilLimit());
      input->PopLimit(outer);
      return skipped;
    }
  }
  return false;
}

// A tag that is cut off is consumed up to the limit, so the position alone does not tell.
bool EndsAtLimit(CodedInputStream* input) { return input->ConsumedEntireMessage() && input->BytesUntilLimit() == 0; }

bool EnterDelimited(CodedInputStream* input, CodedInputStream::Limit* outer) {
  uint64_t size;  // Read whole: a longer length must not pass for its low bits.
  if (!input->ReadVarint64(&size)) return false;
  const int left = input->BytesUntilLimit();
  if (left < 0 || size > static_cast<uint64_t>(left)) return false;
  *outer = input->PushLimit(static_cast<int>(size));
  return true;
}

bool ReadPackedFixed64(CodedInputStream* input, absl::FunctionRef<uint64_t*(int count)> append) {
  CodedInputStream::Limit outer;
  if (!EnterDelimited(input, &outer)) return false;
  const int bytes = input->BytesUntilLimit();
  const int count = bytes / static_cast<int>(sizeof(uint64_t));
  if (bytes % sizeof(uint64_t) != 0 || !input->ReadRaw(append(count), bytes)) return false;
  input->PopLimit(outer);
  return true;
}

}  // namespace shoal
