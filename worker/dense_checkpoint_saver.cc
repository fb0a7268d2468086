#include "worker/dense_checkpoint_saver.h"

#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/base/log_line.h"
#include "common/checkpoint/checkpoint_directory.h"
#include "common/checkpoint/dense_writer.h"
#include "common/coordination/report_checkpoint.h"

namespace shoal {

DenseCheckpointSaver::DenseCheckpointSaver(FileSystem& file_system, const RegisterReply& assignment,
                                           CoordinatorLink* link)
    : file_system_(file_system), directory_(assignment.checkpoint_directory()), link_(link) {}

absl::Status DenseCheckpointSaver::SaveDense(const DenseParameters& parameters, uint64_t step) {
  CheckpointReport report;
  report.set_role(Role::WORKER);
  report.set_index(0);
  report.set_step(step);
  report.set_part(DENSE_PARAMETERS);
  const std::string path = absl::StrCat(PendingCheckpointPath(directory_, step), "/", kDenseFileName);
  absl::StatusOr<CheckpointFile> written = WriteDenseParameters(file_system_, path, parameters.Save());
  if (!written.ok()) return ReportCheckpointPart(std::move(report), written.status(), link_);
  LogLine(absl::StrCat("saved step ", step, ": ", written->size_bytes(), " bytes in ", path));
  return ReportCheckpointPart(std::move(report), std::vector<CheckpointFile>{*std::move(written)}, link_);
}

}  // namespace shoal
