// When summary.json is written: at once where its owner says so; for what may wait, at most once a period, since it is
// written whole, with all epochs so far, and they may be many and short.
//
// No clock of its own: the time comes in.
//
// Thread safety: external.
#ifndef SHOAL_LAUNCHER_SUMMARY_WRITER_H_
#define SHOAL_LAUNCHER_SUMMARY_WRITER_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/file_system.h"
#include "launcher/summary.h"

namespace shoal {

class SummaryWriter {
 public:
  // Writes `summary` to `path`. `summary` and `files` outlive the writer.
  SummaryWriter(const Summary* summary, FileSystem* files, std::string path, absl::Duration period)
      : summary_(summary), files_(files), path_(std::move(path)), period_(period) {}

  // Writes it now.
  absl::Status Write(absl::Time now);

  // The summary has changed: it is to be written a period after the last time, or soon where that is over.
  void OnChange();
  // When WriteIfDue must be called; InfiniteFuture: no change waits.
  absl::Time due() const { return due_; }
  absl::Status WriteIfDue(absl::Time now);

 private:
  const Summary* const summary_;
  FileSystem* const files_;
  const std::string path_;
  const absl::Duration period_;
  absl::Time written_ = absl::InfinitePast();
  absl::Time due_ = absl::InfiniteFuture();
};

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_SUMMARY_WRITER_H_
