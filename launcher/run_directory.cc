#include "launcher/run_directory.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/ascii.h"
#include "common/base/status_macros.h"
#include "launcher/exit_codes.h"

namespace shoal {

RunDirectory::RunDirectory(const std::string& path) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error).lexically_normal();
  path_ = error ? path : absolute.string();
  while (path_.size() > 1 && path_.back() == '/') path_.pop_back();
}

absl::StatusOr<std::vector<std::string>> RunDirectory::List(FileSystem& files) const {
  SHOAL_ASSIGN_OR_RETURN(const bool exists, files.Exists(path_));
  if (!exists) return std::vector<std::string>();
  absl::StatusOr<std::vector<std::string>> names = files.ListDirectory(path_);
  if (names.ok()) return names;
  return WithExitCode(
      absl::Status(names.status().code(), absl::StrCat("--output must be a folder: ", names.status().message())),
      kExitUsage);
}

absl::Status RunDirectory::CheckUnused(FileSystem& files) const {
  SHOAL_ASSIGN_OR_RETURN(const std::vector<std::string> names, List(files));
  if (names.empty() || (names.size() == 1 && names[0] == kLockName)) return absl::OkStatus();
  return WithExitCode(
      absl::AlreadyExistsError(absl::StrCat(
          path_,
          " is not empty, and nothing is overwritten: give another --output, or --resume to go on with the run")),
      kExitUsage);
}

absl::Status RunDirectory::CheckUnusedOrRun(FileSystem& files) const {
  SHOAL_ASSIGN_OR_RETURN(const std::vector<std::string> names, List(files));
  if (names.empty() || std::find(names.begin(), names.end(), kLockName) != names.end()) return absl::OkStatus();
  return WithExitCode(absl::AlreadyExistsError(
                          absl::StrCat(path_, " is not a run that --resume could go on with: it is not empty, and ",
                                       "has neither a checkpoint nor the file ", kLockName,
                                       " that a run writes first; give the --output of the run")),
                      kExitUsage);
}

absl::Status RunDirectory::Create(FileSystem& files) const { return files.CreateDirectories(logs()); }

std::string DefaultRunPath(absl::string_view job_name, absl::Time now, absl::TimeZone zone) {
  std::string name(job_name);
  for (char& c : name) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_' && c != '.') c = '_';
  }
  return absl::StrCat("runs/", name, "-", absl::FormatTime("%Y%m%d-%H%M%S", now, zone));
}

absl::Status ReplaceFile(FileSystem& files, const std::string& path, absl::string_view contents) {
  const std::string aside = path + ".tmp";
  SHOAL_RETURN_IF_ERROR(WriteFile(files, aside, contents));
  SHOAL_RETURN_IF_ERROR(files.Rename(aside, path));
  return files.SyncDirectory(std::filesystem::path(path).parent_path().string());
}

}  // namespace shoal
