#include "common/data/load_data.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/data/example_reader.h"
#include "common/data/id_space.h"
#include "common/data/model_inputs.h"
#include "common/data/resolve_job.h"
#include "common/data/validation_split.h"

namespace shoal {
namespace {

std::string VocabularyPath(const std::string& directory, const TableConfig& table) {
  return absl::StrCat(directory, "/", table.name(), ".txt");
}

IdSpace DirectSpace(const TableConfig& table) { return IdSpace::Direct(table.name(), table.num_embeddings()); }

absl::StatusOr<IdSpace> KnownSpace(const TableConfig& table, const std::string& directory) {
  SHOAL_ASSIGN_OR_RETURN(Vocabulary vocabulary, Vocabulary::Read(VocabularyPath(directory, table)));
  return IdSpace::Known(table.name(), std::move(vocabulary));
}

constexpr int64_t kExamplesBetweenQuestions = 4096;

// Counts the good records of a source, whose new keys go to `spaces`.
absl::StatusOr<int64_t> CountExamples(const JobConfig& job, SourceRole role, const ModelInputs& inputs,
                                      Interrupted interrupted, std::vector<IdSpace>* spaces, int64_t* num_skipped) {
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<ExampleReader> reader, ExampleReader::Open(job, role, inputs, spaces));
  Example example;
  int64_t count = 0;
  while (true) {
    if (count % kExamplesBetweenQuestions == 0 && interrupted()) return absl::CancelledError("interrupted");
    SHOAL_ASSIGN_OR_RETURN(const bool more, reader->Next(&example));
    if (!more) break;
    ++count;
  }
  *num_skipped += reader->num_skipped();
  return count;
}

// Makes the id space of a table that has a vocabulary.
using VocabularySpace = absl::FunctionRef<absl::StatusOr<IdSpace>(const TableConfig&)>;

absl::StatusOr<std::vector<IdSpace>> ScanSpaces(const JobConfig& job, const ModelInputs& inputs,
                                                VocabularySpace vocabulary_space) {
  const std::vector<bool> has_vocabulary = FindVocabularyTables(job, inputs);
  std::vector<IdSpace> spaces;
  for (int i = 0; i < job.tables_size(); ++i) {
    if (has_vocabulary[static_cast<size_t>(i)]) {
      SHOAL_ASSIGN_OR_RETURN(IdSpace space, vocabulary_space(job.tables(i)));
      spaces.push_back(std::move(space));
    } else {
      spaces.push_back(DirectSpace(job.tables(i)));
    }
  }
  return spaces;
}

absl::StatusOr<ScannedData> Scan(const JobConfig& job, VocabularySpace vocabulary_space, Interrupted interrupted) {
  SHOAL_ASSIGN_OR_RETURN(const ModelInputs inputs, FindModelInputs(job));
  SHOAL_ASSIGN_OR_RETURN(std::vector<IdSpace> spaces, ScanSpaces(job, inputs, vocabulary_space));
  DataSizes sizes;
  SHOAL_ASSIGN_OR_RETURN(sizes.num_train_examples, CountExamples(job, SourceRole::kTrain, inputs, interrupted, &spaces,
                                                                 &sizes.num_skipped_records));
  if (job.data().has_validation()) {
    SHOAL_ASSIGN_OR_RETURN(
        sizes.num_validation_examples,
        CountExamples(job, SourceRole::kValidation, inputs, interrupted, &spaces, &sizes.num_skipped_records));
  } else if (job.data().has_random_split() && sizes.num_train_examples > 0) {
    // How many are for validation does not depend on the seed.
    const ValidationSplit split(sizes.num_train_examples, job.data().random_split().validation_fraction(), /*seed=*/0);
    sizes.num_validation_examples = split.num_validation();
    sizes.num_train_examples -= split.num_validation();
  }
  ScannedData scanned;
  for (IdSpace& space : spaces) {
    scanned.vocabularies.push_back(space.TakeVocabulary());
    sizes.vocabulary_sizes.push_back(scanned.vocabularies.back().size());
  }
  SHOAL_ASSIGN_OR_RETURN(scanned.job, ResolveJob(job, inputs, sizes));
  return scanned;
}

// One of LoadData's two datasets, being filled.
class DatasetBuilder {
 public:
  DatasetBuilder(const ModelInputs& inputs, int64_t num_examples) {
    const size_t capacity = static_cast<size_t>(num_examples);
    for (const IdInput& input : inputs.ids) {
      dataset_.id_columns.push_back({input.column, {}});
      dataset_.id_columns.back().ids.reserve(capacity);
    }
    for (const std::string& name : inputs.numbers) {
      dataset_.number_columns.push_back({name, {}});
      dataset_.number_columns.back().values.reserve(capacity);
    }
  }

  void Add(const Example& example) {
    for (size_t i = 0; i < example.ids.size(); ++i) dataset_.id_columns[i].ids.push_back(example.ids[i]);
    for (size_t i = 0; i < example.numbers.size(); ++i) {
      dataset_.number_columns[i].values.push_back(example.numbers[i]);
    }
    ++dataset_.num_examples;
  }

