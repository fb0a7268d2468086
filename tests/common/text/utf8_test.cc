#include "common/text/utf8.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace shoal {
namespace {

// The UTF-8 of a code point by the table of RFC 3629, surrogates and all.
std::string Encode(uint32_t code_point) {
  const auto trail = [&](int shift) { return static_cast<char>(0x80 | ((code_point >> shift) & 0x3f)); };
  if (code_point < 0x80) return {static_cast<char>(code_point)};
  if (code_point < 0x800) return {static_cast<char>(0xc0 | (code_point >> 6)), trail(0)};
  if (code_point < 0x10000) return {static_cast<char>(0xe0 | (code_point >> 12)), trail(6), trail(0)};
  return {static_cast<char>(0xf0 | (code_point >> 18)), trail(12), trail(6), trail(0)};
}

TEST(Utf8Test, EveryCodePointButSurrogatesIsWellFormed) {
  for (uint32_t code_point = 0; code_point <= 0x110000; ++code_point) {
    const bool is_scalar = code_point <= 0x10ffff && (code_point < 0xd800 || code_point > 0xdfff);
    ASSERT_EQ(is_scalar, !FindInvalidUtf8(Encode(code_point)).has_value()) << std::hex << code_point;
    if (!is_scalar) continue;
    ASSERT_EQ(Encode(code_point).size(), FirstCodePointBytes(Encode(code_point) + "x")) << code_point;
  }
}

TEST(Utf8Test, OverlongFormsStrayBytesAndCutSequencesAreFoundWhereTheyBegin) {
  const std::vector<std::pair<std::string, size_t>> cases = {
      {"ab\xff", 2}, {"\x80", 0},       {"\xc0\xaf", 0}, {"x\xe0\x80\xaf", 1},    {"\xf0\x80\x80\xaf", 0},
      {"é\xc3", 2},  {"你\xe4\xbd", 3}, {"a\xc3(", 1},   {"\xf5\x80\x80\x80", 0}, {"ok\xed\xa0\x80", 2}};
  for (const auto& [text, offset] : cases) EXPECT_EQ(offset, FindInvalidUtf8(text)) << text;
}

TEST(Utf8Test, TheErrorNamesTheByteCountedFromOne) {
  EXPECT_TRUE(CheckUtf8("日本").ok());
  EXPECT_TRUE(CheckUtf8("").ok());
  EXPECT_EQ("byte 4 (0xe9) is not valid UTF-8", CheckUtf8("caf\xe9").message());
  EXPECT_EQ(absl::StatusCode::kInvalidArgument, CheckUtf8("caf\xe9").code());
}

TEST(Utf8Test, WhiteSpaceIsThatOfUnicode) {
  std::vector<uint32_t> found;
  for (uint32_t code_point = 0; code_point <= 0x10ffff; ++code_point) {
    if (code_point >= 0xd800 && code_point <= 0xdfff) continue;
    size_t bytes;
    if (BeginsWithWhiteSpace(Encode(code_point) + "x", &bytes)) found.push_back(code_point);
    ASSERT_EQ(Encode(code_point).size(), bytes) << code_point;
  }
  // PropList.txt of Unicode 15.
  EXPECT_EQ((std::vector<uint32_t>{0x09,   0x0a,   0x0b,   0x0c,   0x0d,   0x20,   0x85,   0xa0,   0x1680,
                                   0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008,
                                   0x2009, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000}),
            found);
}

TEST(Utf8Test, LowerCaseIsUnicodesFullMapping) {
  // Right: Python's str.lower.
  const std::vector<std::pair<std::string, std::string>> cases = {{"Hello WORLD 1", "hello world 1"},
                                                                  {"ÄÖÜ ẞ", "äöü ß"},
                                                                  {"ΟΔΟΣ ΣΑΣ", "οδος σας"},
                                                                  {"İI", "i̇i"},
                                                                  {"ДОМ", "дом"},
                                                                  {"你好ＡＢ", "你好ａｂ"},
                                                                  {"Ǆ", "ǆ"},
                                                                  {"", ""}};
  std::string lower = "left over";
  for (const auto& [text, expected] : cases) {
    LowerCase(text, &lower);
    EXPECT_EQ(expected, lower) << text;
  }
}

}  // namespace
}  // namespace shoal
