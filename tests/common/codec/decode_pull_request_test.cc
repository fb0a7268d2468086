#include "common/codec/decode_pull_request.h"

#include <random>
#include <string>

#include "common/codec/step_header.h"
#include "gmock/gmock.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::google::protobuf::io::ArrayInputStream;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr size_t kNumTables = 2;

// Of a field that no message has.
const char kUnknownField[] = "\x78\x05";

PullRequest Request() {
  PullRequest request;
  request.mutable_header()->set_job_id(1);
  request.mutable_header()->set_worker_rank(3);
  request.mutable_header()->set_step(4);
  request.mutable_header()->set_dtype(BFLOAT16);
  request.set_read_only(true);
  for (const uint32_t table : {9u, 0u}) {
    TableIds* ids = request.add_tables();
    ids->set_table(table);
    ids->set_with_state(table > 0);
    for (uint64_t id = 1; id < 40; ++id) ids->add_ids(id << 50 | table);
  }
  return request;
}

absl::StatusOr<PullRequest> Decode(const std::string& bytes, int fragment_bytes = -1) {
  ArrayInputStream stream(bytes.data(), static_cast<int>(bytes.size()), fragment_bytes);
  return DecodePullRequest(&stream, bytes.size(), kNumTables);
}

// Of a message that must not be taken.
std::string RefusalOf(const std::string& bytes) {
  const absl::Status status = Decode(bytes).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

std::string Delimited(char tag, const std::string& bytes) {
  return std::string({tag, static_cast<char>(bytes.size())}) + bytes;
}

TEST(DecodePullRequestTest, WhatProtobufWritesIsReadInPiecesOfAnySize) {
  const std::string bytes = Request().SerializeAsString();
  for (int fragment_bytes = 1; fragment_bytes < 40; ++fragment_bytes) {
    const absl::StatusOr<PullRequest> request = Decode(bytes, fragment_bytes);
    ASSERT_EQ(request.status(), absl::OkStatus());
    EXPECT_EQ(request->SerializeAsString(), bytes);
  }
  EXPECT_EQ(Decode("")->SerializeAsString(), "");
}

TEST(DecodePullRequestTest, IdsMayComeInSeveralPartsPackedOrNot) {
  const std::string id("\x11\x01\0\0\0\0\0\0\0", 9);
  const std::string packed("\x12\x10\x02\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0", 18);
  const absl::StatusOr<PullRequest> request = Decode(Delimited('\x1a', id + packed + id));
  ASSERT_EQ(request.status(), absl::OkStatus());
  EXPECT_THAT(request->tables(0).ids(), ElementsAre(1, 2, 3, 1));
}

// A worker that keeps rows asks for some of a table's with their state and for others without.
TEST(DecodePullRequestTest, MoreThanTwoEntriesForATableOfTheJobAreRefused) {
  PullRequest request;
  for (int entry = 0; entry < 4; ++entry) request.add_tables();
  EXPECT_EQ(Decode(request.SerializeAsString()).status(), absl::OkStatus());
  request.add_tables();
  EXPECT_THAT(RefusalOf(request.SerializeAsString()), HasSubstr("more than 2 entries for each of the job's 2 tables"));
}

// Each would take eight times its bytes.
TEST(DecodePullRequestTest, WhatIsNotKnownIsDropped) {
  const std::string table = Delimited('\x1a', kUnknownField);
  const std::string header = Delimited('\x0a', kUnknownField);
  const absl::StatusOr<PullRequest> request = Decode(header + kUnknownField + table);
  ASSERT_EQ(request.status(), absl::OkStatus());
  EXPECT_EQ(request->SerializeAsString(), std::string("\x0a\0\x1a\0", 4));
}

TEST(DecodePullRequestTest, AHeaderThatIsLargerThanAnyIsRefused) {
  std::string header;
  while (header.size() <= kMaxStepHeaderBytes) header += kUnknownField;
  EXPECT_THAT(RefusalOf(std::string("\x0a\x82\x08") + header), HasSubstr("1026 bytes, more than 1024"));
}

TEST(DecodePullRequestTest, ATypeThatIsNotThereIsRefused) {
  PullRequest request;
  request.mutable_header()->set_dtype(static_cast<DType>(3));
  EXPECT_THAT(RefusalOf(request.SerializeAsString()), HasSubstr("dtype 3 is unknown"));
}

TEST(DecodePullRequestTest, BytesThatAreNoRequestAreRefused) {
  EXPECT_THAT(RefusalOf("\xff\xff\xff\xff"), HasSubstr("malformed PullRequest: a bad tag"));
  EXPECT_THAT(RefusalOf("\x0a\x7f"), HasSubstr("malformed StepHeader: it ends early"));
  EXPECT_THAT(RefusalOf("\x1a\x7f"), HasSubstr("a table ends early"));
  EXPECT_THAT(RefusalOf("\x10"), HasSubstr("read_only ends early"));
  EXPECT_THAT(RefusalOf("\x7a\x05"), HasSubstr("a field ends early"));
  EXPECT_THAT(RefusalOf(Delimited('\x1a', "\xff")), HasSubstr("a table has a bad tag"));
  EXPECT_THAT(RefusalOf(Delimited('\x1a', "\x0d\x01")), HasSubstr("a table number ends early"));
  EXPECT_THAT(RefusalOf(Delimited('\x1a',
                                  "\x12\x04"
                                  "1234")),
              HasSubstr("ids are not whole"));
  EXPECT_THAT(RefusalOf(Delimited('\x1a',
                                  "\x12\x08"
                                  "1234")),
              HasSubstr("ids are not whole"));
  EXPECT_THAT(RefusalOf(Delimited('\x1a',
                                  "\x11"
                                  "1234")),
              HasSubstr("an id ends early"));
  EXPECT_THAT(RefusalOf(Delimited('\x1a', "\x18")), HasSubstr("with_state ends early"));
}

TEST(DecodePullRequestTest, DamagedBytesAreReadAsProtobufReadsThemOrRefused) {
  const std::string bytes = Request().SerializeAsString();
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  int read = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string damaged = bytes.substr(0, random() % 4 == 0 ? random() % bytes.size() : bytes.size());
    for (int flips = 0; flips < 2 && !damaged.empty(); ++flips) {
      damaged[random() % damaged.size()] ^= static_cast<char>(random());
    }
    const absl::StatusOr<PullRequest> request = Decode(damaged);
    PullRequest expected;
    if (!request.ok() || !expected.ParseFromString(damaged)) continue;
    expected.DiscardUnknownFields();
    ASSERT_EQ(request->SerializeAsString(), expected.SerializeAsString());
    ++read;
  }
  EXPECT_GT(read, 1000) << "ids may have any value";
}

}  // namespace
}  // namespace shoal
