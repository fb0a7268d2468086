// PullReply of proto/parameter_service.proto, encoded and decoded by hand: rows of float32 go from the table's memory
// into the message, and from the message into the worker's block, with one copy each.
#ifndef SHOAL_COMMON_CODEC_PULL_REPLY_CODEC_H_
#define SHOAL_COMMON_CODEC_PULL_REPLY_CODEC_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/codec/payload.h"
#include "common/codec/row_encoding.h"
#include "google/protobuf/io/zero_copy_stream.h"
#include "proto/parameter_service.pb.h"

namespace shoal {

// Shape of one PulledRows message.
struct RowsShape {
  uint32_t table;
  int64_t num_rows;
  int width;  // Floats a row.
  DType dtype = FLOAT32;
};

// Bytes of a PullReply of these tables.
size_t PullReplySize(absl::Span<const RowsShape> tables);

// A PullReply whose rows are still to be filled in.
class PullReplyWriter {
 public:
  PullReplyWriter(uint64_t applied_step, Boundary boundary, absl::Span<const RowsShape> tables);

  // Where the rows of tables[i] go, EncodedBytes(dtype, width) each, one after another; not aligned.
  uint8_t* rows(int i) { return rows_[i]; }

  // REQUIRES: all rows are written.
  Payload Finish() && { return std::move(payload_); }

 private:
  Payload payload_;
  std::vector<uint8_t*> rows_;
};

// Where the rows of one PulledRows message of a reply go.
struct RowsDestination {
  RowsShape shape;
  // Row k goes to rows + positions[k] * SegmentFloats(width).
  float* rows;
  const uint32_t* positions;
};

struct PullReplyHeader {
  uint64_t applied_step = 0;
  Boundary boundary = CONTINUE;
};

// Decodes `size` bytes. `tables` is what was asked for, in that order. InvalidArgument: not a PullReply, or not of
// these shapes; rows may be partly written then.
absl::StatusOr<PullReplyHeader> DecodePullReply(google::protobuf::io::ZeroCopyInputStream* input, size_t size,
                                                absl::Span<const RowsDestination> tables);

}  // namespace shoal

#endif  // SHOAL_COMMON_CODEC_PULL_REPLY_CODEC_H_
