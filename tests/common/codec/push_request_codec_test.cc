#include "common/codec/push_request_codec.h"

#include <cstdlib>
#include <cstring>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "common/base/host_memory.h"
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

constexpr int kDims[] = {3, 17};
constexpr uint64_t kSeed = 6;

StepHeader Header(DType dtype = FLOAT32) {
  StepHeader header;
  header.set_dtype(dtype);
  header.set_job_id(1);
  header.set_incarnation(2);
  header.set_worker_rank(3);
  header.set_step(4);
  return header;
}

// Sends rows 2 and 0 of three rows of table 0, and one row of table 1.
std::string EncodedPush() {
  const std::vector<uint64_t> ids = {10, 20, 30};
  std::vector<float> narrow(3 * SegmentFloats(3));
  std::iota(narrow.begin(), narrow.end(), 1.0f);
  std::vector<float> wide(3 * SegmentFloats(17));
  std::iota(wide.begin(), wide.end(), 100.0f);
  const std::vector<uint32_t> last_and_first = {2, 0};
  const std::vector<uint32_t> first = {0};
  const std::vector<GradientSource> sources = {{0, 3, ids, narrow.data(), last_and_first},
                                               {1, 17, ids, wide.data(), first}};
  const Payload payload = EncodePushRequest(Header(), kSeed, CHECKPOINT_AND_STOP, sources);
  return std::string(reinterpret_cast<const char*>(payload.data.get()), payload.size);
}

absl::StatusOr<DecodedPush> Decode(const std::string& bytes, int fragment_bytes = -1) {
  ArrayInputStream stream(bytes.data(), static_cast<int>(bytes.size()), fragment_bytes);
  return DecodePushRequest(&stream, bytes.size(), kDims);
}

// What blocks hold before.
class DirtyMemory : public HostMemory {
 public:
  void* Allocate(size_t bytes) override {
    auto* const memory = std::aligned_alloc(64, (bytes + 63) / 64 * 64);
    std::memset(memory, 0x7F, bytes);
    return memory;
  }
  void Free(void* memory) override { std::free(memory); }
};

TEST(PushRequestCodec, GradientsAreZeroBehindTheirDimWhateverTheMemoryHeld) {
  const std::string bytes = EncodedPush();
  ArrayInputStream stream(bytes.data(), static_cast<int>(bytes.size()));
  DirtyMemory memory;
  const absl::StatusOr<DecodedPush> push = DecodePushRequest(&stream, bytes.size(), kDims, &memory);
  ASSERT_TRUE(push.ok());
  const absl::StatusOr<DecodedPush> expected = Decode(bytes);
  for (size_t t = 0; t < 2; ++t) {
    const AlignedFloats& gradients = push->tables[t].gradients;
    const AlignedFloats& others = expected->tables[t].gradients;
    ASSERT_EQ(gradients.size(), push->tables[t].ids.size() * SegmentFloats(kDims[t]));
    EXPECT_EQ(std::memcmp(gradients.data(), others.data(), gradients.size() * sizeof(float)), 0);
    for (size_t row = 0; row < push->tables[t].ids.size(); ++row) {
      for (int i = kDims[t]; i < SegmentFloats(kDims[t]); ++i) {
        EXPECT_EQ(gradients.data()[row * SegmentFloats(kDims[t]) + i], 0.0F);
      }
    }
  }
}

TEST(PushRequestCodec, ProtobufReadsWhatTheEncoderWrites) {
  PushRequest request;
  ASSERT_TRUE(request.ParseFromString(EncodedPush()));
  EXPECT_EQ(request.header().step(), 4u);
  EXPECT_EQ(request.boundary(), CHECKPOINT_AND_STOP);
  ASSERT_EQ(request.tables_size(), 2);
  EXPECT_THAT(request.tables(0).ids(), ElementsAre(30, 10));
  EXPECT_EQ(request.tables(0).gradients().size(), 6 * sizeof(float));
  EXPECT_EQ(request.tables(1).gradients().size(), 17 * sizeof(float));
}

