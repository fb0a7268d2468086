// How a worker reads and updates rows, whatever lies between it and them: nothing (embedded), gRPC, a simulated
// network. The same conformance suite runs on every implementation.
//
// One worker has at most one pull and one push under way. Requests are sent again by the implementation where that can
// help; an error is final.
//
// Thread safety: one thread calls. Callbacks may come on another thread, or inside the call.
#ifndef SHOAL_WORKER_PARAMETER_CLIENT_H_
#define SHOAL_WORKER_PARAMETER_CLIENT_H_

#include <cstdint>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "proto/parameter_service.pb.h"

namespace shoal {

// Rows of one table to read; ids are distinct.
struct PullTable {
  int table;
  absl::Span<const uint64_t> ids;
  float* rows;  // [ids, SegmentFloats(dim)], zero from dim on before and after.
  // Not 0: rows come with the optimizer's state, [ids, row_floats], the RowLayout::row_floats of the table.
  int row_floats = 0;
};

// Gradients of one table.
struct PushTable {
  int table;
  absl::Span<const uint64_t> ids;
  float* gradients;  // [ids, SegmentFloats(dim)]; all zero once the call returns, unless it fails.
};

class ParameterClient {
 public:
  // What was decided for the boundary before the pulled step, or why the rows could not be had.
  using PullDone = absl::AnyInvocable<void(absl::StatusOr<Boundary>)>;
  using PushDone = absl::AnyInvocable<void(absl::Status)>;

  virtual ~ParameterClient() = default;

  // Reads rows as they are after all steps before `step`. `tables` and what it points to stay until `done`.
  // With `read_only` no row is created or moved: validation does not change training.
  virtual void Pull(uint64_t step, bool read_only, absl::Span<const PullTable> tables, PullDone done) = 0;

  // Hands over this worker's gradients of `step`, and, from rank 0, what happens after it. `done` once they cannot be
  // lost by this process; the rows show them only after every worker has pushed.
  virtual void Push(uint64_t step, Boundary boundary, absl::Span<const PushTable> tables, PushDone done) = 0;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_PARAMETER_CLIENT_H_
