#include "common/checkpoint/table_group_writer.h"

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/common/base/memory_file_system.h"
#include "tests/common/checkpoint/test_checkpoint.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

constexpr char kPath[] = "/c/step-5.tmp/tables-00000-of-00001.safetensors";

// The bytes of a tensor, found as any safetensors reader would.
std::string Tensor(const std::string& file, const std::string& name) {
  uint64_t length = 0;
  std::memcpy(&length, file.data(), sizeof(length));
  const auto json = nlohmann::json::parse(file.substr(8, length));
  const uint64_t begin = json[name]["data_offsets"][0];
  const uint64_t end = json[name]["data_offsets"][1];
  return file.substr(8 + length + begin, end - begin);
}

TEST(TableGroupWriterTest, EveryTensorHoldsItsRowsAndHash) {
  std::mt19937_64 random(1);
  const std::vector<ModelTable> tables = {RandomModelTable("users", 40, 3, true, 5, &random),
                                          RandomModelTable("items", 30, 5, false, 5, &random)};
  MemoryFileSystem files;
  const ModelTableRows users(&tables[0], 0, 1), items(&tables[1], 0, 1);
  const auto written = WriteTableGroup(files, kPath, {&users, &items});
  ASSERT_TRUE(written.ok()) << written.status();
  const std::string file = *ReadFile(files, kPath, 1 << 20);
  EXPECT_EQ(written->name(), "tables-00000-of-00001.safetensors");
  EXPECT_EQ(written->size_bytes(), file.size());
  EXPECT_EQ(written->xxh3_128(), HashToHex(Hash128(file)));

  const TableDigestPart& part = written->digests(0);
  EXPECT_EQ(part.table(), "users");
  EXPECT_EQ(part.rows(), tables[0].rows.size());
  EXPECT_EQ(part.id_xxh3_128(), HashToHex(Hash128(Tensor(file, "users.id"))));
  EXPECT_EQ(part.last_step_xxh3_128(), HashToHex(Hash128(Tensor(file, "users.last_step"))));
  EXPECT_EQ(written->digests(1).last_step_xxh3_128(), "");
  for (int i = 0; i < part.fields_size(); ++i) {
    const RowField& field = tables[0].schema.fields[i];
    std::string expected;
    for (const auto& [id, row] : tables[0].rows) {
      expected.append(reinterpret_cast<const char*>(row.fields[i].data()), field.width * sizeof(float));
    }
    EXPECT_TRUE(Tensor(file, absl::StrCat("users.", field.name)) == expected) << field.name;
    EXPECT_EQ(part.fields(i).name(), field.name);
    EXPECT_EQ(part.fields(i).width(), field.width);
    EXPECT_EQ(part.fields(i).xxh3_128(), HashToHex(Hash128(expected)));
  }
}

// Rows of zeros that exist nowhere.
class ManyRows : public TableRows {
 public:
  explicit ManyRows(int64_t rows) : rows_(rows) { schema_ = {"many", rows, 33, 1, {{"weight", 33}}, false}; }

  const TableSchema& schema() const override { return schema_; }
  int64_t num_rows() const override { return rows_; }
  std::vector<uint64_t> ids() const override {
    std::vector<uint64_t> ids(rows_);
    for (int64_t i = 0; i < rows_; ++i) ids[i] = static_cast<uint64_t>(i);
    return ids;
  }
  std::vector<uint64_t> last_steps() const override { return {}; }
  void ForEach(int /*field*/, absl::FunctionRef<void(absl::Span<const float>)> sink) const override {
    const std::vector<float> row(33, 0.0f);
    for (int64_t i = 0; i < rows_ - missing_; ++i) sink(row);
  }

  void LeaveOut(int64_t rows) { missing_ = rows; }

 private:
  TableSchema schema_;
  int64_t rows_;
  int64_t missing_ = 0;
};

TEST(TableGroupWriterTest, TablesLargerThanTheBufferAreWrittenWhole) {
  MemoryFileSystem files;
  const ManyRows rows(100'000);  // 13 MB
  const auto written = WriteTableGroup(files, kPath, {&rows});
  ASSERT_TRUE(written.ok()) << written.status();
  const std::string file = *ReadFile(files, kPath, 1 << 30);
  EXPECT_EQ(written->xxh3_128(), HashToHex(Hash128(file)));
  EXPECT_EQ(Tensor(file, "many.weight"), std::string(size_t{100'000} * 33 * sizeof(float), '\0'));
}

TEST(TableGroupWriterTest, TablesThatGiveFewerRowsThanTheySayAreOurBugAndNoFile) {
  MemoryFileSystem files;
  ManyRows rows(10);
  rows.LeaveOut(1);
  const absl::Status status = WriteTableGroup(files, kPath, {&rows}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()), HasSubstr(kPath));
}

TEST(TableGroupWriterTest, AFullDiskIsReported) {
  MemoryFileSystem files;
  files.SetCapacity(1000);
  const ManyRows rows(100);
  EXPECT_EQ(WriteTableGroup(files, kPath, {&rows}).status().code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace shoal
