#include "parameter_server/shard.h"

#include <algorithm>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/codec/message_limits.h"
#include "common/simd/vector_ops.h"

namespace shoal {

absl::StatusOr<std::unique_ptr<Shard>> Shard::Create(const ResolvedJob& job, Identity identity,
                                                     const std::vector<bool>& owned) {
  SHOAL_ASSIGN_OR_RETURN(Schedule schedule,
                         Schedule::Create(job.job().training(), job.steps_per_epoch(), job.total_steps()));
  auto shard = absl::WrapUnique(new Shard(identity, job.job(), std::make_unique<const Schedule>(std::move(schedule))));
  for (const TableConfig& config : job.job().tables()) {
    SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<Table> table,
                           Table::Create(config, job.job().seed(), owned, *shard->schedule_));
    shard->dims_.push_back(table->dim());
    shard->sum_ids_.emplace_back(config.num_embeddings());
    shard->tables_.push_back(std::move(table));
  }
  return shard;
}

Shard::Shard(Identity identity, const JobConfig& job, std::unique_ptr<const Schedule> schedule)
    : job_id_(identity.job_id),
      seed_(job.seed()),
      num_workers_(job.cluster().workers()),
      max_restarts_(job.cluster().max_restarts()),
      first_incarnation_(identity.incarnation),
      incarnations_(num_workers_, identity.incarnation),
      schedule_(std::move(schedule)),
      pending_(num_workers_) {}

void Shard::ResumeAfter(uint64_t step) {
  applied_step_ = step;
  for (const std::unique_ptr<Table>& table : tables_) table->BeginStepAfter(static_cast<int64_t>(step));
}

absl::Status Shard::CheckSender(const StepHeader& header) const {
  if (header.job_id() != job_id_) {
    return absl::FailedPreconditionError(
        absl::StrCat("the message is for job ", header.job_id(), ", this server is of job ", job_id_));
  }
  if (header.worker_rank() >= static_cast<uint32_t>(num_workers_)) {
    return absl::InvalidArgumentError(
        absl::StrCat("worker rank ", header.worker_rank(), " is out of range, the job has ", num_workers_, " workers"));
  }
  return absl::OkStatus();
}

absl::Status Shard::CheckHeader(const StepHeader& header) const {
  SHOAL_RETURN_IF_ERROR(CheckSender(header));
  const uint32_t incarnation = incarnations_[header.worker_rank()];
  if (header.incarnation() != incarnation) {
    return absl::FailedPreconditionError(absl::StrCat("the message is of incarnation ", header.incarnation(),
                                                      ", worker ", header.worker_rank(), " of incarnation ",
                                                      incarnation));
  }
  if (!DType_IsValid(header.dtype())) {
    return absl::InvalidArgumentError(absl::StrCat("dtype ", header.dtype(), " is unknown"));
  }
  return absl::OkStatus();
}

absl::Status Shard::CheckTable(uint32_t table, absl::Span<const uint64_t> ids) const {
  if (table >= tables_.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("table ", table, " is out of range, the job has ", tables_.size(), " tables"));
  }
  // Distinct ids cannot be more than there are rows; this bounds the reply to what the sender asked in good faith.
  const TableConfig& config = tables_[table]->config();
  if (ids.size() > static_cast<uint64_t>(config.num_embeddings())) {
    return absl::InvalidArgumentError(absl::StrCat(ids.size(), " ids for table ", config.name(),
                                                   ", which has num_embeddings ", config.num_embeddings(),
                                                   "; ids of a message must be distinct"));
  }
  return tables_[table]->CheckIds(ids);
}

std::vector<RowsShape> Shard::PulledShapes(const PullRequest& request) const {
  std::vector<RowsShape> shapes;
  shapes.reserve(request.tables_size());
  for (const TableIds& ids : request.tables()) {
    const int floats = ids.with_state() ? tables_[ids.table()]->layout().row_floats() : dims_[ids.table()];
    shapes.push_back({ids.table(), ids.ids_size(), floats, request.header().dtype()});
  }
  return shapes;
}

absl::Status Shard::CheckPulledTables(const PullRequest& request) const {
  const DType dtype = request.header().dtype();
  for (const TableIds& ids : request.tables()) {
    SHOAL_RETURN_IF_ERROR(CheckTable(ids.table(), ids.ids()));
    if (!ids.with_state() || dtype == FLOAT32) continue;
    return absl::InvalidArgumentError(absl::StrCat("rows of table ", tables_[ids.table()]->config().name(),
                                                   " with their state travel as FLOAT32, not as ", DType_Name(dtype)));
  }
  // A few bytes of request must not make the server reserve more than it could ever send.
  const size_t reply_bytes = PullReplySize(PulledShapes(request));
  if (reply_bytes <= kMaxMessageBytes) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat("a pull whose reply takes ", reply_bytes, " bytes, more than the ",
                                                   kMaxMessageBytes,
                                                   " of a message; smaller batches, or more servers, pull fewer rows "
                                                   "from each at a time"));
}

