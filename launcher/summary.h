// summary.json: what a run has come to, for people and scripts (docs/launcher.md).
//
// Thread safety: external.
#ifndef SHOAL_LAUNCHER_SUMMARY_H_
#define SHOAL_LAUNCHER_SUMMARY_H_

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/file_system.h"
#include "common/checkpoint/checkpoint_digests.h"
#include "launcher/coordinator_events.h"
#include "launcher/row_cache_reads.h"
#include "proto/job.pb.h"

namespace shoal {

// The "status" of the summary that an earlier run left at `path`, or "" where there is none. DataLoss: the file is not
// a summary.
absl::StatusOr<std::string> SavedStatus(FileSystem& files, const std::string& path);

class Summary {
 public:
  explicit Summary(const ResolvedJob& job);

  // Takes over the epochs of the summary that an earlier run left at `path`, up to the one that ends at `resume_step`,
  // and its examples_per_second where no step is left to take. Nothing happens where there is none. DataLoss: the file
  // is not a summary.
  absl::Status KeepEpochs(FileSystem& files, const std::string& path, uint64_t resume_step);

  void AddInterval(const IntervalRecord& interval);
  void AddEpoch(const EpochRecord& epoch);
  // Among the validation metrics of the last epoch.
  void SetKnnAccuracy(double accuracy);
  void SetCheckpoint(uint64_t step, const std::string& path, const CheckpointDigests& digests);
  void SetPeakMemory(const std::map<std::string, uint64_t>& bytes_by_process) { peak_memory_ = bytes_by_process; }
  void SetDevices(const std::map<std::string, std::string>& device_by_worker) { devices_ = device_by_worker; }
  // Coordinator::restarts().
  void SetRestarts(int restarts) { restarts_ = restarts; }
  // Shown once there are any.
  void SetRowCacheReads(const RowCacheReads& reads) { row_cache_reads_ = reads; }
  void SetSteps(uint64_t steps) { steps_ = steps; }
  // "running", "finished", "stopped" or "killed".
  void SetStatus(absl::string_view status) { status_ = std::string(status); }
  // The status is "failed".
  void SetFailed(absl::string_view error);

  // Two spaces deep, with a line feed at the end.
  std::string ToJson() const;
  // Replaces the file at `path` as a whole.
  absl::Status Write(FileSystem& files, const std::string& path) const;

  // Of this run's epochs, or of its intervals while no epoch is complete; 0: not known.
  double ExamplesPerSecond() const;
  // Empty: there is none yet.
  const std::string& checkpoint() const { return checkpoint_; }
  const RowCacheReads& row_cache_reads() const { return row_cache_reads_; }
  // Of that checkpoint.
  const CheckpointDigests& digests() const { return digests_; }

 private:
  struct Speed {
    double examples = 0;
    double seconds = 0;
  };

  const ResolvedJob job_;
  std::string status_ = "running";
  std::string error_;
  uint64_t steps_ = 0;
  int restarts_ = 0;
  nlohmann::ordered_json epochs_ = nlohmann::ordered_json::array();
  double earlier_speed_ = 0;  // Of the run that took the last step.
  Speed epoch_speed_;
  Speed interval_speed_;
  std::map<std::string, uint64_t> peak_memory_;
  std::map<std::string, std::string> devices_;
  RowCacheReads row_cache_reads_;
  uint64_t checkpoint_step_ = 0;
  std::string checkpoint_;
  CheckpointDigests digests_;
};

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_SUMMARY_H_
