#include "launcher/commands/inference.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/counted.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/checkpoint_directory.h"
#include "common/checkpoint/checkpoint_reader.h"
#include "common/data/label_vocabulary.h"
#include "common/data/load_data.h"
#include "common/data/model_inputs.h"
#include "common/data/value_spaces.h"
#include "common/data/vocabulary.h"
#include "common/data/vocabulary_path.h"
#include "launcher/commands/inference_job.h"

namespace shoal {
namespace {

constexpr char kTrain[] = "train";
constexpr char kValidation[] = "validation";

bool IsFile(const InferenceOptions& options) { return options.input != kTrain && options.input != kValidation; }

// The source that `input` is, as if the job named it.
absl::StatusOr<DataSource> SourceOf(const InferenceOptions& options, const DataConfig& data, Truth truth) {
  DataSource source = data.train();
  if (source.has_synthetic()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "--input=", options.input,
        ": the job's data.train is synthetic, so files have no layout; --input=train and --input=validation "
        "are its examples, a JOB can name others"));
  }
  source.set_path(options.input);
  if (source.format() != DataSource::IDX) return source;
  if (truth == Truth::kGiven && options.labels.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("--input=", options.input, " has images (IDX): give --labels, the file of their labels"));
  }
  source.set_labels_path(options.labels);
  return source;
}

absl::Status CheckOptions(const InferenceOptions& options, const ResolvedJob& job) {
  const DataConfig& data = job.job().data();
  if (options.input == kValidation && !data.has_validation() && !data.has_random_split()) {
    return absl::FailedPreconditionError("the job has no validation data; give --input=FILE, or --input=train");
  }
  if (options.unlabeled && !IsFile(options)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "--unlabeled goes with an --input that is a file; --input=", options.input, " is the job's own, with labels"));
  }
  if (options.unlabeled && !options.labels.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("--unlabeled contradicts --labels=", options.labels, "; leave one of them out"));
  }
  if (options.labels.empty() || (IsFile(options) && data.train().format() == DataSource::IDX)) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("--labels=", options.labels, " goes with an --input that is an IDX file alone"));
}

// Images without labels say so by themselves.
Truth TruthOf(const InferenceOptions& options, InferencePurpose purpose, const DataConfig& data) {
  if (purpose == InferencePurpose::kMeasure) return Truth::kGiven;
  const bool has_no_labels = data.train().format() == DataSource::IDX && options.labels.empty();
  return options.unlabeled || has_no_labels ? Truth::kAbsent : Truth::kGiven;
}

// What is written of examples says which they are.
KeepNames NamesFor(InferencePurpose purpose) {
  return purpose == InferencePurpose::kApply ? KeepNames::kYes : KeepNames::kNo;
}

// Where a file may lack labels and an error is about them: what says that it does.
absl::Status WithHint(const absl::Status& status, const ResolvedJob& job) {
  const absl::StatusOr<ModelInputs> inputs = FindModelInputs(job.job());
  if (!inputs.ok()) return status;
  for (const std::string& column : TruthColumns(*inputs)) {
    const auto named = [&](absl::string_view quote) {
      return absl::StrContains(status.message(), absl::StrCat("column ", quote, column, quote));
    };
    if (!named("") && !named("'")) continue;
    return absl::Status(status.code(),
                        absl::StrCat(status.message(), "\nWhere the file has no '", column, "': --unlabeled"));
  }
  return status;
}

// An `input` that is a file.
absl::Status LoadFile(const InferenceOptions& options, InferencePurpose purpose, const ResolvedJob& job,
                      Inference* result) {
  const Truth truth = TruthOf(options, purpose, job.job().data());
  SHOAL_ASSIGN_OR_RETURN(const DataSource source, SourceOf(options, job.job().data(), truth));
  absl::StatusOr<OtherData> other =
      LoadOtherData(job, source, absl::StrCat("--input=", options.input), truth, NamesFor(purpose));
  if (!other.ok()) {
    return purpose == InferencePurpose::kApply ? WithHint(other.status(), job) : other.status();
  }
  result->input = std::move(other->examples);
  result->skipped = std::move(other->skipped);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Inference> StartInference(FileSystem& files, const InferenceOptions& options, InferencePurpose purpose) {
  Inference result;
  SHOAL_ASSIGN_OR_RETURN(result.checkpoint, FindCheckpoint(files, options.checkpoint));
  SHOAL_ASSIGN_OR_RETURN(const CheckpointReader reader, CheckpointReader::Open(files, result.checkpoint));
  result.step = reader.manifest().step;
  result.input_name = options.input;
  const bool asks_train = purpose == InferencePurpose::kMeasure && options.input != kTrain;
  const bool rejects_known = reader.job().job().model().implicit_factorization().reject_known();
  SHOAL_ASSIGN_OR_RETURN(
      const ResolvedJob job,
      InferenceJob(reader, options.job_file, /*scans_data=*/!IsFile(options) || asks_train || rejects_known));
  SHOAL_RETURN_IF_ERROR(CheckOptions(options, job));
  const bool with_train = asks_train && job.job().model().network().has_knn_accuracy();
  TrainingData data;
  if (!IsFile(options) || with_train || rejects_known) {
    KeptNames names;  // Of the examples that something is written of.
    if (options.input == kTrain) names.train = NamesFor(purpose);
    if (options.input == kValidation) names.validation = NamesFor(purpose);
    SHOAL_ASSIGN_OR_RETURN(data, LoadData(job, names));
  }
  if (IsFile(options)) SHOAL_RETURN_IF_ERROR(LoadFile(options, purpose, job, &result));
  SHOAL_ASSIGN_OR_RETURN(result.model, TrainedModel::Load(files, result.checkpoint, result.step, job, &data));
  if (options.input == kValidation) result.input = std::move(data.validation);
  if (options.input == kTrain) result.input = std::move(data.train);
  if (with_train) result.train = std::move(data.train);
  return result;
}

absl::StatusOr<InputLabels> LabelsOf(const Inference& inference) {
  InputLabels result;
  const std::string& label = inference.job().model().network().label();
  if (label.empty()) return result;
  const std::string path = VocabularyPath(inference.model->job().vocabulary_directory(), LabelVocabularyName(label));
  SHOAL_ASSIGN_OR_RETURN(const Vocabulary vocabulary, Vocabulary::Read(path));
  for (int64_t i = 0; i < vocabulary.size(); ++i) result.classes.push_back(vocabulary.key(static_cast<uint64_t>(i)));
  const int column = inference.input.FindLabelColumn(label);
  if (column >= 0) result.labels = inference.input.label_columns[column].labels;
  return result;
}

void ReportSkipped(const Inference& inference, std::ostream& out) {
  const SkippedRecords& skipped = inference.skipped;
  if (skipped.count == 0) return;
  out << Counted(skipped.count, "bad record") << " of " << inference.input_name
      << (skipped.count == 1 ? " was" : " were") << " left out (data.on_bad_record: SKIP)" << skipped.Details() << "\n";
}

}  // namespace shoal
