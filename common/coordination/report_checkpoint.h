// How a process tells the coordinator of a part of a checkpoint that it has written, or could not write.
#ifndef SHOAL_COMMON_COORDINATION_REPORT_CHECKPOINT_H_
#define SHOAL_COMMON_COORDINATION_REPORT_CHECKPOINT_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/coordination/coordinator_link.h"
#include "proto/coordinator_service.pb.h"

namespace shoal {

// `report` says who, which part and which step; the files, or why there are none, are added. Returns the error of the
// writing, else that of the report.
absl::Status ReportCheckpointPart(CheckpointReport report, const absl::StatusOr<std::vector<CheckpointFile>>& written,
                                  CoordinatorLink* link);

}  // namespace shoal

#endif  // SHOAL_COMMON_COORDINATION_REPORT_CHECKPOINT_H_
