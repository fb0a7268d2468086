// Rows of pretrained vectors, and the reference files of tests/reference/pretrained.
#ifndef SHOAL_TESTS_COMMON_PRETRAINED_PRETRAINED_ROWS_H_
#define SHOAL_TESTS_COMMON_PRETRAINED_PRETRAINED_ROWS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/pretrained/pretrained_vectors.h"

namespace shoal {

struct PretrainedRows {
  std::vector<std::vector<float>> vectors;
  std::vector<std::string> words;  // "" a row where the file has none.
};

// All rows that are left.
absl::StatusOr<PretrainedRows> ReadAllRows(PretrainedVectors* vectors);

// The bits of floats: tells 0 from -0.
std::vector<std::vector<uint32_t>> BitsOf(const std::vector<std::vector<float>>& rows);

constexpr char kPretrainedReference[] = "tests/reference/pretrained/";

// What the reference files hold.
PretrainedRows ReferenceRows();
std::vector<std::vector<float>> Bfloat16ReferenceRows();
// The bytes of a reference file.
std::string ReferenceFile(const std::string& name);

// Vectors in memory.
class FakeVectors : public PretrainedVectors {
 public:
  // Without words: rows.words is empty.
  FakeVectors(PretrainedRows rows, int64_t dim, absl::optional<int64_t> num_rows = absl::nullopt)
      : PretrainedVectors("fake.vec", dim, num_rows), rows_(std::move(rows)) {}

  bool has_words() const override { return !rows_.words.empty(); }
  absl::string_view word() const override { return has_words() ? absl::string_view(rows_.words[next_ - 1]) : ""; }
  std::string Location() const override;

 protected:
  absl::StatusOr<bool> ReadRow(absl::Span<float> row) override;

 private:
  PretrainedRows rows_;
  size_t next_ = 0;
};

}  // namespace shoal

#endif  // SHOAL_TESTS_COMMON_PRETRAINED_PRETRAINED_ROWS_H_
