#include "common/codec/pull_reply_codec.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/codec/wire.h"
#include "common/optimizer/row_layout.h"

namespace shoal {
namespace {

using ::google::protobuf::io::CodedInputStream;

size_t RowsBytes(const RowsShape& shape) {
  return static_cast<size_t>(shape.num_rows) * EncodedBytes(shape.dtype, shape.width);
}

size_t PulledRowsSize(const RowsShape& shape) { return kFixed32FieldSize + DelimitedSize(RowsBytes(shape)); }

absl::Status Malformed(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("malformed PullReply: ", what));
}

absl::Status ReadRows(const RowsDestination& table, CodedInputStream* input) {
  CodedInputStream::Limit outer;
  if (!EnterDelimited(input, &outer)) return Malformed("rows end early");
  if (static_cast<size_t>(input->BytesUntilLimit()) != RowsBytes(table.shape)) {
    return Malformed(absl::StrCat("table ", table.shape.table, " has ", input->BytesUntilLimit(),
                                  " bytes of rows, expected ", RowsBytes(table.shape)));
  }
  RowDecoder decoder(table.shape.dtype, table.shape.width);
  const int64_t segment = SegmentFloats(table.shape.width);
  for (int64_t row = 0; row < table.shape.num_rows; ++row) {
    if (!decoder.Read(input, table.rows + table.positions[row] * segment)) return Malformed("rows end early");
  }
  input->PopLimit(outer);
  return absl::OkStatus();
}

absl::Status ReadPulledRows(const RowsDestination& table, CodedInputStream* input) {
  CodedInputStream::Limit outer;
  if (!EnterDelimited(input, &outer)) return Malformed("a table ends early");
  uint32_t number = 0;
  bool has_rows = table.shape.num_rows == 0;
  while (const uint32_t tag = ReadWireTag(input)) {
    if (tag == WireTag(PulledRows::kTableFieldNumber, WireType::kFixed32)) {
      if (!input->ReadLittleEndian32(&number)) return Malformed("a table number ends early");
    } else if (tag == WireTag(PulledRows::kRowsFieldNumber, WireType::kLengthDelimited)) {
      SHOAL_RETURN_IF_ERROR(ReadRows(table, input));
      has_rows = true;
    } else if (!SkipWireField(input, tag)) {
      return Malformed("a field ends early");
    }
  }
  if (!EndsAtLimit(input)) return Malformed("a table has a bad tag");
  if (number != table.shape.table || !has_rows) {
    return Malformed(absl::StrCat("table ", number, " stands where the rows of table ", table.shape.table, " belong"));
  }
  input->PopLimit(outer);
  return absl::OkStatus();
}

}  // namespace

size_t PullReplySize(absl::Span<const RowsShape> tables) {
  size_t size = kFixed64FieldSize + kEnumFieldSize;
  for (const RowsShape& shape : tables) size += DelimitedSize(PulledRowsSize(shape));
  return size;
}

PullReplyWriter::PullReplyWriter(uint64_t applied_step, Boundary boundary, absl::Span<const RowsShape> tables)
    : payload_(Payload::Allocate(PullReplySize(tables))) {
  uint8_t* out = payload_.data.get();
  out = WriteFixed64Field(PullReply::kAppliedStepFieldNumber, applied_step, out);
  out = WriteVarintField(PullReply::kBoundaryFieldNumber, boundary, out);
  for (const RowsShape& shape : tables) {
    out = WriteDelimitedHeader(PullReply::kTablesFieldNumber, PulledRowsSize(shape), out);
    out = WriteFixed32Field(PulledRows::kTableFieldNumber, shape.table, out);
    out = WriteDelimitedHeader(PulledRows::kRowsFieldNumber, RowsBytes(shape), out);
    rows_.push_back(out);
    out += RowsBytes(shape);
  }
}

absl::StatusOr<PullReplyHeader> DecodePullReply(google::protobuf::io::ZeroCopyInputStream* input, size_t size,
                                                absl::Span<const RowsDestination> tables) {
  CodedInputStream coded(input);
  coded.PushLimit(static_cast<int>(size));
  PullReplyHeader header;
  size_t num_tables = 0;
  while (const uint32_t tag = ReadWireTag(&coded)) {
    uint64_t boundary;
    if (tag == WireTag(PullReply::kAppliedStepFieldNumber, WireType::kFixed64)) {
      if (!coded.ReadLittleEndian64(&header.applied_step)) return Malformed("applied_step ends early");
    } else if (tag == WireTag(PullReply::kBoundaryFieldNumber, WireType::kVarint)) {
      if (!coded.ReadVarint64(&boundary)) return Malformed("boundary ends early");
      if (boundary > Boundary_MAX) return Malformed(absl::StrCat("boundary ", boundary, " is unknown"));
      header.boundary = static_cast<Boundary>(boundary);
    } else if (tag == WireTag(PullReply::kTablesFieldNumber, WireType::kLengthDelimited)) {
      if (num_tables == tables.size()) return Malformed("more tables than were asked for");
      SHOAL_RETURN_IF_ERROR(ReadPulledRows(tables[num_tables++], &coded));
    } else if (!SkipWireField(&coded, tag)) {
      return Malformed("a field ends early");
    }
  }
  if (!EndsAtLimit(&coded)) return Malformed("a bad tag");
  if (num_tables != tables.size()) {
    return Malformed(absl::StrCat(num_tables, " tables, expected ", tables.size()));
  }
  return header;
}

}  // namespace shoal
