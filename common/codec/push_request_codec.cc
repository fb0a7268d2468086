#include "common/codec/push_request_codec.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/base/config.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/codec/row_encoding.h"
#include "common/codec/step_header.h"
#include "common/codec/wire.h"
#include "common/optimizer/row_layout.h"

#ifndef ABSL_IS_LITTLE_ENDIAN
#error "Ids and rows travel as they lie in memory: shoal needs a little-endian machine."
#endif

namespace shoal {
namespace {

using ::google::protobuf::io::CodedInputStream;

size_t IdsBytes(const GradientSource& source) { return source.positions.size() * sizeof(uint64_t); }

size_t GradientsBytes(DType dtype, const GradientSource& source) {
  return source.positions.size() * EncodedBytes(dtype, source.dim);
}

size_t TableGradientsSize(DType dtype, const GradientSource& source) {
  return kFixed32FieldSize + DelimitedSize(IdsBytes(source)) + DelimitedSize(GradientsBytes(dtype, source));
}

uint8_t* WriteTableGradients(const StepHeader& header, uint64_t seed, const GradientSource& source, uint8_t* out) {
  out = WriteFixed32Field(TableGradients::kTableFieldNumber, source.table, out);
  out = WriteDelimitedHeader(TableGradients::kIdsFieldNumber, IdsBytes(source), out);
  for (uint32_t position : source.positions) {
    std::memcpy(out, &source.ids[position], sizeof(uint64_t));
    out += sizeof(uint64_t);
  }
  out = WriteDelimitedHeader(TableGradients::kGradientsFieldNumber, GradientsBytes(header.dtype(), source), out);
  const RowEncoder encoder(header.dtype(), seed, header.step(), source.table, RowEncoder::Worker(header.worker_rank()));
  const int64_t segment = SegmentFloats(source.dim);
  for (uint32_t position : source.positions) {
    out = encoder.Encode(source.ids[position], source.gradients + position * segment, source.dim, out);
  }
  return out;
}

absl::Status Malformed(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("malformed PushRequest: ", what));
}

absl::Status ReadGradients(DType dtype, int dim, HostMemory* memory, CodedInputStream* input, GradientBlock* block) {
  CodedInputStream::Limit outer;
  if (!EnterDelimited(input, &outer)) return Malformed("gradients end early");
  const size_t row_bytes = EncodedBytes(dtype, dim);
  if (static_cast<size_t>(input->BytesUntilLimit()) != block->ids.size() * row_bytes) {
    return Malformed(absl::StrCat("table ", block->table, " has ", block->ids.size(), " ids and ",
                                  input->BytesUntilLimit(), " bytes of gradients, expected ",
                                  block->ids.size() * row_bytes));
  }
  RowDecoder decoder(dtype, dim);
  const int64_t segment = SegmentFloats(dim);
  block->gradients = AlignedFloats::Unset(block->ids.size() * segment, memory);
  float* gradient = block->gradients.data();
  for (size_t row = 0; row < block->ids.size(); ++row, gradient += segment) {
    if (!decoder.Read(input, gradient)) return Malformed("gradients end early");
    std::fill(gradient + dim, gradient + segment, 0.0F);
  }
  input->PopLimit(outer);
  return absl::OkStatus();
}

absl::Status ReadTableGradients(DType dtype, absl::Span<const int> dims, HostMemory* memory, CodedInputStream* input,
                                GradientBlock* block) {
  CodedInputStream::Limit outer;
  if (!EnterDelimited(input, &outer)) return Malformed("a table ends early");
  bool has_gradients = false;
  while (const uint32_t tag = ReadWireTag(input)) {
    // Gradients are read as those of the table and the ids before them.
    const uint32_t field = tag >> 3;
    if (has_gradients && field <= TableGradients::kGradientsFieldNumber) {
      return Malformed(absl::StrCat("field ", field, " of table ", block->table, " stands behind the gradients"));
    }
    if (tag == WireTag(TableGradients::kTableFieldNumber, WireType::kFixed32)) {
      if (!input->ReadLittleEndian32(&block->table)) return Malformed("a table number ends early");
    } else if (tag == WireTag(TableGradients::kIdsFieldNumber, WireType::kLengthDelimited)) {
      const auto append = [block](int count) {
        block->ids.resize(block->ids.size() + count);
        return block->ids.data() + block->ids.size() - count;
      };
      if (!ReadPackedFixed64(input, append)) return Malformed("ids are not whole");
    } else if (tag == WireTag(TableGradients::kIdsFieldNumber, WireType::kFixed64)) {  // Not packed.
      if (!input->ReadLittleEndian64(&block->ids.emplace_back())) return Malformed("an id ends early");
    } else if (tag == WireTag(TableGradients::kGradientsFieldNumber, WireType::kLengthDelimited)) {
      if (block->table >= dims.size()) {
        return Malformed(absl::StrCat("table ", block->table, " is out of range, the job has ", dims.size()));
      }
      SHOAL_RETURN_IF_ERROR(ReadGradients(dtype, dims[block->table], memory, input, block));
      has_gradients = true;
    } else if (!SkipWireField(input, tag)) {
      return Malformed("a field ends early");
    }
  }
  if (!EndsAtLimit(input)) return Malformed("a table has a bad tag");
  if (!has_gradients && !block->ids.empty()) return Malformed(absl::StrCat("table ", block->table, " has ids alone"));
  if (block->table >= dims.size()) {
    return Malformed(absl::StrCat("table ", block->table, " is out of range, the job has ", dims.size()));
  }
  input->PopLimit(outer);
  return absl::OkStatus();
}

}  // namespace

