// The values of rows that no step ever touched, which checkpoints do not store.
#ifndef SHOAL_LAUNCHER_COMMANDS_UNCREATED_ROWS_H_
#define SHOAL_LAUNCHER_COMMANDS_UNCREATED_ROWS_H_

#include <cstdint>
#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "proto/job.pb.h"

namespace shoal {

// Thread safety: external.
class UncreatedRows {
 public:
  virtual ~UncreatedRows() = default;
  // The row as it would be read after the checkpoint's step. REQUIRES: weight has embedding_dim floats.
  virtual void Fill(uint64_t id, absl::Span<float> weight) = 0;
};

// Makes the UncreatedRows of table number `table` of the job after `step`.
using UncreatedRowsFactory =
    absl::FunctionRef<absl::StatusOr<std::unique_ptr<UncreatedRows>>(const ResolvedJob& job, int table, uint64_t step)>;

// The real factory: the initializer's values, moved by the optimizer where idle rows move.
absl::StatusOr<std::unique_ptr<UncreatedRows>> CreateUncreatedRows(const ResolvedJob& job, int table, uint64_t step);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_COMMANDS_UNCREATED_ROWS_H_
