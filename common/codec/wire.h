// Protobuf's wire format where shoal reads and writes it by hand: tags, and fields of float rows.
#ifndef SHOAL_COMMON_CODEC_WIRE_H_
#define SHOAL_COMMON_CODEC_WIRE_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "google/protobuf/io/coded_stream.h"

namespace shoal {

enum class WireType : uint32_t { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };

constexpr uint32_t WireTag(int field, WireType type) {
  return static_cast<uint32_t>(field) << 3 | static_cast<uint32_t>(type);
}

// Sizes of fields with one-byte tags (field numbers up to 15).
constexpr size_t kFixed32FieldSize = 1 + sizeof(uint32_t);
constexpr size_t kFixed64FieldSize = 1 + sizeof(uint64_t);
constexpr size_t kEnumFieldSize = 2;  // Values up to 127.

// Bytes of a length-delimited field of `size` bytes with a one-byte tag.
size_t DelimitedSize(size_t size);

// Writes tag and length of a length-delimited field; returns the place behind.
uint8_t* WriteDelimitedHeader(int field, size_t size, uint8_t* out);
uint8_t* WriteVarintField(int field, uint64_t value, uint8_t* out);
uint8_t* WriteFixed32Field(int field, uint32_t value, uint8_t* out);
uint8_t* WriteFixed64Field(int field, uint64_t value, uint8_t* out);

// As CodedInputStream::ReadTag, but a tag that is longer than any is 0 and does not pass for its low bits.
uint32_t ReadWireTag(google::protobuf::io::CodedInputStream* input);

// Passes over the field whose tag was just read. False: malformed.
bool SkipWireField(google::protobuf::io::CodedInputStream* input, uint32_t tag);

// After ReadWireTag has returned 0: whether it did so at the limit. Else the tag was bad, or the bytes ended early.
bool EndsAtLimit(google::protobuf::io::CodedInputStream* input);

// Reads the length of a length-delimited field and makes it the limit. False: malformed, or longer than what is left.
bool EnterDelimited(google::protobuf::io::CodedInputStream* input,
                    google::protobuf::io::CodedInputStream::Limit* outer);

// Reads a packed field of fixed64 whose tag was just read: `append` is told how many there are, at most what the bytes
// of the message hold, and returns where they go. False: malformed; they may be partly written then.
bool ReadPackedFixed64(google::protobuf::io::CodedInputStream* input, absl::FunctionRef<uint64_t*(int count)> append);

}  // namespace shoal

#endif  // SHOAL_COMMON_CODEC_WIRE_H_
