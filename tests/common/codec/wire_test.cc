#include "common/codec/wire.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "proto/parameter_service.pb.h"

namespace shoal {
namespace {

using ::google::protobuf::io::CodedInputStream;

// A stream over `bytes`, which the limit ends.
class Input {
 public:
  explicit Input(std::string bytes)
      : bytes_(std::move(bytes)),
        stream_(reinterpret_cast<const uint8_t*>(bytes_.data()), static_cast<int>(bytes_.size())) {
    stream_.PushLimit(static_cast<int>(bytes_.size()));
  }
  CodedInputStream* get() { return &stream_; }

 private:
  const std::string bytes_;
  CodedInputStream stream_;
};

std::string Varint(uint64_t value) {
  std::string bytes;
  for (; value >= 128; value >>= 7) bytes.push_back(static_cast<char>(value | 128));
  bytes.push_back(static_cast<char>(value));
  return bytes;
}

bool Enters(const std::string& bytes, int* inside = nullptr) {
  Input input(bytes);
  CodedInputStream::Limit outer;
  if (!EnterDelimited(input.get(), &outer)) return false;
  if (inside != nullptr) *inside = input.get()->BytesUntilLimit();
  return true;
}

TEST(WireTest, ProtobufReadsTheFieldsThatAreWritten) {
  uint8_t bytes[64];
  uint8_t* end = WriteFixed64Field(StepHeader::kJobIdFieldNumber, ~uint64_t{0} - 1, bytes);
  EXPECT_EQ(end - bytes, static_cast<ptrdiff_t>(kFixed64FieldSize));
  uint8_t* const second = end;
  end = WriteFixed32Field(StepHeader::kIncarnationFieldNumber, 0x01020304, end);
  EXPECT_EQ(end - second, static_cast<ptrdiff_t>(kFixed32FieldSize));
  StepHeader header;
  ASSERT_TRUE(header.ParseFromArray(bytes, static_cast<int>(end - bytes)));
  EXPECT_EQ(header.job_id(), ~uint64_t{0} - 1);
  EXPECT_EQ(header.incarnation(), 0x01020304u);

  end = WriteVarintField(PullReply::kBoundaryFieldNumber, CHECKPOINT_AND_STOP, bytes);
  EXPECT_EQ(end - bytes, static_cast<ptrdiff_t>(kEnumFieldSize));
  PullReply reply;
  ASSERT_TRUE(reply.ParseFromArray(bytes, static_cast<int>(end - bytes)));
  EXPECT_EQ(reply.boundary(), CHECKPOINT_AND_STOP);
}

TEST(WireTest, DelimitedSizesAreWhatIsWritten) {
  for (size_t size : {size_t{0}, size_t{1}, size_t{127}, size_t{128}, size_t{16384}, size_t{1} << 30}) {
    uint8_t bytes[16];
    const uint8_t* end = WriteDelimitedHeader(3, size, bytes);
    EXPECT_EQ(DelimitedSize(size), static_cast<size_t>(end - bytes) + size);
  }
}

TEST(WireTest, ALengthBecomesTheLimit) {
  int inside = -1;
  EXPECT_TRUE(Enters(Varint(3) + "abcde", &inside));
  EXPECT_EQ(inside, 3);
  EXPECT_TRUE(Enters(Varint(0), &inside));
  EXPECT_EQ(inside, 0);
}

TEST(WireTest, LengthsBeyondWhatIsLeftAreMalformed) {
  for (uint64_t length : {uint64_t{4}, uint64_t{0x7fffffff}, uint64_t{0x80000000}, uint64_t{0xffffffff},
                          (uint64_t{1} << 32) + 3, ~uint64_t{0}}) {
    EXPECT_FALSE(Enters(Varint(length) + "abc")) << length;
  }
  EXPECT_FALSE(Enters("")) << "no length";
  EXPECT_FALSE(Enters("\x80")) << "a length that ends early";
  EXPECT_FALSE(Enters(std::string(11, '\x80'))) << "a length without end";
}

TEST(WireTest, FieldsOfEveryKindArePassedOver) {
  const struct {
    WireType type;
    std::string bytes;
  } cases[] = {{WireType::kVarint, Varint(~uint64_t{0})},
               {WireType::kFixed64, "12345678"},
               {WireType::kFixed32, "1234"},
               {WireType::kLengthDelimited, Varint(3) + "abc"}};
  for (const auto& field : cases) {
    const uint32_t tag = WireTag(9, field.type);
    Input whole(field.bytes + "z");
    EXPECT_TRUE(SkipWireField(whole.get(), tag));
    EXPECT_EQ(whole.get()->BytesUntilLimit(), 1) << "what follows is still there";
    Input cut(field.bytes.substr(0, field.bytes.size() - 1));
    EXPECT_FALSE(SkipWireField(cut.get(), tag));
  }
}

TEST(WireTest, ATagThatIsTooLongDoesNotPassForItsLowBits) {
  Input longest("\xf8\xff\xff\xff\x0f");
  EXPECT_EQ(ReadWireTag(longest.get()), 0xfffffff8u);
  EXPECT_EQ(ReadWireTag(longest.get()), 0u);
  EXPECT_TRUE(EndsAtLimit(longest.get()));
  Input too_long("\x8d\x80\x80\x80\x80\x01");
  EXPECT_EQ(ReadWireTag(too_long.get()), 0u);
  EXPECT_FALSE(EndsAtLimit(too_long.get()));
}

TEST(WireTest, AFieldOfNumber0IsMalformed) {
  for (const WireType type : {WireType::kVarint, WireType::kFixed64, WireType::kLengthDelimited, WireType::kFixed32}) {
    Input input("\x01\x02\x03\x04\x05\x06\x07\x08");
    EXPECT_FALSE(SkipWireField(input.get(), WireTag(0, type)));
  }
}

TEST(WireTest, GroupsAreMalformed) {
  for (uint32_t type : {3u, 4u, 6u, 7u}) {
    Input input("\x01\x02\x03\x04\x05\x06\x07\x08");
    EXPECT_FALSE(SkipWireField(input.get(), 9 << 3 | type)) << type;
  }
}

}  // namespace
}  // namespace shoal
