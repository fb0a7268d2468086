#include "common/coordination/report_checkpoint.h"

#include <string>

namespace shoal {

absl::Status ReportCheckpointPart(CheckpointReport report, const absl::StatusOr<std::vector<CheckpointFile>>& written,
                                  CoordinatorLink* link) {
  if (written.ok()) {
    report.mutable_files()->Add(written->begin(), written->end());
  } else {
    report.set_error(std::string(written.status().message()));
  }
  const absl::Status reported = link->ReportCheckpoint(report).status();
  return written.ok() ? reported : written.status();
}

}  // namespace shoal
