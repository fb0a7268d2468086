// `shoal inspect CKPT`.
#ifndef SHOAL_LAUNCHER_COMMANDS_INSPECT_H_
#define SHOAL_LAUNCHER_COMMANDS_INSPECT_H_

#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "common/base/file_system.h"

namespace shoal {

struct InspectOptions {
  // A checkpoint, a directory of checkpoints or a run directory: then its latest checkpoint.
  std::string checkpoint;
};

// Verifies every byte of the checkpoint, then prints its step, digests, files, an aligned table of its tables, and one
// of its dense parameters where it has any. Nothing is printed of a damaged checkpoint.
absl::Status RunInspect(FileSystem& file_system, const InspectOptions& options, std::ostream& out);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_COMMANDS_INSPECT_H_
