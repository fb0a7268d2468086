// Against files that the safetensors library wrote (tests/reference/pretrained).
#include "common/pretrained/safetensors.h"

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/data/text_source.h"
#include "tests/common/pretrained/pretrained_rows.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<PretrainedRows> Read(const std::string& bytes, const std::string& tensor = "") {
  auto vectors = OpenSafetensors(std::make_unique<TextSource>(bytes, 7), "x.safetensors", tensor);
  if (!vectors.ok()) return vectors.status();
  EXPECT_FALSE((*vectors)->has_words());
  return ReadAllRows(vectors->get());
}

std::string File(const std::string& header, const std::string& data) {
  const uint64_t length = header.size();
  return absl::StrCat(absl::string_view(reinterpret_cast<const char*>(&length), sizeof(length)), header, data);
}

TEST(SafetensorsTest, TensorsAreReadByName) {
  const auto expected = BitsOf(ReferenceRows().vectors);
  EXPECT_EQ(expected, BitsOf(Read(ReferenceFile("several.safetensors"), "wide").value().vectors));
  EXPECT_EQ(expected, BitsOf(Read(ReferenceFile("several.safetensors"), "half").value().vectors));
  EXPECT_EQ(expected, BitsOf(Read(ReferenceFile("one.safetensors"), "table.weight").value().vectors));
}

TEST(SafetensorsTest, TheOnlyTensorNeedsNoName) {
  EXPECT_EQ(BitsOf(ReferenceRows().vectors), BitsOf(Read(ReferenceFile("one.safetensors")).value().vectors));
  EXPECT_EQ(BitsOf(Bfloat16ReferenceRows()), BitsOf(Read(ReferenceFile("bfloat16.safetensors")).value().vectors));
}

TEST(SafetensorsTest, AnUnknownNameIsAnsweredWithTheKnownOnes) {
  EXPECT_EQ("'x.safetensors': which of its tensors is meant? Set `tensor` to one of: half, one, whole, wide",
            Read(ReferenceFile("several.safetensors")).status().message());
  EXPECT_EQ("'x.safetensors': it has no tensor 'w'; it has: half, one, whole, wide",
            Read(ReferenceFile("several.safetensors"), "w").status().message());
  EXPECT_EQ("'x.safetensors': it holds no tensor", Read(File("{}", "")).status().message());
}

TEST(SafetensorsTest, TensorsThatCannotBeReadAreRefusedWithWhatTheyAre) {
  const std::string several = ReferenceFile("several.safetensors");
  EXPECT_EQ("'x.safetensors', tensor 'whole': its dtype is \"I64\"; F16, BF16 and F32 can be read",
            Read(several, "whole").status().message());
  EXPECT_EQ("'x.safetensors', tensor 'one': its shape is not one of two dimensions, rows and numbers",
            Read(several, "one").status().message());
}

TEST(SafetensorsTest, MalformedHeadersAreRefused) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "not a JSON object"},
      {"{", "not a JSON object"},
      {"[1]", "not a JSON object"},
      {"{\"\xff\": 1}", "not a JSON object"},
      {R"({"t": 3})", "its dtype is missing"},
      {R"({"t": {"dtype": 7}})", "its dtype is 7"},
      {R"({"t": {"dtype": "F32"}})", "its shape is not"},
      {R"({"t": {"dtype": "F32", "shape": [1, -1], "data_offsets": [0, 4]}})", "its shape is not"},
      {R"({"t": {"dtype": "F32", "shape": [18446744073709551615, 1], "data_offsets": [0, 4]}})", "its shape is not"},
      {R"({"t": {"dtype": "F32", "shape": [1, 1.5], "data_offsets": [0, 4]}})", "its shape is not"},
      {R"({"t": {"dtype": "F32", "shape": [1, 1]}})", "its data_offsets do not fit"},
      {R"({"t": {"dtype": "F32", "shape": [1, 1], "data_offsets": [0, 5]}})", "its data_offsets do not fit"},
      {R"({"t": {"dtype": "F32", "shape": [1, 1], "data_offsets": [4, 0]}})", "its data_offsets do not fit"},
      {R"({"t": {"dtype": "F32", "shape": [4611686018427387905, 1], "data_offsets": [0, 4]}})", "do not fit"},
      {R"({"t": {"dtype": "F32", "shape": [1, 1], "data_offsets": [8, 12]}})", "data in front of the tensor"},
      {R"({"t": {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]}})", "in its row 1 of 2"}};
  for (const auto& [header, problem] : cases) {
    const absl::Status status = Read(File(header, "1234")).status();
    EXPECT_FALSE(status.ok()) << header;
    EXPECT_THAT(std::string(status.message()), HasSubstr(problem)) << header;
    EXPECT_THAT(std::string(status.message()), HasSubstr("'x.safetensors'")) << header;
  }
}

TEST(SafetensorsTest, AHeaderOfAnyLengthTakesNoMoreMemoryThanTheFileHas) {
  EXPECT_THAT(std::string(Read("\xff\xff\xff\xff\xff\xff\xff\x7f{}").status().message()),
              HasSubstr("says that its header has 9223372036854775807 bytes; it may have 100000000"));
  EXPECT_EQ(absl::StatusCode::kDataLoss,
            Read(absl::StrCat(absl::string_view("\x00\x00\x10\x00\x00\x00\x00\x00", 8), "{}")).status().code());
}

TEST(SafetensorsTest, DeeplyNestedJsonIsNoTrouble) {
  EXPECT_THAT(std::string(Read(File(std::string(100000, '['), "")).status().message()), HasSubstr("not a JSON object"));
  const std::string nested = absl::StrCat(R"({"t": )", std::string(100000, '['), std::string(100000, ']'), "}");
  EXPECT_THAT(std::string(Read(File(nested, "")).status().message()), HasSubstr("not a JSON object"));
  const std::string dtype =
      absl::StrCat(R"({"t": {"dtype": )", std::string(100000, '['), std::string(100000, ']'), "}}");
  EXPECT_THAT(std::string(Read(File(dtype, "")).status().message()), HasSubstr("not a JSON object"));
}

}  // namespace
}  // namespace shoal
