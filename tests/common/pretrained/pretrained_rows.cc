#include "tests/common/pretrained/pretrained_rows.h"

#include <algorithm>
#include <bit>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace shoal {
namespace {

nlohmann::json Values() { return nlohmann::json::parse(ReferenceFile("values.json")); }

}  // namespace

absl::StatusOr<PretrainedRows> ReadAllRows(PretrainedVectors* vectors) {
  PretrainedRows rows;
  while (true) {
    const absl::StatusOr<bool> more = vectors->Next();
    if (!more.ok()) return more.status();
    if (!*more) return rows;
    EXPECT_EQ(vectors->row(), static_cast<int64_t>(rows.words.size()));
    rows.vectors.emplace_back(vectors->vector().begin(), vectors->vector().end());
    rows.words.emplace_back(vectors->word());
  }
}

std::vector<std::vector<uint32_t>> BitsOf(const std::vector<std::vector<float>>& rows) {
  std::vector<std::vector<uint32_t>> bits;
  for (const std::vector<float>& row : rows) {
    bits.emplace_back();
    for (const float value : row) bits.back().push_back(std::bit_cast<uint32_t>(value));
  }
  return bits;
}

std::string ReferenceFile(const std::string& name) {
  std::ifstream file(kPretrainedReference + name, std::ios::binary);
  EXPECT_TRUE(file.good()) << "cannot read " << kPretrainedReference << name << "; run from the repository's root";
  std::stringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

PretrainedRows ReferenceRows() { return {Values()["values"], Values()["words"]}; }

std::vector<std::vector<float>> Bfloat16ReferenceRows() { return Values()["bfloat16"]; }

std::string FakeVectors::Location() const { return absl::StrCat(path(), ":", next_); }

absl::StatusOr<bool> FakeVectors::ReadRow(absl::Span<float> row) {
  if (next_ == rows_.vectors.size()) return false;
  std::copy(rows_.vectors[next_].begin(), rows_.vectors[next_].end(), row.begin());
  ++next_;
  return true;
}

}  // namespace shoal
