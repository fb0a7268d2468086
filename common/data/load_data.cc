#include "common/data/load_data.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/data/dataset_builder.h"
#include "common/data/example_reader.h"
#include "common/data/label_vocabulary.h"
#include "common/data/model_inputs.h"
#include "common/data/validation_split.h"
#include "common/data/value_spaces.h"
#include "common/data/vocabulary_path.h"

namespace shoal {
namespace {

using ColumnConfigs = google::protobuf::RepeatedPtrField<ColumnConfig>;

std::string SourceName(SourceRole role) { return role == SourceRole::kTrain ? "data.train" : "data.validation"; }

absl::Status ChangedError(SourceRole role, int64_t expected, bool has_more, int64_t found) {
  return absl::DataLossError(absl::StrCat(SourceName(role), " has changed since the job was started: it had ", expected,
                                          " good records and now has ", has_more ? "more" : absl::StrCat(found)));
}

// Other records, though not more or fewer, would be split and shuffled as the job's were, which they are not.
absl::Status CheckContent(SourceRole role, const ResolvedJob& resolved, uint64_t found) {
  const bool is_train = role == SourceRole::kTrain;
  const bool is_known = is_train ? resolved.has_train_content_hash() : resolved.has_validation_content_hash();
  const uint64_t expected = is_train ? resolved.train_content_hash() : resolved.validation_content_hash();
  if (!is_known || found == expected) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat(SourceName(role),
                   " has changed since the job was started: it has as many good records, but others, or in "
                   "another order"));
}

absl::Status CheckImages(SourceRole role, const ResolvedJob& resolved, const std::vector<ImageInfo>& images) {
  for (int i = 0; i < resolved.images_size(); ++i) {
    const ImageInfo& expected = resolved.images(i);
    const ImageInfo& found = images[static_cast<size_t>(i)];
    if (found.height() == expected.height() && found.width() == expected.width()) continue;
    return absl::DataLossError(absl::StrCat(SourceName(role), " has changed since the job was started: its images had ",
                                            expected.height(), " x ", expected.width(), " pixels and now have ",
                                            found.height(), " x ", found.width()));
  }
  return absl::OkStatus();
}

// Hands the `expected` examples of a source to `sink`, with their numbers. Neither more nor fewer will do: the split
// and the schedule are made for that number.
absl::Status ReadExamples(const ResolvedJob& resolved, SourceRole role, const ModelInputs& inputs, ValueSpaces* spaces,
                          int64_t expected, Interrupted interrupted,
                          absl::FunctionRef<void(int64_t, const Example&)> sink) {
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<ExampleReader> reader,
                         ExampleReader::Open(resolved.job(), role, inputs, spaces));
  SHOAL_RETURN_IF_ERROR(CheckImages(role, resolved, reader->images()));
  Example example;
  for (int64_t number = 0;; ++number) {
    if (number % kExamplesBetweenQuestions == 0 && interrupted()) return absl::CancelledError("interrupted");
    SHOAL_ASSIGN_OR_RETURN(const bool more, reader->Next(&example));
    if (more != (number < expected)) return ChangedError(role, expected, more, number);
    if (!more) return CheckContent(role, resolved, reader->content_hash());
    sink(number, example);
  }
}

// The spaces of a resolved job. DataLoss: a vocabulary has not the number of keys that the job says.
absl::StatusOr<ValueSpaces> ResolvedSpaces(const ResolvedJob& resolved, const ModelInputs& inputs) {
  const std::vector<bool> has_vocabulary = FindVocabularyTables(resolved);
  const std::string& directory = resolved.vocabulary_directory();
  SHOAL_ASSIGN_OR_RETURN(ValueSpaces spaces, KnownSpaces(resolved.job(), inputs, has_vocabulary, directory));
  for (int i = 0; i < resolved.job().tables_size(); ++i) {
    const TableConfig& table = resolved.job().tables(i);
    if (!has_vocabulary[static_cast<size_t>(i)] || spaces.NumRows(i) == table.num_embeddings()) continue;
    return absl::DataLossError(absl::StrCat("'", VocabularyPath(directory, table.name()), "' has ",
                                            spaces.VocabularyOf(i).size(), " keys; table '", table.name(), "' has ",
                                            table.num_embeddings(), " rows"));
  }
  for (size_t i = 0; i < inputs.labels.size(); ++i) {
    const LabelInfo& label = resolved.labels(static_cast<int>(i));
    const int64_t found = spaces.labels[i].vocabulary().size();
    if (found == label.num_classes()) continue;
    return absl::DataLossError(absl::StrCat("'", VocabularyPath(directory, LabelVocabularyName(label.name())), "' has ",
                                            found, " labels; the job has ", label.num_classes()));
  }
  return spaces;
}

