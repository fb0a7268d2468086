// Notices workers that have not reported progress for a while: they are stuck, or wait for a process that is.
//
// No clock of its own: the time comes in.
//
// Thread safety: external.
#ifndef SHOAL_LAUNCHER_SILENCE_WATCH_H_
#define SHOAL_LAUNCHER_SILENCE_WATCH_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "launcher/worker_progress.h"

namespace shoal {

class SilenceWatch {
 public:
  // A worker is silent that has not reported for `limit`.
  explicit SilenceWatch(absl::Duration limit) : limit_(limit) {}

  // Ranks of the workers that have become silent, each once until it reports again. What is nearly silent is among
  // them, since workers wait for each other. `workers`: by rank, always as many. The first call begins the watch, and
  // so does one that comes far too late: then it was the caller who stood still.
  std::vector<int> TakeSilent(absl::Time now, absl::Span<const WorkerProgress> workers);

  // When TakeSilent must be called at the latest; InfiniteFuture: nobody is to be watched.
  absl::Time due() const { return due_; }

 private:
  struct Watched {
    uint64_t reports = 0;
    absl::Time heard;
    bool is_told = false;
  };
  void Listen(absl::Time now, absl::Span<const WorkerProgress> workers);

  const absl::Duration limit_;
  std::vector<Watched> watched_;
  absl::Time due_ = absl::InfiniteFuture();
};

// For people: who is silent, since which step, and where to look. REQUIRES: there is one at least.
std::string DescribeSilence(const std::vector<int>& ranks, absl::Span<const WorkerProgress> workers,
                            absl::Duration limit, const std::string& log_directory);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_SILENCE_WATCH_H_
