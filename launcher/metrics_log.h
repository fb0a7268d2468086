// metrics.jsonl: one JSON object a line and interval.
//
// Thread safety: external.
#ifndef SHOAL_LAUNCHER_METRICS_LOG_H_
#define SHOAL_LAUNCHER_METRICS_LOG_H_

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/file_system.h"
#include "launcher/coordinator_events.h"

namespace shoal {

class MetricsLog {
 public:
  // Keeps the lines of an existing file whose step is at most `resume_step`; the others, and what is not a whole line,
  // will be written anew by the resumed run.
  static absl::StatusOr<std::unique_ptr<MetricsLog>> Open(FileSystem& files, const std::string& path,
                                                          uint64_t resume_step);

  // The line is with the operating system when this returns.
  absl::Status Append(const IntervalRecord& record, absl::Time now);

 private:
  MetricsLog(std::string path, std::ofstream file) : path_(std::move(path)), file_(std::move(file)) {}

  const std::string path_;
  std::ofstream file_;
};

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_METRICS_LOG_H_
