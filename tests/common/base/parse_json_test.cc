#include "common/base/parse_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace shoal {
namespace {

using nlohmann::json;

std::string Nested(int depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(ParseJsonTest, WhatIsNoJsonIsDiscarded) {
  EXPECT_EQ(ParseJson<json>(R"({"a": [1, {"b": null}]})"), json::parse(R"({"a": [1, {"b": null}]})"));
  for (const char* text : {"", "{", "[1", "1 2", "\"\\", "]]"})
    EXPECT_TRUE(ParseJson<json>(text).is_discarded()) << text;
}

TEST(ParseJsonTest, JsonThatIsNestedTooDeepIsDiscarded) {
  EXPECT_TRUE(ParseJson<json>(Nested(kMaxJsonDepth)).is_array());
  EXPECT_TRUE(ParseJson<json>(Nested(kMaxJsonDepth + 1)).is_discarded());
  EXPECT_TRUE(ParseJson<nlohmann::ordered_json>("{\"a\":" + Nested(kMaxJsonDepth) + "}").is_discarded());
}

TEST(ParseJsonTest, BracketsInStringsAndSideBySideDoNotCount) {
  std::string list = "[";
  for (int i = 0; i < 3 * kMaxJsonDepth; ++i) list += "[],{},";
  EXPECT_TRUE(ParseJson<json>(list + "[]]").is_array());
  EXPECT_TRUE(ParseJson<json>("[\"\\\"" + std::string(1000, '[') + "\"]").is_array());
  EXPECT_TRUE(ParseJson<json>("[\"\\\\\"," + Nested(kMaxJsonDepth) + "]").is_discarded()) << "the string has ended";
}

}  // namespace
}  // namespace shoal
