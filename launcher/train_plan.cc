#include "launcher/train_plan.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/interruptible_files.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/checkpoint_directory.h"
#include "common/checkpoint/checkpoint_reader.h"
#include "common/data/model_inputs.h"
#include "common/initializer/row_initializer.h"
#include "common/pretrained/read_pretrained.h"
#include "launcher/exit_codes.h"
#include "launcher/resume.h"
#include "launcher/summary.h"

namespace shoal {
namespace {

bool HasVocabulary(const ResolvedJob& job) { return !job.vocabulary_tables().empty() || !job.labels().empty(); }

// The resolved job without the sizes that the job file leaves to the data.
JobConfig TrainableJob(const JobConfig& job, const ResolvedJob& resolved) {
  JobConfig trainable = resolved.job();
  for (int i = 0; i < job.tables_size(); ++i) {
    if (job.tables(i).has_num_embeddings()) continue;
    trainable.mutable_tables(i)->clear_num_embeddings();
    // -1 stays the last row, whatever the size.
    if (job.tables(i).has_padding_idx()) trainable.mutable_tables(i)->set_padding_idx(job.tables(i).padding_idx());
  }
  return trainable;
}

// What can be done where the newest checkpoint is damaged.
std::string AdviceOnDamage(FileSystem& files, const RunDirectory& directory, const CheckpointLocation& damaged) {
  const auto all = ListCheckpoints(files, directory.checkpoints());
  if (!all.ok() || all->size() < 2) return absl::StrCat("there is no other checkpoint in ", directory.checkpoints());
  const CheckpointLocation& other = (*all)[all->size() - 2];
  return absl::StrCat("the newest other checkpoint is ", other.path, ": move ", damaged.path,
                      " away, and --resume goes on from step ", other.step);
}

// A damaged checkpoint, or one under another step's name, must be found before anything of the run is overwritten.
absl::StatusOr<CheckpointReader> OpenUndamaged(FileSystem& files, const RunDirectory& directory,
                                               const CheckpointLocation& checkpoint) {
  absl::StatusOr<CheckpointReader> reader = CheckpointReader::OpenStep(files, checkpoint.path, checkpoint.step);
  const absl::Status status = reader.ok() ? reader->VerifyAllBytes() : reader.status();
  if (status.ok()) return reader;
  // Others are of the disk, and may pass.
  if (!absl::IsDataLoss(status) && !absl::IsInvalidArgument(status) && !absl::IsNotFound(status)) return status;
  return absl::Status(status.code(),
                      absl::StrCat(status.message(), "\n", AdviceOnDamage(files, directory, checkpoint)));
}

absl::StatusOr<ScannedData> ScanForResume(FileSystem& files, const JobConfig& job, const RunDirectory& directory,
                                          const CheckpointLocation& checkpoint, Interrupted interrupted,
                                          ResumePoint* point) {
  InterruptibleFiles interruptible(files, interrupted);
  SHOAL_ASSIGN_OR_RETURN(const CheckpointReader reader, OpenUndamaged(interruptible, directory, checkpoint));
  *point = {checkpoint.path, reader.manifest().step, reader.manifest().digests()};
  SHOAL_ASSIGN_OR_RETURN(
      ScannedData data,
      ScanDataWithVocabularies(job, absl::StrCat(checkpoint.path, "/", kVocabularyDirectoryName), interrupted));
  const absl::Status same = CheckSameTraining(reader.job(), data.job);
  if (same.ok()) return data;
  return WithExitCode(absl::FailedPreconditionError(absl::StrCat("the job is not the one that ", checkpoint.path,
                                                                 " was saved by:\n", same.message())),
                      kExitBadJob);
}

// A run without checkpoints starts over, unless there is something to lose.
absl::Status CheckUnfinished(FileSystem& files, const RunDirectory& directory) {
  const absl::StatusOr<std::string> status = SavedStatus(files, directory.summary_file());
  if (!status.ok()) return status.status();
  if (*status != "finished") return absl::OkStatus();
  return WithExitCode(
      absl::AlreadyExistsError(absl::StrCat(directory.path(), " is a run that has finished, by its summary.json, but ",
                                            directory.checkpoints(),
                                            " has no checkpoint: --resume would start over and overwrite its summary "
                                            "and metrics; give another --output")),
      kExitUsage);
}

// The checkpoint to go on from, if any. Errors say that the folder must not be written.
absl::StatusOr<absl::optional<CheckpointLocation>> FindStart(FileSystem& files, const RunDirectory& directory,
                                                             bool resume) {
  if (!resume) {
    SHOAL_RETURN_IF_ERROR(directory.CheckUnused(files));
    return absl::nullopt;
  }
  const absl::StatusOr<CheckpointLocation> latest = LatestCheckpoint(files, directory.checkpoints());
  if (latest.ok()) return absl::make_optional(*latest);
  if (!absl::IsNotFound(latest.status())) return latest.status();
  SHOAL_RETURN_IF_ERROR(directory.CheckUnusedOrRun(files));
  SHOAL_RETURN_IF_ERROR(CheckUnfinished(files, directory));
  return absl::nullopt;
}

// What the holders of the rows would refuse when they start.
absl::StatusOr<MemoryPlan> PlanRows(const ResolvedJob& job) {
  absl::StatusOr<MemoryPlan> memory = PlanMemory(job);
  if (!memory.ok()) return WithExitCode(memory.status(), kExitBadJob);
  for (const TableConfig& table : job.job().tables()) {
    const absl::Status initializer = RowInitializer::Create(table, job.job().seed()).status();
    if (!initializer.ok()) return WithExitCode(initializer, kExitBadJob);
  }
  return memory;
}

// Reads the vectors as the holders of the rows will: whatever they would refuse must be known before anything is
// overwritten.
absl::StatusOr<std::vector<PretrainedTable>> CheckPretrained(const ScannedData& data, Interrupted interrupted) {
  constexpr int64_t kVectorsBetweenQuestions = 4096;
  const std::vector<bool> has_vocabulary = FindVocabularyTables(data.job);
  std::vector<PretrainedTable> tables;
  int64_t vectors = 0;
  const auto count = [&](uint64_t /*id*/, absl::Span<const float> /*vector*/) {
    return ++vectors % kVectorsBetweenQuestions == 0 && interrupted() ? absl::CancelledError("interrupted")
                                                                      : absl::OkStatus();
  };
  for (int t = 0; t < data.job.job().tables_size(); ++t) {
    if (!data.job.job().tables(t).has_pretrained()) continue;
    const Vocabulary* vocabulary = has_vocabulary[static_cast<size_t>(t)] ? &data.vocabularies[t] : nullptr;
    const absl::StatusOr<PretrainedMatch> match = ReadPretrained(data.job, t, vocabulary, count);
    if (absl::IsCancelled(match.status())) return match.status();
    if (!match.ok()) return WithExitCode(match.status(), kExitBadJob);
    tables.push_back({data.job.job().tables(t).name(), *match});
  }
  return tables;
}

}  // namespace

absl::StatusOr<TrainPlan> PlanTraining(FileSystem& files, const JobConfig& job, const std::string& output, bool resume,
                                       Interrupted interrupted) {
  TrainPlan plan{RunDirectory(output), {}, {}, {}, {}, absl::nullopt};
  SHOAL_ASSIGN_OR_RETURN(const absl::optional<CheckpointLocation> start, FindStart(files, plan.directory, resume));
  if (start.has_value()) {
    plan.resume.emplace();
    SHOAL_ASSIGN_OR_RETURN(plan.data, ScanForResume(files, job, plan.directory, *start, interrupted, &*plan.resume));
  } else {
    SHOAL_ASSIGN_OR_RETURN(plan.data, ScanData(job, interrupted));
  }
  SHOAL_ASSIGN_OR_RETURN(plan.memory, PlanRows(plan.data.job));
  if (!start.has_value()) {
    SHOAL_ASSIGN_OR_RETURN(plan.pretrained, CheckPretrained(plan.data, interrupted));
  }
  if (HasVocabulary(plan.data.job)) plan.data.job.set_vocabulary_directory(plan.directory.vocabulary());
  plan.trainable_job = TrainableJob(job, plan.data.job);
  return plan;
}

absl::StatusOr<RunLock> ClaimRun(FileSystem& files, const TrainPlan& plan, bool resume) {
  SHOAL_ASSIGN_OR_RETURN(RunLock lock, RunLock::Take(files, plan.directory));
  SHOAL_ASSIGN_OR_RETURN(const absl::optional<CheckpointLocation> start, FindStart(files, plan.directory, resume));
  const std::string planned = plan.resume.has_value() ? plan.resume->checkpoint : "";
  if ((start.has_value() ? start->path : "") == planned) return lock;
  return WithExitCode(
      absl::AlreadyExistsError(
          absl::StrCat(plan.directory.path(), " was written by another `shoal train` just now; start this one again")),
      kExitUsage);
}

}  // namespace shoal
