#include "common/checkpoint/table_group_layout.h"

#include <cstring>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace shoal {
namespace {

using ::testing::HasSubstr;

TableSchema Schema(const std::string& name, int dim, bool has_last_step) {
  return {name, 1000, dim, 8, {{"weight", dim}, {"sum", 1}}, has_last_step};
}

TEST(TableGroupLayoutTest, TheHeaderIsSafetensorsWithoutGaps) {
  const TableSchema users = Schema("users", 3, true);
  const TableSchema items = Schema("items", 5, false);
  const auto layout = TableGroupLayout::Create({{&users, 7}, {&items, 0}});
  ASSERT_TRUE(layout.ok()) << layout.status();
  const std::string& header = layout->header();
  EXPECT_EQ(header.size() % 64, 0u);
  uint64_t length = 0;
  std::memcpy(&length, header.data(), sizeof(length));
  ASSERT_EQ(length, header.size() - 8);

  const auto json = nlohmann::ordered_json::parse(header.substr(8));
  uint64_t end = 0;
  for (const auto& [name, tensor] : json.items()) {
    const uint64_t element = tensor["dtype"] == "U64" ? 8 : 4;
    uint64_t bytes = element;
    for (const uint64_t extent : tensor["shape"]) bytes *= extent;
    EXPECT_EQ(tensor["data_offsets"][0], end) << name;
    EXPECT_EQ(end % element, 0u) << name << " is not aligned";
    end += bytes;
    EXPECT_EQ(tensor["data_offsets"][1], end) << name;
  }
  EXPECT_EQ(layout->file_bytes(), header.size() + end);
  EXPECT_EQ(json["users.weight"]["shape"].dump(), "[7,3]");
  EXPECT_EQ(json["items.id"]["shape"].dump(), "[0]");
  EXPECT_FALSE(json.contains("items.last_step"));
  EXPECT_EQ(layout->offsets()[0].fields[1] - header.size(), json["users.sum"]["data_offsets"][0]);
}

TEST(TableGroupLayoutTest, SizesThatOverflowAreRefused) {
  TableSchema schema = Schema("t", 16384, false);
  schema.num_embeddings = INT64_MAX;
  for (const uint64_t rows : {uint64_t{1} << 47, uint64_t{1} << 60, uint64_t{INT64_MAX}}) {
    EXPECT_EQ(TableGroupLayout::Create({{&schema, rows}}).status().code(), absl::StatusCode::kInvalidArgument) << rows;
  }
}

TEST(TableGroupLayoutTest, MalformedTablesAreRefusedByName) {
  const auto error = [](const TableSchema& schema, uint64_t rows = 1) {
    return std::string(TableGroupLayout::Create({{&schema, rows}}).status().message());
  };
  TableSchema schema = Schema("t", 2, false);
  EXPECT_EQ(error(schema), "");
  EXPECT_THAT(error(schema, 1001), HasSubstr("table t has 1001 rows"));
  EXPECT_THAT(error(Schema("a\"b", 2, false)), HasSubstr("table 'a\"b'"));
  EXPECT_THAT(error(Schema("", 2, false)), HasSubstr("[a-z]"));
  EXPECT_THAT(error(Schema("t", 0, false)), HasSubstr("width 0"));
  schema.fields[1].name = "id";
  EXPECT_THAT(error(schema), HasSubstr("field id"));
  schema.fields[1].name = "weight";
  EXPECT_THAT(error(schema), HasSubstr("stands twice"));
  schema.fields[0].width = 3;
  EXPECT_THAT(error(schema), HasSubstr("first field"));
  const TableSchema good = Schema("t", 2, false);
  EXPECT_THAT(std::string(TableGroupLayout::Create({{&good, 1}, {&good, 1}}).status().message()), HasSubstr("twice"));
}

}  // namespace
}  // namespace shoal
