// Where a worker's training begins: at the start, behind a checkpoint, or, once workers were lost and replaced, in the
// midst of a run.
//
// Plain values.
#ifndef SHOAL_WORKER_START_POINT_H_
#define SHOAL_WORKER_START_POINT_H_

#include <cstdint>

#include "absl/types/optional.h"
#include "proto/parameter_service.pb.h"

namespace shoal {

struct StartPoint {
  // Behind a checkpoint, or at the start: 0.
  static StartPoint Behind(uint64_t step) {
    StartPoint start;
    start.step = start.dense_saved_step = step;
    return start;
  }

  // Training goes on behind it; 0: from the start.
  uint64_t step = 0;

  // What is to be done about the epoch that ended with `step`, if one did.
  enum class EpochEnd {
    kValidate,  // Its validation may never have been reported: it comes first, where the job validates.
    kReport,    // The same, and the epoch is reported where the job does not validate, too.
    kNone,      // All is reported.
  };
  EpochEnd epoch_end = EpochEnd::kValidate;

  // Rank 0 saves the dense parameters of checkpoints behind it; those up to it have been saved.
  uint64_t dense_saved_step = 0;

  // What was decided for the boundary behind the next step, where a server has applied it already.
  absl::optional<Boundary> decided;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_START_POINT_H_