absl::StatusOr<Shard::Readiness> Shard::CheckPull(const PullRequest& request) const {
  SHOAL_RETURN_IF_ERROR(CheckHeader(request.header()));
  SHOAL_RETURN_IF_ERROR(CheckPulledTables(request));
  const uint64_t step = request.header().step();
  if (may_lose_workers() && !request.read_only() && step == applied_step_) return Readiness::kAgain;
  if (step <= applied_step_) {
    return absl::FailedPreconditionError(
        absl::StrCat("pull of step ", step, ", but step ", applied_step_, " is already applied"));
  }
  // A worker pulls for a step once every server has answered its pull for the step before, that is, has applied the
  // steps before that one. Its pull may overtake its own push and those of others, but no more.
  if (step - applied_step_ > 2) {
    return absl::FailedPreconditionError(absl::StrCat("pull of step ", step, " by worker ",
                                                      request.header().worker_rank(), ", but only step ", applied_step_,
                                                      " is applied: a worker pulls for one step after the other"));
  }
  return step == applied_step_ + 1 ? Readiness::kNow : Readiness::kLater;
}

absl::StatusOr<Shard::PushResult> Shard::Push(DecodedPush push) {
  SHOAL_RETURN_IF_ERROR(CheckHeader(push.header));
  const uint64_t step = push.header.step();
  absl::optional<DecodedPush>& place = pending_[push.header.worker_rank()];
  if (step <= applied_step_ || (step == applied_step_ + 1 && place.has_value())) return PushResult::kDuplicate;
  if (step > applied_step_ + 1) {
    return absl::FailedPreconditionError(absl::StrCat("push of step ", step, " by worker ", push.header.worker_rank(),
                                                      ", but only step ", applied_step_,
                                                      " is applied: a worker pushes a step after pulling for it"));
  }
  for (const GradientBlock& block : push.tables) {
    SHOAL_RETURN_IF_ERROR(CheckTable(block.table, block.ids));
    if (!tables_[block.table]->config().freeze()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("gradients for table ", tables_[block.table]->config().name(), ", whose rows are frozen"));
  }
  place = std::move(push);
  const bool complete = std::all_of(pending_.begin(), pending_.end(), [](const auto& p) { return p.has_value(); });
  if (!complete) return PushResult::kStored;
  ApplyPending();
  return PushResult::kApplied;
}

absl::StatusOr<RejoinReply> Shard::Rejoin(const StepHeader& header) {
  SHOAL_RETURN_IF_ERROR(CheckSender(header));
  const int64_t last = int64_t{first_incarnation_} + max_restarts_;
  if (header.incarnation() > last) {
    return absl::InvalidArgumentError(absl::StrCat("worker ", header.worker_rank(), " joins incarnation ",
                                                   header.incarnation(), ", but with cluster.max_restarts ",
                                                   max_restarts_, " the last one is ", last));
  }
  uint32_t& incarnation = incarnations_[header.worker_rank()];
  if (header.incarnation() < incarnation) {
    return absl::FailedPreconditionError(absl::StrCat("worker ", header.worker_rank(), " joins incarnation ",
                                                      header.incarnation(), ", but is of incarnation ", incarnation));
  }
  // Said again, it must not take what has come since.
  if (header.incarnation() > incarnation) pending_[header.worker_rank()].reset();
  incarnation = header.incarnation();
  RejoinReply reply;
  reply.set_applied_step(applied_step_);
  reply.set_boundary(boundary_);
  return reply;
}

void Shard::ApplyPending() {
  for (size_t t = 0; t < tables_.size(); ++t) {
    float* gradients = SumPending(static_cast<uint32_t>(t));
    tables_[t]->ApplyGradients(sum_ids_[t].ids(), gradients);
  }
  const Boundary boundary = pending_[0]->boundary;
  for (absl::optional<DecodedPush>& push : pending_) push.reset();
  CompleteStep(boundary);
}

float* Shard::SumPending(uint32_t table) {
  std::vector<GradientBlock*> blocks;
  for (absl::optional<DecodedPush>& push : pending_) {
    for (GradientBlock& block : push->tables) {
      if (block.table == table) blocks.push_back(&block);
    }
  }
  const size_t segment = SegmentFloats(dims_[table]);
  UniqueIds& ids = sum_ids_[table];
  ids.Clear();
  size_t summed = 0;  // Rows of sum_ that hold a sum already.
  for (const GradientBlock* block : blocks) {
    sum_index_.resize(block->ids.size());
    ids.Add(block->ids, sum_index_.data());
    const bool are_distinct = ids.ids().size() == block->ids.size();
    if (blocks.size() == 1 && are_distinct) return blocks[0]->gradients.data();
    sum_.Reserve(ids.ids().size() * segment, summed * segment);
    for (size_t i = 0; i < block->ids.size(); ++i) {
      const float* gradient = block->gradients.data() + i * segment;
      float* sum = sum_.data() + sum_index_[i] * segment;
      if (sum_index_[i] < summed) {
        Add(gradient, sum, static_cast<int>(segment));
      } else {
        std::copy_n(gradient, segment, sum);
        ++summed;
      }
    }
  }
  return sum_.data();
}

void Shard::ApplyLocal(Boundary boundary, absl::Span<const LocalGradients> tables) {
  for (const LocalGradients& local : tables) tables_[local.table]->ApplyGradients(local.ids, local.gradients);
  CompleteStep(boundary);
}

void Shard::CompleteStep(Boundary boundary) {
  ++applied_step_;
  boundary_ = boundary;
  for (const std::unique_ptr<Table>& table : tables_) table->BeginStepAfter(static_cast<int64_t>(applied_step_));
}

}  // namespace shoal
