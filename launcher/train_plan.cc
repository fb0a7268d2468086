#include "launcher/train_plan.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/checkpoint_directory.h"
#include "common/checkpoint/checkpoint_reader.h"
#include "launcher/resume.h"

namespace shoal {
namespace {

bool HasVocabulary(const ScannedData& data) {
  return std::any_of(data.vocabularies.begin(), data.vocabularies.end(),
                     [](const Vocabulary& vocabulary) { return vocabulary.size() > 0; });
}

// The resolved job without the sizes that the job file leaves to the data.
JobConfig TrainableJob(const JobConfig& job, const ResolvedJob& resolved) {
  JobConfig trainable = resolved.job();
  for (int i = 0; i < job.tables_size(); ++i) {
    if (!job.tables(i).has_num_embeddings()) trainable.mutable_tables(i)->clear_num_embeddings();
  }
  return trainable;
}

absl::StatusOr<ScannedData> ScanForResume(FileSystem& files, const JobConfig& job, const CheckpointLocation& checkpoint,
                                          ResumePoint* point) {
  SHOAL_ASSIGN_OR_RETURN(const CheckpointReader reader, CheckpointReader::Open(files, checkpoint.path));
  // A damaged checkpoint must be found before anything of the run is overwritten.
  SHOAL_RETURN_IF_ERROR(reader.VerifyAllBytes());
  *point = {checkpoint.path, checkpoint.step, reader.manifest().weights_digest};
  SHOAL_ASSIGN_OR_RETURN(ScannedData data,
                         ScanDataWithVocabularies(job, absl::StrCat(checkpoint.path, "/", kVocabularyDirectoryName)));
  const absl::Status same = CheckSameTraining(reader.job(), data.job);
  if (same.ok()) return data;
  return absl::FailedPreconditionError(
      absl::StrCat("the job is not the one that ", checkpoint.path, " was saved by:\n", same.message()));
}

}  // namespace

absl::StatusOr<TrainPlan> PlanTraining(FileSystem& files, const JobConfig& job, const std::string& output,
                                       bool resume) {
  TrainPlan plan{RunDirectory(output), {}, {}, absl::nullopt};
  if (!resume) {
    SHOAL_RETURN_IF_ERROR(plan.directory.CheckUnused(files));
  } else {
    const absl::StatusOr<CheckpointLocation> latest = LatestCheckpoint(files, plan.directory.checkpoints());
    if (latest.ok()) {
      plan.resume.emplace();
      SHOAL_ASSIGN_OR_RETURN(plan.data, ScanForResume(files, job, *latest, &*plan.resume));
    } else if (!absl::IsNotFound(latest.status())) {
      return latest.status();
    }
  }
  if (!plan.resume.has_value()) {
    SHOAL_ASSIGN_OR_RETURN(plan.data, ScanData(job));
  }
  if (HasVocabulary(plan.data)) plan.data.job.set_vocabulary_directory(plan.directory.vocabulary());
  plan.trainable_job = TrainableJob(job, plan.data.job);
  return plan;
}

}  // namespace shoal
