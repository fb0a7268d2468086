// The folder that a run writes: where its parts lie, and the rule that nothing is overwritten.
#ifndef SHOAL_LAUNCHER_RUN_DIRECTORY_H_
#define SHOAL_LAUNCHER_RUN_DIRECTORY_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/file_system.h"

namespace shoal {

class RunDirectory {
 public:
  // `path` may be relative; the paths below are absolute. Touches nothing.
  explicit RunDirectory(const std::string& path);

  // AlreadyExists: the folder is there and not empty.
  absl::Status CheckUnused(FileSystem& files) const;
  // Creates the folder and its logs/.
  absl::Status Create(FileSystem& files) const;

  const std::string& path() const { return path_; }
  std::string job_file() const { return path_ + "/job.textproto"; }
  std::string vocabulary() const { return path_ + "/vocabulary"; }
  std::string logs() const { return path_ + "/logs"; }
  std::string metrics_file() const { return path_ + "/metrics.jsonl"; }
  std::string summary_file() const { return path_ + "/summary.json"; }
  std::string checkpoints() const { return path_ + "/checkpoints"; }

 private:
  std::string path_;
};

// "runs/<name>-20260131-235959", local time. Characters of the name that make bad file names become '_'.
std::string DefaultRunPath(absl::string_view job_name, absl::Time now, absl::TimeZone zone);

// Replaces the file as a whole: readers see the old or the new contents, after a crash as well.
absl::Status ReplaceFile(FileSystem& files, const std::string& path, absl::string_view contents);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_RUN_DIRECTORY_H_
