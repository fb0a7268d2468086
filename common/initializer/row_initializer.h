// The first value of a row: a pure function of (seed, table name, row id), so rows can be created in any order, on any
// server, or never. A padding row is zeros. Random bits are Philox4x32-10 (Salmon et al., "Parallel random numbers: as
// easy as 1, 2, 3", SC 2011).
//
// Thread safety: immutable.
#ifndef SHOAL_COMMON_INITIALIZER_ROW_INITIALIZER_H_
#define SHOAL_COMMON_INITIALIZER_ROW_INITIALIZER_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "common/initializer/distribution.h"
#include "proto/job.pb.h"

namespace shoal {

class RowInitializer {
 public:
  // REQUIRES: table.embedding_dim and table.num_embeddings are at least 1, padding_idx is not negative (a resolved
  // job). InvalidArgument names the table, the field of its initializer and the value that cannot be.
  static absl::StatusOr<RowInitializer> Create(const TableConfig& table, uint64_t seed);

  // Writes embedding_dim floats.
  void Fill(uint64_t id, float* weights) const;

 private:
  RowInitializer(const Distribution& distribution, const TableConfig& table, uint64_t key);

  Distribution distribution_;
  int dim_;
  absl::optional<uint64_t> padding_id_;
  uint64_t key_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_INITIALIZER_ROW_INITIALIZER_H_
