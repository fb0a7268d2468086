// The folder that a run writes: where its parts lie, and the rule that nothing is overwritten.
#ifndef SHOAL_LAUNCHER_RUN_DIRECTORY_H_
#define SHOAL_LAUNCHER_RUN_DIRECTORY_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/file_system.h"

namespace shoal {

class RunDirectory {
 public:
  // `path` may be relative; the paths below are absolute. Touches nothing.
  explicit RunDirectory(const std::string& path);

  // AlreadyExists: the folder holds something beside a lock. The exit code of all errors is that of a wrong command
  // line, as below.
  absl::Status CheckUnused(FileSystem& files) const;
  // For a resumed run without a checkpoint. AlreadyExists: the folder holds something, and no lock says that a run
  // wrote it.
  absl::Status CheckUnusedOrRun(FileSystem& files) const;
  // Creates the folder and its logs/.
  absl::Status Create(FileSystem& files) const;

  const std::string& path() const { return path_; }
  // What a run writes first (run_lock.h).
  std::string lock_file() const { return absl::StrCat(path_, "/", kLockName); }
  std::string job_file() const { return path_ + "/job.textproto"; }
  std::string vocabulary() const { return path_ + "/vocabulary"; }
  std::string logs() const { return path_ + "/logs"; }
  std::string metrics_file() const { return path_ + "/metrics.jsonl"; }
  std::string summary_file() const { return path_ + "/summary.json"; }
  std::string checkpoints() const { return path_ + "/checkpoints"; }

 private:
  static constexpr char kLockName[] = "lock";
  // Names in the folder; none where it is not there.
  absl::StatusOr<std::vector<std::string>> List(FileSystem& files) const;

  std::string path_;
};

// "runs/<name>-20260131-235959", local time. Characters of the name that make bad file names become '_'.
std::string DefaultRunPath(absl::string_view job_name, absl::Time now, absl::TimeZone zone);

// Replaces the file as a whole: readers see the old or the new contents, after a crash as well.
absl::Status ReplaceFile(FileSystem& files, const std::string& path, absl::string_view contents);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_RUN_DIRECTORY_H_