Payload EncodePushRequest(const StepHeader& header, uint64_t seed, Boundary boundary,
                          absl::Span<const GradientSource> tables) {
  const size_t header_size = header.ByteSizeLong();
  size_t size = DelimitedSize(header_size) + kEnumFieldSize;
  for (const GradientSource& source : tables) size += DelimitedSize(TableGradientsSize(header.dtype(), source));
  Payload payload = Payload::Allocate(size);
  uint8_t* out = payload.data.get();
  out = WriteDelimitedHeader(PushRequest::kHeaderFieldNumber, header_size, out);
  out = header.SerializeWithCachedSizesToArray(out);
  out = WriteVarintField(PushRequest::kBoundaryFieldNumber, boundary, out);
  for (const GradientSource& source : tables) {
    out = WriteDelimitedHeader(PushRequest::kTablesFieldNumber, TableGradientsSize(header.dtype(), source), out);
    out = WriteTableGradients(header, seed, source, out);
  }
  return payload;
}

absl::StatusOr<DecodedPush> DecodePushRequest(google::protobuf::io::ZeroCopyInputStream* input, size_t size,
                                              absl::Span<const int> dims, HostMemory* memory) {
  CodedInputStream coded(input);
  coded.PushLimit(static_cast<int>(size));
  DecodedPush push;
  while (const uint32_t tag = ReadWireTag(&coded)) {
    uint64_t boundary;
    if (tag == WireTag(PushRequest::kHeaderFieldNumber, WireType::kLengthDelimited)) {
      // It says of which type they are.
      if (!push.tables.empty()) return Malformed("the header stands behind a table");
      SHOAL_RETURN_IF_ERROR(ReadStepHeader(&coded, &push.header));
    } else if (tag == WireTag(PushRequest::kBoundaryFieldNumber, WireType::kVarint)) {
      if (!coded.ReadVarint64(&boundary)) return Malformed("boundary ends early");
      if (boundary > Boundary_MAX) return Malformed(absl::StrCat("boundary ", boundary, " is unknown"));
      push.boundary = static_cast<Boundary>(boundary);
    } else if (tag == WireTag(PushRequest::kTablesFieldNumber, WireType::kLengthDelimited)) {
      // Two bytes of message would make a whole block of nothing.
      if (push.tables.size() == dims.size()) {
        return Malformed(absl::StrCat("more tables than the ", dims.size(), " of the job"));
      }
      SHOAL_RETURN_IF_ERROR(ReadTableGradients(push.header.dtype(), dims, memory, &coded, &push.tables.emplace_back()));
    } else if (!SkipWireField(&coded, tag)) {
      return Malformed("a field ends early");
    }
  }
  if (!EndsAtLimit(&coded)) return Malformed("a bad tag");
  return push;
}

}  // namespace shoal
