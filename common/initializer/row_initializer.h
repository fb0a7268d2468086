// The first value of a row: a pure function of (seed, table name, row id), so rows can be created in any order, on any
// server, or never. Random bits are Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
// SC 2011).
//
// Thread safety: immutable.
#ifndef SHOAL_COMMON_INITIALIZER_ROW_INITIALIZER_H_
#define SHOAL_COMMON_INITIALIZER_ROW_INITIALIZER_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/job.pb.h"

namespace shoal {

class RowInitializer {
 public:
  // REQUIRES: table.num_embeddings is set (Xavier's fan_out). InvalidArgument names the field and value that cannot be.
  static absl::StatusOr<RowInitializer> Create(const TableConfig& table, uint64_t seed);

  // Writes embedding_dim floats.
  void Fill(uint64_t id, float* weights) const;

 private:
  RowInitializer(const TableConfig& table, uint64_t key);

  InitializerConfig config_;
  int dim_;
  uint64_t key_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_INITIALIZER_ROW_INITIALIZER_H_
