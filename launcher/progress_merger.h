// Adds up what the workers report: their shares of an interval or of an epoch become one record once all are there.
//
// Sums run in rank order, so a record's bits do not depend on the order in which reports arrive. Reports can come
// twice, late and in any order: each record is made once.
//
// Thread safety: external.
#ifndef SHOAL_LAUNCHER_PROGRESS_MERGER_H_
#define SHOAL_LAUNCHER_PROGRESS_MERGER_H_

#include <cstdint>
#include <map>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "launcher/coordinator_events.h"
#include "launcher/parts.h"
#include "proto/coordinator_service.pb.h"

namespace shoal {

// Where training is: the steps that all workers have completed.
struct ProgressSnapshot {
  uint64_t step = 0;
  uint32_t epoch = 0;      // Of the slowest worker; 0 before the first report.
  MetricSums epoch_train;  // Of that epoch so far, over the workers that are in it.
};

class ProgressMerger {
 public:
  // REQUIRES: num_workers >= 1. `first_step`: steps that were done before this run.
  ProgressMerger(int num_workers, uint64_t first_step, uint64_t steps_per_epoch);

  // Appends the records that the report completes to `*events`. REQUIRES: the rank is in range.
  void Add(const ProgressReport& report, std::vector<CoordinatorEvent>* events);

  // Workers were lost and all go on behind `step`: what lost ones have not reported of intervals up to it, nobody will.
  // Their records are made of what is there.
  void CloseUpTo(uint64_t step, std::vector<CoordinatorEvent>* events);
  // Whether all workers have reported the epoch.
  bool HasEpoch(uint32_t epoch) const { return merged_epochs_.contains(epoch); }

  ProgressSnapshot Snapshot() const;

 private:
  void AddInterval(int rank, const IntervalReport& interval, std::vector<CoordinatorEvent>* events);
  void AddEpoch(const ProgressReport& report, std::vector<CoordinatorEvent>* events);
  void MergeInterval(const Parts<IntervalReport>& parts, std::vector<CoordinatorEvent>* events);

  const uint64_t steps_per_epoch_;
  // By rank: the newest report, by step and epoch.
  struct Latest {
    uint64_t step = 0;
    uint32_t epoch = 0;
    MetricSums epoch_train;
  };
  std::vector<Latest> latest_;
  // Incomplete ones, by last step and by epoch.
  std::map<uint64_t, Parts<IntervalReport>> intervals_;
  std::map<uint32_t, Parts<ProgressReport>> epochs_;
  // Complete ones; as many as metrics.jsonl and summary.json have entries.
  absl::flat_hash_set<uint64_t> merged_intervals_;
  absl::flat_hash_set<uint32_t> merged_epochs_;
};

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_PROGRESS_MERGER_H_
