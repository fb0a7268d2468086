#include "common/codec/pull_reply_codec.h"

#include <cstring>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "common/codec/row_encoding.h"
#include "common/optimizer/row_layout.h"
#include "gmock/gmock.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::google::protobuf::io::ArrayInputStream;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Two tables: rows of 3 floats that count up from 1, rows of 17 floats that count up from 100.
std::string EncodedReply() {
  const std::vector<RowsShape> shapes = {{4, 2, 3}, {9, 1, 17}};
  PullReplyWriter writer(77, CHECKPOINT, shapes);
  std::vector<float> values(17);
  std::iota(values.begin(), values.end(), 1.0f);
  std::memcpy(writer.rows(0), values.data(), 6 * sizeof(float));
  std::iota(values.begin(), values.end(), 100.0f);
  std::memcpy(writer.rows(1), values.data(), 17 * sizeof(float));
  const Payload payload = std::move(writer).Finish();
  return std::string(reinterpret_cast<const char*>(payload.data.get()), payload.size);
}

// Blocks that take the two tables; the first one's rows in reverse.
struct Destination {
  absl::StatusOr<PullReplyHeader> Decode(const std::string& bytes, int fragment_bytes = -1) {
    ArrayInputStream stream(bytes.data(), static_cast<int>(bytes.size()), fragment_bytes);
    const std::vector<RowsDestination> tables = {{{4, 2, 3}, first.data(), reversed.data()},
                                                 {{9, 1, 17}, second.data(), reversed.data() + 1}};
    return DecodePullReply(&stream, bytes.size(), tables);
  }

  std::vector<float> first = std::vector<float>(2 * SegmentFloats(3));
  std::vector<float> second = std::vector<float>(SegmentFloats(17));
  std::vector<uint32_t> reversed = {1, 0};
};

TEST(PullReplyCodec, TheSizeIsThatOfTheBytes) {
  const std::vector<RowsShape> shapes = {{4, 2, 3}, {9, 1, 17}};
  EXPECT_EQ(PullReplySize(shapes), EncodedReply().size());
}

TEST(PullReplyCodec, ProtobufReadsWhatTheWriterWrites) {
  PullReply reply;
  ASSERT_TRUE(reply.ParseFromString(EncodedReply()));
  EXPECT_EQ(reply.applied_step(), 77u);
  EXPECT_EQ(reply.boundary(), CHECKPOINT);
  ASSERT_EQ(reply.tables_size(), 2);
  EXPECT_EQ(reply.tables(0).table(), 4u);
  float last;
  ASSERT_EQ(reply.tables(0).rows().size(), 6 * sizeof(float));
  std::memcpy(&last, reply.tables(0).rows().data() + 5 * sizeof(float), sizeof(last));
  EXPECT_EQ(last, 6.0f);
}

TEST(PullReplyCodec, DecoderReadsWhatProtobufWritesInPiecesOfAnySize) {
  PullReply reply;
  ASSERT_TRUE(reply.ParseFromString(EncodedReply()));
  // A field that this version does not know is passed over.
  reply.GetReflection()->MutableUnknownFields(&reply)->AddLengthDelimited(99, "later");
  const std::string bytes = reply.SerializeAsString();
  for (int fragment_bytes = 1; fragment_bytes < 40; ++fragment_bytes) {
    Destination destination;
    const absl::StatusOr<PullReplyHeader> header = destination.Decode(bytes, fragment_bytes);
    ASSERT_EQ(header.status(), absl::OkStatus());
    EXPECT_EQ(header->applied_step, 77u);
    EXPECT_EQ(header->boundary, CHECKPOINT);
    EXPECT_THAT(destination.first, ElementsAre(4, 5, 6, 1, 2, 3));
    EXPECT_EQ(destination.second[0], 100.0f);
    EXPECT_EQ(destination.second[16], 116.0f);
    EXPECT_EQ(destination.second[17], 0.0f) << "the padding of a row stays zero";
  }
}

TEST(PullReplyCodec, SixteenBitsAreHalfTheBytes) {
  for (const DType dtype : {BFLOAT16, FLOAT16}) {
    const std::vector<float> row = {1.5f, -2, 0.25f};  // Both types have them.
    const RowsShape shape = {4, 1, 3, dtype};
    PullReplyWriter writer(1, CONTINUE, {&shape, 1});
    RowEncoder(dtype, 1, 2, /*table=*/4, RowEncoder::kServer).Encode(0, row.data(), 3, writer.rows(0));
    const Payload payload = std::move(writer).Finish();
    PullReply reply;
    ASSERT_TRUE(reply.ParseFromArray(payload.data.get(), static_cast<int>(payload.size)));
    EXPECT_EQ(reply.tables(0).rows().size(), 6U);
    ArrayInputStream stream(payload.data.get(), static_cast<int>(payload.size));
    std::vector<float> rows(SegmentFloats(3));
    const uint32_t position = 0;
    const RowsDestination table = {shape, rows.data(), &position};
    ASSERT_EQ(DecodePullReply(&stream, payload.size, {&table, 1}).status(), absl::OkStatus());
    EXPECT_THAT(rows, testing::ElementsAreArray(row));
  }
}

TEST(PullReplyCodec, EveryTruncationIsRefused) {
  const std::string bytes = EncodedReply();
  // After the fields of the reply itself, shorter messages are whole ones without tables, which were asked for.
  for (size_t size = 0; size < bytes.size(); ++size) {
    Destination destination;
    EXPECT_TRUE(absl::IsInvalidArgument(destination.Decode(bytes.substr(0, size)).status())) << size;
  }
}

TEST(PullReplyCodec, DamagedBytesNeverCrash) {
  const std::string bytes = EncodedReply();
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 20000; ++i) {
    std::string damaged = bytes;
    for (int flips = 0; flips < 3; ++flips) damaged[random() % damaged.size()] ^= static_cast<char>(random());
    Destination destination;
    destination.Decode(damaged).status().IgnoreError();
  }
}

TEST(PullReplyCodec, RowsOfAnotherShapeAreRefused) {
  const std::vector<RowsShape> shapes = {{4, 2, 3}, {9, 2, 17}};
  PullReplyWriter writer(1, CONTINUE, shapes);
  std::memset(writer.rows(0), 0, 6 * sizeof(float));
  std::memset(writer.rows(1), 0, 34 * sizeof(float));
  const Payload payload = std::move(writer).Finish();
  Destination destination;
  const absl::Status status =
      destination.Decode(std::string(reinterpret_cast<const char*>(payload.data.get()), payload.size)).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("table 9 has 136 bytes of rows, expected 68"));
}

TEST(PullReplyCodec, ATagThatIsCutOffIsRefused) {
  for (const char* tag : {"\xff", "\xff\xff\xff", "\x80"}) {
    for (int fragment_bytes : {-1, 1, 3}) EXPECT_FALSE(Destination().Decode(EncodedReply() + tag, fragment_bytes).ok());
  }
}

}  // namespace
}  // namespace shoal
