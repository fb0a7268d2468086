// Exports one dense parameter: the half of `shoal export` that `--parameter` chooses.
#ifndef SHOAL_LAUNCHER_COMMANDS_EXPORT_PARAMETER_H_
#define SHOAL_LAUNCHER_COMMANDS_EXPORT_PARAMETER_H_

#include <ostream>

#include "absl/status/status.h"
#include "common/base/file_system.h"
#include "common/checkpoint/checkpoint_reader.h"
#include "launcher/commands/export.h"

namespace shoal {

// As RunExport. REQUIRES: options.parameter is set.
absl::Status ExportParameter(FileSystem& file_system, const CheckpointReader& reader, const ExportOptions& options,
                             std::ostream& out);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_COMMANDS_EXPORT_PARAMETER_H_