TEST(PushRequestCodec, DecoderReadsWhatProtobufWritesInPiecesOfAnySize) {
  PushRequest request;
  ASSERT_TRUE(request.ParseFromString(EncodedPush()));
  const std::string bytes = request.SerializeAsString();
  for (int fragment_bytes = 1; fragment_bytes < 40; ++fragment_bytes) {
    const absl::StatusOr<DecodedPush> push = Decode(bytes, fragment_bytes);
    ASSERT_EQ(push.status(), absl::OkStatus());
    EXPECT_EQ(push->header.worker_rank(), 3u);
    EXPECT_EQ(push->boundary, CHECKPOINT_AND_STOP);
    ASSERT_EQ(push->tables.size(), 2u);
    EXPECT_THAT(push->tables[0].ids, ElementsAre(30, 10));
    EXPECT_EQ(push->tables[0].gradients.data()[0], 7.0f);
    EXPECT_EQ(push->tables[0].gradients.data()[3], 1.0f);
    EXPECT_EQ(push->tables[1].gradients.data()[16], 116.0f);
    EXPECT_EQ(push->tables[1].gradients.data()[17], 0.0f) << "the padding of a row is zero";
  }
}

TEST(PushRequestCodec, SixteenBitsAreHalfTheBytesRoundedForStepTableRowAndRank) {
  const std::vector<uint64_t> ids = {10, 20};
  std::vector<float> gradients(2 * SegmentFloats(17));
  for (size_t i = 0; i < gradients.size(); ++i) gradients[i] = 100.3f + 0.37f * static_cast<float>(i);
  const uint32_t last = 1;
  const GradientSource source = {1, 17, ids, gradients.data(), {&last, 1}};
  for (const DType dtype : {BFLOAT16, FLOAT16}) {
    const Payload payload = EncodePushRequest(Header(dtype), kSeed, CONTINUE, {&source, 1});
    const std::string bytes(reinterpret_cast<const char*>(payload.data.get()), payload.size);
    PushRequest request;
    ASSERT_TRUE(request.ParseFromString(bytes));
    EXPECT_EQ(request.header().dtype(), dtype);
    EXPECT_EQ(request.tables(0).gradients().size(), 17 * 2U);
    const float* const sent = gradients.data() + SegmentFloats(17);
    std::vector<float> expected(sent, sent + 17);
    RowEncoder(dtype, kSeed, /*step=*/4, /*table=*/1, RowEncoder::Worker(3)).Round(20, 17, expected.data());
    ASSERT_NE(expected, std::vector<float>(sent, sent + 17));
    for (const int fragment_bytes : {-1, 1, 5}) {
      const absl::StatusOr<DecodedPush> push = Decode(bytes, fragment_bytes);
      ASSERT_EQ(push.status(), absl::OkStatus());
      EXPECT_THAT(absl::MakeSpan(push->tables[0].gradients.data(), 17), testing::ElementsAreArray(expected));
      EXPECT_EQ(push->tables[0].gradients.data()[17], 0.0f) << "the padding of a row is zero";
    }
  }
}

// It says of which type their gradients are.
TEST(PushRequestCodec, AHeaderBehindATableIsRefused) {
  PushRequest header;
  *header.mutable_header() = Header(BFLOAT16);
  PushRequest table;
  table.add_tables();
  const std::string first = header.SerializeAsString();
  EXPECT_EQ(Decode(first + table.SerializeAsString()).status(), absl::OkStatus());
  EXPECT_THAT(std::string(Decode(table.SerializeAsString() + first).status().message()),
              HasSubstr("the header stands behind a table"));
}

TEST(PushRequestCodec, ATypeThatIsNotThereIsRefused) {
  PushRequest request;
  request.mutable_header()->set_dtype(static_cast<DType>(3));
  EXPECT_THAT(std::string(Decode(request.SerializeAsString()).status().message()), HasSubstr("dtype 3 is unknown"));
}

TEST(PushRequestCodec, AnEmptyPushIsAPush) {
  const Payload payload = EncodePushRequest(Header(), kSeed, CONTINUE, {});
  const absl::StatusOr<DecodedPush> push =
      Decode(std::string(reinterpret_cast<const char*>(payload.data.get()), payload.size));
  ASSERT_EQ(push.status(), absl::OkStatus());
  EXPECT_TRUE(push->tables.empty());
}

TEST(PushRequestCodec, TruncatedBytesNeverGiveGradientsThatAreNotThere) {
  const std::string bytes = EncodedPush();
  for (size_t size = 0; size < bytes.size(); ++size) {
    const absl::StatusOr<DecodedPush> push = Decode(bytes.substr(0, size));
    // A cut between two fields of the request leaves a shorter, whole message.
    if (push.ok()) {
      EXPECT_LT(push->tables.size(), 2u) << size;
    } else {
      EXPECT_TRUE(absl::IsInvalidArgument(push.status())) << size;
    }
  }
}

