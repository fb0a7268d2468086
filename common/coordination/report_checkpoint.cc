#include "common/coordination/report_checkpoint.h"

#include <string>

namespace shoal {

absl::Status ReportCheckpointPart(CheckpointReport report, const absl::StatusOr<CheckpointFile>& written,
                                  CoordinatorLink* link) {
  if (written.ok()) {
    *report.add_files() = *written;
  } else {
    report.set_error(std::string(written.status().message()));
  }
  const absl::Status reported = link->ReportCheckpoint(report).status();
  return written.ok() ? reported : written.status();
}

}  // namespace shoal
