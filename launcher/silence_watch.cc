#include "launcher/silence_watch.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace shoal {

void SilenceWatch::Listen(absl::Time now, absl::Span<const WorkerProgress> workers) {
  const bool begins = watched_.empty() || now > due_ + limit_ / 2;
  watched_.resize(workers.size());
  for (size_t rank = 0; rank < workers.size(); ++rank) {
    Watched& watched = watched_[rank];
    if (begins || workers[rank].reports != watched.reports) watched = {workers[rank].reports, now, false};
  }
}

std::vector<int> SilenceWatch::TakeSilent(absl::Time now, absl::Span<const WorkerProgress> workers) {
  Listen(now, workers);
  const auto silent_for = [&](absl::Duration duration) {
    std::vector<int> ranks;
    for (size_t rank = 0; rank < workers.size(); ++rank) {
      const Watched& watched = watched_[rank];
      if (workers[rank].has_finished || watched.is_told || now - watched.heard < duration) continue;
      ranks.push_back(static_cast<int>(rank));
    }
    return ranks;
  };
  std::vector<int> silent;
  if (!silent_for(limit_).empty()) silent = silent_for(limit_ - limit_ / 30);
  for (const int rank : silent) watched_[static_cast<size_t>(rank)].is_told = true;
  due_ = absl::InfiniteFuture();
  for (size_t rank = 0; rank < workers.size(); ++rank) {
    const Watched& watched = watched_[rank];
    if (!workers[rank].has_finished && !watched.is_told) due_ = std::min(due_, watched.heard + limit_);
  }
  return silent;
}

std::string DescribeSilence(const std::vector<int>& ranks, absl::Span<const WorkerProgress> workers,
                            absl::Duration limit, const std::string& log_directory) {
  const auto append = [&](std::string* out, int rank) {
    const WorkerProgress& worker = workers[static_cast<size_t>(rank)];
    absl::StrAppend(out, "worker ", rank,
                    worker.reports == 0 ? " (none so far: it may be reading data or rows)"
                                        : absl::StrCat(" (the last at step ", worker.step, ")"));
  };
  return absl::StrCat(
      "no progress report for ", absl::ToDoubleSeconds(limit), " s from ", absl::StrJoin(ranks, ", ", append),
      ": stuck, at a long step, saving a checkpoint, or waiting for another process that is; the logs are in ",
      log_directory);
}

}  // namespace shoal
