#include "launcher/commands/inference_job.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/checkpoint_directory.h"
#include "common/config/environment.h"
#include "common/config/load_job.h"
#include "common/data/scan_data.h"
#include "launcher/exit_codes.h"
#include "launcher/resume.h"

namespace shoal {
namespace {

absl::StatusOr<JobConfig> ReadJobFile(const std::string& path) {
  std::vector<Diagnostic> problems;
  absl::StatusOr<JobConfig> job = LoadJob(path, /*overrides=*/{}, ProcessEnvironment, &problems);
  if (job.ok() || problems.empty()) return job;
  const auto append = [](std::string* out, const Diagnostic& problem) {
    absl::StrAppend(out, FormatDiagnostic(problem));
  };
  return WithExitCode(
      absl::InvalidArgumentError(absl::StrCat("the job cannot be used:\n", absl::StrJoin(problems, "\n", append))),
      kExitBadJob);
}

// Whether the model of the file is the one that was trained. Its sources may be others: only what columns mean counts.
absl::Status CheckSameModel(const CheckpointReader& checkpoint, const JobConfig& given) {
  ResolvedJob candidate = checkpoint.job();
  JobConfig* const job = candidate.mutable_job();
  *job->mutable_model() = given.model();
  *job->mutable_data()->mutable_columns() = given.data().columns();
  if (given.tables_size() == job->tables_size()) {
    // What the file leaves open, the checkpoint's job has filled in.
    for (int i = 0; i < given.tables_size(); ++i) job->mutable_tables(i)->MergeFrom(given.tables(i));
  } else {
    *job->mutable_tables() = given.tables();
  }
  const absl::Status same = CheckSameTraining(checkpoint.job(), candidate);
  if (same.ok()) return same;
  return WithExitCode(
      absl::FailedPreconditionError(absl::StrCat("the job is not the one that ", checkpoint.directory(),
                                                 " was saved by; leave it out to use that one:\n", same.message())),
      kExitBadJob);
}

}  // namespace

absl::StatusOr<ResolvedJob> InferenceJob(const CheckpointReader& checkpoint, const std::string& job_file,
                                         bool scans_data) {
  SHOAL_RETURN_IF_ERROR(checkpoint.VerifyVocabularies());
  ResolvedJob resolved = checkpoint.job();
  const std::string vocabularies = absl::StrCat(checkpoint.directory(), "/", kVocabularyDirectoryName);
  if (!resolved.vocabulary_directory().empty()) resolved.set_vocabulary_directory(vocabularies);
  if (job_file.empty()) return resolved;
  SHOAL_ASSIGN_OR_RETURN(JobConfig given, ReadJobFile(job_file));
  SHOAL_RETURN_IF_ERROR(CheckSameModel(checkpoint, given));
  JobConfig* const job = resolved.mutable_job();
  *job->mutable_data() = given.data();
  *job->mutable_model() = given.model();
  job->mutable_training()->set_validation_batch_size(given.training().validation_batch_size());
  resolved.clear_train_content_hash();
  resolved.clear_validation_content_hash();
  if (!scans_data) return resolved;
  // The split that training had, unless the file says otherwise.
  given.set_seed(job->seed());
  SHOAL_ASSIGN_OR_RETURN(const ScannedData scanned, ScanDataWithVocabularies(given, vocabularies));
  *job->mutable_data() = scanned.job.job().data();
  resolved.set_num_train_examples(scanned.job.num_train_examples());
  resolved.set_num_validation_examples(scanned.job.num_validation_examples());
  resolved.set_num_skipped_records(scanned.job.num_skipped_records());
  resolved.set_train_content_hash(scanned.job.train_content_hash());
  resolved.set_validation_content_hash(scanned.job.validation_content_hash());
  return resolved;
}

}  // namespace shoal
