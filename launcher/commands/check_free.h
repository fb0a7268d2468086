// Nothing is overwritten unasked.
#ifndef SHOAL_LAUNCHER_COMMANDS_CHECK_FREE_H_
#define SHOAL_LAUNCHER_COMMANDS_CHECK_FREE_H_

#include <string>

#include "absl/status/status.h"
#include "common/base/file_system.h"

namespace shoal {

// AlreadyExists: there is something at `path`, and `overwrite` is not set.
absl::Status CheckFree(FileSystem& file_system, const std::string& path, bool overwrite);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_COMMANDS_CHECK_FREE_H_