TEST(PushRequestCodec, DamagedBytesNeverCrash) {
  const std::string bytes = EncodedPush();
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 20000; ++i) {
    std::string damaged = bytes;
    for (int flips = 0; flips < 3; ++flips) damaged[random() % damaged.size()] ^= static_cast<char>(random());
    Decode(damaged).status().IgnoreError();
  }
}

TEST(PushRequestCodec, GradientsThatDoNotFitTheIdsAreRefused) {
  PushRequest request;
  TableGradients* table = request.add_tables();
  table->add_ids(1);
  table->set_gradients(std::string(8, 'x'));
  EXPECT_THAT(std::string(Decode(request.SerializeAsString()).status().message()),
              HasSubstr("table 0 has 1 ids and 8 bytes of gradients, expected 12"));
  table->clear_gradients();
  EXPECT_THAT(std::string(Decode(request.SerializeAsString()).status().message()), HasSubstr("ids alone"));
}

// What the gradients mean is known by then: a table number behind them must not send them to table 0.
TEST(PushRequestCodec, FieldsBehindTheGradientsOfATableAreRefused) {
  TableGradients gradients;
  gradients.add_ids(1);
  gradients.set_gradients(std::string(12, 'x'));
  const std::string first = gradients.SerializeAsString();
  const std::string table("\x0d\x01\0\0\0", 5);
  const std::string ids("\x12\x08\x02\0\0\0\0\0\0\0", 10);
  const auto decode = [](const std::string& fields) {
    return Decode(std::string("\x1a") + static_cast<char>(fields.size()) + fields).status();
  };
  EXPECT_EQ(decode(first), absl::OkStatus());
  EXPECT_EQ(decode(first + std::string("\x20\x05")), absl::OkStatus()) << "of a field that is not known";
  for (const std::string& behind : {table, ids, std::string("\x1a\0", 2)}) {
    const absl::Status status = decode(first + behind);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("of table 0 stands behind the gradients"));
  }
}

// As a client may write them.
TEST(PushRequestCodec, IdsThatAreNotPackedAreRead) {
  TableGradients gradients;
  gradients.set_gradients(std::string(24, 'x'));
  const std::string ids("\x11\x07\0\0\0\0\0\0\0\x11\x08\0\0\0\0\0\0\0", 18);
  const std::string table = ids + gradients.SerializeAsString();
  const absl::StatusOr<DecodedPush> push = Decode(std::string("\x1a") + static_cast<char>(table.size()) + table);
  ASSERT_EQ(push.status(), absl::OkStatus());
  EXPECT_THAT(push->tables[0].ids, ElementsAre(7, 8));
  EXPECT_THAT(std::string(Decode(std::string("\x1a\x05\x11zzzz")).status().message()), HasSubstr("an id ends early"));
}

TEST(PushRequestCodec, ATableThatIsNotThereIsRefused) {
  PushRequest request;
  TableGradients* table = request.add_tables();
  table->set_table(2);
  EXPECT_THAT(std::string(Decode(request.SerializeAsString()).status().message()),
              HasSubstr("table 2 is out of range, the job has 2"));
}

TEST(PushRequestCodec, ATagThatIsCutOffIsRefused) {
  for (const char* tag : {"\xff", "\xff\xff\xff", "\x80"}) {
    for (int fragment_bytes : {-1, 1, 3}) EXPECT_FALSE(Decode(EncodedPush() + tag, fragment_bytes).ok());
    const std::string table = std::string("\x0d\0\0\0\0", 5) + tag;
    EXPECT_FALSE(Decode(std::string("\x1a") + static_cast<char>(table.size()) + table).ok());
  }
}

TEST(PushRequestCodec, MoreTablesThanTheJobHasAreRefused) {
  PushRequest request;
  request.add_tables();
  request.add_tables();
  EXPECT_EQ(Decode(request.SerializeAsString()).status(), absl::OkStatus());
  request.add_tables();
  EXPECT_THAT(std::string(Decode(request.SerializeAsString()).status().message()),
              HasSubstr("more tables than the 2 of the job"));
}

}  // namespace
}  // namespace shoal
