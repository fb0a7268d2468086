#include "launcher/commands/check_free.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace shoal {

absl::Status CheckFree(FileSystem& file_system, const std::string& path, bool overwrite) {
  SHOAL_ASSIGN_OR_RETURN(const bool exists, file_system.Exists(path));
  if (!exists || overwrite) return absl::OkStatus();
  return absl::AlreadyExistsError(absl::StrCat(path, " exists; --overwrite replaces it"));
}

}  // namespace shoal