// Takes columns out of a layout by position: those behind them move up.
void RemoveColumns(const std::vector<std::string>& names, DataConfig* data) {
  std::vector<int> removed;
  ColumnConfigs rest;
  for (const ColumnConfig& column : data->columns()) {
    if (absl::c_linear_search(names, column.name())) {
      removed.push_back(column.position());
    } else {
      *rest.Add() = column;
    }
  }
  for (ColumnConfig& column : rest) {
    const auto before = absl::c_count_if(removed, [&](int position) { return position < column.position(); });
    column.set_position(column.position() - static_cast<int>(before));
  }
  *data->mutable_columns() = std::move(rest);
}

absl::Status CheckOtherImages(absl::string_view path, const ResolvedJob& resolved,
                              const std::vector<ImageInfo>& images) {
  for (int i = 0; i < resolved.images_size(); ++i) {
    const ImageInfo& expected = resolved.images(i);
    const ImageInfo& found = images[static_cast<size_t>(i)];
    if (found.height() == expected.height() && found.width() == expected.width()) continue;
    return absl::InvalidArgumentError(absl::StrCat(path, ": images have ", found.height(), " x ", found.width(),
                                                   " pixels; the model was trained on ", expected.height(), " x ",
                                                   expected.width()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<OtherData> LoadOtherData(const ResolvedJob& resolved, const DataSource& source, absl::string_view field,
                                        Truth truth, KeepNames names) {
  JobConfig job = resolved.job();
  SHOAL_ASSIGN_OR_RETURN(ModelInputs inputs, FindModelInputs(job));
  if (truth == Truth::kAbsent) {
    if (!source.header()) RemoveColumns(TruthColumns(inputs), job.mutable_data());
    inputs = WithoutTruth(inputs);
  }
  SHOAL_ASSIGN_OR_RETURN(ValueSpaces spaces, ResolvedSpaces(resolved, inputs));
  SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<ExampleReader> reader,
                         ExampleReader::OpenSource(job, source, field, SourceRole::kValidation, inputs, &spaces));
  SHOAL_RETURN_IF_ERROR(CheckOtherImages(source.path(), resolved, reader->images()));
  DatasetBuilder builder(inputs, resolved, /*num_examples=*/0, names);
  Example example;
  int64_t num_examples = 0;
  while (true) {
    SHOAL_ASSIGN_OR_RETURN(const bool more, reader->Next(&example));
    if (!more) break;
    builder.Add(example);
    ++num_examples;
  }
  if (num_examples > 0) return OtherData{builder.Build(), reader->skipped()};
  return absl::InvalidArgumentError(absl::StrCat(source.path(), " has no examples",
                                                 reader->skipped().count > 0 ? ": all records are bad" : "",
                                                 reader->skipped().Details()));
}

absl::StatusOr<TrainingData> LoadData(const ResolvedJob& resolved, KeptNames names, Interrupted interrupted) {
  const JobConfig& job = resolved.job();
  const int64_t num_train = resolved.num_train_examples();
  const int64_t num_validation = resolved.num_validation_examples();
  SHOAL_ASSIGN_OR_RETURN(const ModelInputs inputs, FindModelInputs(job));
  SHOAL_ASSIGN_OR_RETURN(ValueSpaces spaces, ResolvedSpaces(resolved, inputs));
  DatasetBuilder train(inputs, resolved, num_train, names.train);
  DatasetBuilder validation(inputs, resolved, num_validation, names.validation);
  if (job.data().has_random_split()) {
    const int64_t all = num_train + num_validation;
    const ValidationSplit split(all, job.data().random_split().validation_fraction(), job.data().random_split().seed());
    SHOAL_RETURN_IF_ERROR(ReadExamples(resolved, SourceRole::kTrain, inputs, &spaces, all, interrupted,
                                       [&](int64_t number, const Example& example) {
                                         (split.IsValidation(number) ? validation : train).Add(example);
                                       }));
  } else {
    SHOAL_RETURN_IF_ERROR(ReadExamples(resolved, SourceRole::kTrain, inputs, &spaces, num_train, interrupted,
                                       [&](int64_t, const Example& example) { train.Add(example); }));
  }
  if (job.data().has_validation()) {
    SHOAL_RETURN_IF_ERROR(ReadExamples(resolved, SourceRole::kValidation, inputs, &spaces, num_validation, interrupted,
                                       [&](int64_t, const Example& example) { validation.Add(example); }));
  }
  return TrainingData{train.Build(), validation.Build()};
}

}  // namespace shoal
