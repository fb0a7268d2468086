// Against files that NumPy wrote (tests/reference/pretrained).
#include "common/pretrained/npy.h"

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

absl::StatusOr<PretrainedRows> Read(const std::string& bytes) {
  auto vectors = OpenNpy(std::make_unique<TextSource>(bytes, 7), "x.npy");
  if (!vectors.ok()) return vectors.status();
  EXPECT_FALSE((*vectors)->has_words());
  return ReadAllRows(vectors->get());
}

TEST(NpyTest, EveryVersionAndTypeGivesTheNumbersThatNumPyWrote) {
  const auto expected = BitsOf(ReferenceRows().vectors);
  for (const char* name : {"float16.npy", "float32.npy", "float64.npy"}) {
    const absl::StatusOr<PretrainedRows> rows = Read(ReferenceFile(name));
    ASSERT_TRUE(rows.ok()) << name << ": " << rows.status();
    EXPECT_EQ(expected, BitsOf(rows->vectors)) << name;
  }
}

TEST(NpyTest, ArraysThatCannotBeReadAreRefusedWithWhatTheyAre) {
  const std::vector<std::pair<std::string, std::string>> cases = {{"fortran.npy", "Fortran order"},
                                                                  {"big_endian.npy", "type '>f4'"},
                                                                  {"int64.npy", "type '<i8'"},
                                                                  {"vector.npy", "has the shape (3); it"},
                                                                  {"structured.npy", "structured"}};
  for (const auto& [name, problem] : cases) {
    const absl::Status status = Read(ReferenceFile(name)).status();
    EXPECT_EQ(absl::StatusCode::kInvalidArgument, status.code()) << name;
    EXPECT_THAT(std::string(status.message()), HasSubstr(problem)) << name;
    EXPECT_THAT(std::string(status.message()), HasSubstr("'x.npy'")) << name;
  }
}

TEST(NpyTest, HeadersThatSayTooMuchAreRefused) {
  std::string bytes = ReferenceFile("float32.npy");  // Version 2.0: the length has four bytes.
  bytes.replace(8, 4, "\xff\xff\xff\xff");
  EXPECT_EQ("'x.npy' says that its header has 4294967295 bytes; it may have 1048576", Read(bytes).status().message());
  bytes[6] = 4;
  EXPECT_THAT(std::string(Read(bytes).status().message()), HasSubstr("has version 4.0 of the .npy format"));
  EXPECT_THAT(std::string(Read("PK\x03\x04zip file").status().message()),
              HasSubstr("is not a .npy file: it begins with"));
}

std::string WithShape(const std::string& shape) {
  std::string header = absl::StrCat("{'descr': '<f4', 'fortran_order': False, 'shape': ", shape, "}");
  header.resize(118, ' ');
  return absl::StrCat(absl::string_view("\x93NUMPY\x01\x00\x76\x00", 10), header, "12345678");
}

TEST(NpyTest, RowsThatDoNotFitTheFileAreRefused) {
  EXPECT_EQ(2u, Read(WithShape("(2, 1)")).value().vectors.size());
  EXPECT_EQ(
      "'x.npy' is truncated: it ends at byte 136, in its row 1 of 4611686018427387904, of which 8 bytes are missing",
      Read(WithShape("(4611686018427387904, 2)")).status().message());
  EXPECT_EQ("'x.npy' goes on behind byte 132, where its 1 rows end", Read(WithShape("(1, 1)")).status().message());
  EXPECT_EQ("'x.npy' goes on behind byte 128, where its 0 rows end", Read(WithShape("(0, 1)")).status().message());
  EXPECT_THAT(std::string(Read(WithShape("(1, 0)")).status().message()), HasSubstr("a row has 0 numbers"));
  EXPECT_THAT(std::string(Read(WithShape("(1, 99999)")).status().message()), HasSubstr("a row has 99999 numbers"));
}

}  // namespace
}  // namespace shoal
