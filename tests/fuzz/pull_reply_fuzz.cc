// PullReplies to a request of three tables, as a worker receives them.
#include "common/codec/pull_reply_codec.h"
#include "common/codec/row_encoding.h"
#include "common/optimizer/row_layout.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/message_properties.h"
#include "tests/fuzz/payload_bytes.h"
#include "tests/fuzz/random_values.h"

namespace shoal {
namespace {

constexpr RowsShape kShapes[] = {{0, 2, 3, FLOAT32}, {1, 3, 17, BFLOAT16}, {4, 0, 5, FLOAT16}};
constexpr uint32_t kPositions[] = {2, 0, 1};

struct Reply {
  PullReplyHeader header;
  std::vector<std::vector<float>> rows;  // By table, [3, SegmentFloats(width)].
};

Reply EmptyReply() {
  Reply reply;
  for (const RowsShape& shape : kShapes) reply.rows.emplace_back(std::size(kPositions) * SegmentFloats(shape.width));
  return reply;
}

absl::StatusOr<Reply> Decode(google::protobuf::io::ZeroCopyInputStream* stream, size_t size) {
  Reply reply = EmptyReply();
  std::vector<RowsDestination> tables;
  for (size_t i = 0; i < std::size(kShapes); ++i) tables.push_back({kShapes[i], reply.rows[i].data(), kPositions});
  const absl::StatusOr<PullReplyHeader> header = DecodePullReply(stream, size, tables);
  if (!header.ok()) return header.status();
  reply.header = *header;
  return reply;
}

std::string Encode(const Reply& reply) {
  PullReplyWriter writer(reply.header.applied_step, reply.header.boundary, kShapes);
  for (size_t i = 0; i < std::size(kShapes); ++i) {
    const RowsShape& shape = kShapes[i];
    const RowEncoder encoder(shape.dtype, /*seed=*/1, /*step=*/2, shape.table, RowEncoder::kServer);
    uint8_t* out = writer.rows(static_cast<int>(i));
    for (int64_t row = 0; row < shape.num_rows; ++row) {
      const float* const values = reply.rows[i].data() + kPositions[row] * SegmentFloats(shape.width);
      out = encoder.Encode(static_cast<uint64_t>(row), values, shape.width, out);
    }
  }
  return BytesOf(std::move(writer).Finish());
}

bool Same(const Reply& a, const Reply& b) {
  if (a.header.applied_step != b.header.applied_step || a.header.boundary != b.header.boundary) return false;
  for (size_t i = 0; i < a.rows.size(); ++i) {
    if (!SameFloats(a.rows[i], b.rows[i])) return false;
  }
  return true;
}

bool SameForProtobuf(absl::string_view bytes, const Reply& reply) {
  PullReply parsed;
  if (!parsed.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
  if (parsed.applied_step() != reply.header.applied_step || parsed.boundary() != reply.header.boundary) return false;
  if (parsed.tables_size() != std::size(kShapes)) return false;
  for (size_t i = 0; i < std::size(kShapes); ++i) {
    const PulledRows& table = parsed.tables(static_cast<int>(i));
    if (table.table() != kShapes[i].table) return false;
    if (table.rows().size() != kShapes[i].num_rows * EncodedBytes(kShapes[i].dtype, kShapes[i].width)) return false;
  }
  return true;
}

}  // namespace

std::string ValidInput(std::mt19937_64* random) {
  Reply reply = EmptyReply();
  reply.header = {(*random)() % 1000, static_cast<Boundary>((*random)() % Boundary_ARRAYSIZE)};
  for (std::vector<float>& rows : reply.rows) rows = RandomFloats(rows.size(), random);
  return Encode(reply);
}

absl::Status ReadInput(absl::string_view input) {
  return CheckMessage(input, &Decode, &Encode, &Same, &SameForProtobuf);
}

}  // namespace shoal