  int64_t num_examples() const { return dataset_.num_examples; }
  Dataset Build() { return std::move(dataset_); }

 private:
  Dataset dataset_;
};

absl::Status ChangedError(SourceRole role, int64_t expected, bool has_more, int64_t found) {
  return absl::DataLossError(absl::StrCat(role == SourceRole::kTrain ? "data.train" : "data.validation",
                                          " has changed since the job was started: it had ", expected,
                                          " good records and now has ", has_more ? "more" : absl::StrCat(found)));
}

// Hands the `expected` examples of a source to `sink`, with their numbers. Neither more nor fewer will do: the split
// and the schedule are made for that number.
absl::Status ReadExamples(const JobConfig& job, SourceRole role, const ModelInputs& inputs,
                          std::vector<IdSpace>* spaces, int64_t expected,
                          absl::FunctionRef<void(int64_t, const Example&)> sink) {
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<ExampleReader> reader, ExampleReader::Open(job, role, inputs, spaces));
  Example example;
  for (int64_t number = 0;; ++number) {
    SHOAL_ASSIGN_OR_RETURN(const bool more, reader->Next(&example));
    if (more != (number < expected)) return ChangedError(role, expected, more, number);
    if (!more) return absl::OkStatus();
    sink(number, example);
  }
}

absl::StatusOr<std::vector<IdSpace>> ResolvedSpaces(const ResolvedJob& resolved) {
  std::vector<IdSpace> spaces;
  for (const TableConfig& table : resolved.job().tables()) {
    const auto& with_vocabulary = resolved.vocabulary_tables();
    if (std::find(with_vocabulary.begin(), with_vocabulary.end(), table.name()) == with_vocabulary.end()) {
      spaces.push_back(DirectSpace(table));
      continue;
    }
    SHOAL_ASSIGN_OR_RETURN(IdSpace space, KnownSpace(table, resolved.vocabulary_directory()));
    if (space.vocabulary().size() != table.num_embeddings()) {
      return absl::DataLossError(absl::StrCat("'", VocabularyPath(resolved.vocabulary_directory(), table), "' has ",
                                              space.vocabulary().size(), " keys; table '", table.name(), "' has ",
                                              table.num_embeddings(), " rows"));
    }
    spaces.push_back(std::move(space));
  }
  return spaces;
}

}  // namespace

absl::StatusOr<ScannedData> ScanData(const JobConfig& job, Interrupted interrupted) {
  return Scan(
      job, [](const TableConfig& table) { return IdSpace::Growing(table.name()); }, interrupted);
}

absl::StatusOr<ScannedData> ScanDataWithVocabularies(const JobConfig& job, const std::string& vocabulary_directory,
                                                     Interrupted interrupted) {
  return Scan(
      job, [&](const TableConfig& table) { return KnownSpace(table, vocabulary_directory); }, interrupted);
}

absl::Status WriteVocabularies(const ScannedData& data, const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("cannot create '", directory, "'"));
  for (size_t i = 0; i < data.vocabularies.size(); ++i) {
    if (data.vocabularies[i].size() == 0) continue;
    const TableConfig& table = data.job.job().tables(static_cast<int>(i));
    SHOAL_RETURN_IF_ERROR(data.vocabularies[i].Write(VocabularyPath(directory, table)));
  }
  return absl::OkStatus();
}

absl::StatusOr<TrainingData> LoadData(const ResolvedJob& resolved) {
  const JobConfig& job = resolved.job();
  const int64_t num_train = resolved.num_train_examples();
  const int64_t num_validation = resolved.num_validation_examples();
  SHOAL_ASSIGN_OR_RETURN(const ModelInputs inputs, FindModelInputs(job));
  SHOAL_ASSIGN_OR_RETURN(std::vector<IdSpace> spaces, ResolvedSpaces(resolved));
  DatasetBuilder train(inputs, num_train);
  DatasetBuilder validation(inputs, num_validation);
  if (job.data().has_random_split()) {
    const int64_t all = num_train + num_validation;
    const ValidationSplit split(all, job.data().random_split().validation_fraction(), job.data().random_split().seed());
    SHOAL_RETURN_IF_ERROR(
        ReadExamples(job, SourceRole::kTrain, inputs, &spaces, all, [&](int64_t number, const Example& example) {
          (split.IsValidation(number) ? validation : train).Add(example);
        }));
  } else {
    SHOAL_RETURN_IF_ERROR(ReadExamples(job, SourceRole::kTrain, inputs, &spaces, num_train,
                                       [&](int64_t, const Example& example) { train.Add(example); }));
  }
  if (job.data().has_validation()) {
    SHOAL_RETURN_IF_ERROR(ReadExamples(job, SourceRole::kValidation, inputs, &spaces, num_validation,
                                       [&](int64_t, const Example& example) { validation.Add(example); }));
  }
  return TrainingData{train.Build(), validation.Build()};
}

}  // namespace shoal
