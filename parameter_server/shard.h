// The partitions that one process owns, and the step protocol over them. No I/O, no threads, no clock.
//
// Synchronous: step t + 1 reads what steps 1 to t left. A push is stored until every worker's push of the step is
// there; then gradients are added in rank order and each touched row takes one optimizer step. What a worker sends
// twice is recognised by its rank and step; what it sent before its group was formed anew, by the incarnation.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_PARAMETER_SERVER_SHARD_H_
#define SHOAL_PARAMETER_SERVER_SHARD_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "common/base/unique_ids.h"
#include "common/codec/pull_reply_codec.h"
#include "common/codec/push_request_codec.h"
#include "common/schedule/schedule.h"
#include "parameter_server/table.h"
#include "proto/job.pb.h"
#include "proto/parameter_service.pb.h"

namespace shoal {

class Shard {
 public:
  struct Identity {
    uint64_t job_id = 0;
    uint32_t incarnation = 0;
  };

  // `owned` says by partition number what this process holds; it has an entry for every partition of the table with
  // most of them.
  static absl::StatusOr<std::unique_ptr<Shard>> Create(const ResolvedJob& job, Identity identity,
                                                       const std::vector<bool>& owned);

  absl::Span<const std::unique_ptr<Table>> tables() const { return tables_; }
  // embedding_dim by table number.
  absl::Span<const int> dims() const { return dims_; }
  // The rows of the reply to a pull. REQUIRES: there are such tables.
  std::vector<RowsShape> PulledShapes(const PullRequest& request) const;
  // The job's.
  uint64_t seed() const { return seed_; }
  int num_workers() const { return num_workers_; }
  // Whether a worker may have to take the last step that is applied again.
  bool may_lose_workers() const { return max_restarts_ > 0; }
  uint64_t applied_step() const { return applied_step_; }
  // What was decided for the boundary after applied_step().
  Boundary boundary() const { return boundary_; }

  // Training goes on after a checkpoint of `step`, whose rows have been restored. REQUIRES: nothing has been applied.
  void ResumeAfter(uint64_t step);

  enum class Readiness {
    kNow,
    kLater,  // Once more pushes are applied.
    kAgain,  // Of the step applied_step(): as it was answered then, if it was.
  };
  // FailedPrecondition: the pull comes from another job or incarnation, its step is over, or further ahead than its
  // worker can be. InvalidArgument: no such worker, table or type, bad ids. ResourceExhausted: more rows than a message
  // holds.
  absl::StatusOr<Readiness> CheckPull(const PullRequest& request) const;

  enum class PushResult {
    kStored,     // Other workers' pushes of the step are missing.
    kDuplicate,  // Seen before; nothing has changed.
    kApplied,    // The step is complete: applied_step() is now its number.
  };
  // Errors as CheckPull, without any change.
  absl::StatusOr<PushResult> Push(DecodedPush push);

  // The worker is of the header's incarnation from now on; its push that is not applied is forgotten.
  // FailedPrecondition: another job, or an earlier incarnation. InvalidArgument: no such worker, or more incarnations
  // than max_restarts allows for. Nothing changes then.
  absl::StatusOr<RejoinReply> Rejoin(const StepHeader& header);

  // A complete step of the only worker, whose ids and blocks are its own: distinct, in range, and used as scratch.
  // REQUIRES: one worker; step == applied_step() + 1.
  struct LocalGradients {
    int table;
    absl::Span<const uint64_t> ids;
    float* gradients;
  };
  void ApplyLocal(Boundary boundary, absl::Span<const LocalGradients> tables);

  // REQUIRES: table numbers and ids have been checked. For rows, see Table::Pull and Table::PullReadOnly.
  Table& table(int number) { return *tables_[number]; }

 private:
  Shard(Identity identity, const JobConfig& job, std::unique_ptr<const Schedule> schedule);

  absl::Status CheckSender(const StepHeader& header) const;
  absl::Status CheckHeader(const StepHeader& header) const;
  absl::Status CheckPulledTables(const PullRequest& request) const;
  absl::Status CheckTable(uint32_t table, absl::Span<const uint64_t> ids) const;
  // Applies the step whose pushes are all there.
  void ApplyPending();
  // Adds up all workers' gradients of table `table` in rank order. Afterwards the rows are sum_ids_[table].ids(), their
  // gradients where the result points to: in sum_, or in the only block there is, which need not be copied.
  float* SumPending(uint32_t table);
  void CompleteStep(Boundary boundary);

  const uint64_t job_id_;
  const uint64_t seed_;
  const int num_workers_;
  const int max_restarts_;
  const uint32_t first_incarnation_;
  std::vector<uint32_t> incarnations_;        // By worker rank.
  std::unique_ptr<const Schedule> schedule_;  // The tables' optimizers point to it.
  std::vector<std::unique_ptr<Table>> tables_;
  std::vector<int> dims_;
  uint64_t applied_step_ = 0;
  Boundary boundary_ = CONTINUE;
  std::vector<absl::optional<DecodedPush>> pending_;  // By worker rank, of step applied_step_ + 1.

  // Scratch of SumPending, ids by table.
  std::vector<UniqueIds> sum_ids_;
  AlignedFloats sum_;
  std::vector<uint32_t> sum_index_;
};

}  // namespace shoal

#endif  // SHOAL_PARAMETER_SERVER_SHARD_H_
