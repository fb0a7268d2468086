// One hash over all weights, independent of how and in which order rows are stored (docs/checkpoint_format.md).
#ifndef SHOAL_COMMON_CHECKPOINT_WEIGHTS_DIGEST_H_
#define SHOAL_COMMON_CHECKPOINT_WEIGHTS_DIGEST_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace shoal {

// Sum of the hashes of a table's rows. Sums of parts of a table add up to the table's.
//
// Thread safety: external.
class TableDigest {
 public:
  TableDigest(absl::string_view table, int embedding_dim);

  // REQUIRES: weight has embedding_dim floats; each id is added once.
  void Add(uint64_t id, absl::Span<const float> weight);

  uint64_t rows() const { return rows_; }
  absl::uint128 sum() const { return sum_; }

 private:
  uint64_t seed_;
  std::string row_bytes_;  // Id, then weight.
  uint64_t rows_ = 0;
  absl::uint128 sum_ = 0;
};

struct TableDigestEntry {
  std::string table;
  uint64_t rows = 0;
  absl::uint128 sum = 0;
};

// The digest of a job's weights: all its tables, in any order, those without created rows included.
std::string WeightsDigest(std::vector<TableDigestEntry> tables);

}  // namespace shoal

#endif  // SHOAL_COMMON_CHECKPOINT_WEIGHTS_DIGEST_H_
