#include "common/data/scan_data.h"

#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/data/example_reader.h"
#include "common/data/label_vocabulary.h"
#include "common/data/model_inputs.h"
#include "common/data/resolve_job.h"
#include "common/data/validation_split.h"
#include "common/data/value_spaces.h"
#include "common/data/vocabulary_path.h"

namespace shoal {
namespace {

struct ScannedSource {
  int64_t num_examples = 0;
  uint64_t content_hash = 0;
  std::vector<ImageInfo> images;
};

// Counts the good records of a source, whose new keys go to `spaces`.
absl::StatusOr<ScannedSource> ScanSource(const JobConfig& job, SourceRole role, const ModelInputs& inputs,
                                         Interrupted interrupted, ValueSpaces* spaces, SkippedRecords* skipped) {
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<ExampleReader> reader, ExampleReader::Open(job, role, inputs, spaces));
  ScannedSource source;
  source.images = reader->images();
  Example example;
  while (true) {
    if (source.num_examples % kExamplesBetweenQuestions == 0 && interrupted()) {
      return absl::CancelledError("interrupted");
    }
    SHOAL_ASSIGN_OR_RETURN(const bool more, reader->Next(&example));
    if (!more) break;
    ++source.num_examples;
  }
  source.content_hash = reader->content_hash();
  skipped->Append(reader->skipped());
  return source;
}

absl::Status CheckSameImages(const std::vector<ImageInfo>& train, const std::vector<ImageInfo>& validation) {
  for (size_t i = 0; i < train.size(); ++i) {
    if (train[i].height() == validation[i].height() && train[i].width() == validation[i].width()) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "data.validation: images '", train[i].name(), "' have ", validation[i].height(), " x ", validation[i].width(),
        " pixels, those of data.train have ", train[i].height(), " x ", train[i].width()));
  }
  return absl::OkStatus();
}

// Fills in the numbers of examples and the sizes of images.
absl::Status ScanSources(const JobConfig& job, const ModelInputs& inputs, Interrupted interrupted, ValueSpaces* spaces,
                         DataSizes* sizes) {
  SHOAL_ASSIGN_OR_RETURN(ScannedSource train,
                         ScanSource(job, SourceRole::kTrain, inputs, interrupted, spaces, &sizes->skipped));
  SHOAL_RETURN_IF_ERROR(FreezeTextsAndLabels(spaces));
  sizes->num_train_examples = train.num_examples;
  sizes->train_content_hash = train.content_hash;
  if (job.data().has_validation()) {
    SHOAL_ASSIGN_OR_RETURN(const ScannedSource validation,
                           ScanSource(job, SourceRole::kValidation, inputs, interrupted, spaces, &sizes->skipped));
    SHOAL_RETURN_IF_ERROR(CheckSameImages(train.images, validation.images));
    sizes->num_validation_examples = validation.num_examples;
    sizes->validation_content_hash = validation.content_hash;
  } else if (job.data().has_random_split() && train.num_examples > 0) {
    // How many are for validation does not depend on the seed.
    const ValidationSplit split(train.num_examples, job.data().random_split().validation_fraction(), /*seed=*/0);
    sizes->num_validation_examples = split.num_validation();
    sizes->num_train_examples -= split.num_validation();
  }
  sizes->images = std::move(train.images);
  return absl::OkStatus();
}

absl::StatusOr<ScannedData> Scan(const JobConfig& job, const ModelInputs& inputs, Interrupted interrupted,
                                 ValueSpaces spaces) {
  DataSizes sizes;
  SHOAL_RETURN_IF_ERROR(ScanSources(job, inputs, interrupted, &spaces, &sizes));
  ScannedData scanned;
  for (int i = 0; i < job.tables_size(); ++i) {
    sizes.table_rows.push_back(spaces.NumRows(i));
    scanned.vocabularies.push_back(spaces.TakeVocabulary(i));
  }
  for (IdSpace& labels : spaces.labels) {
    scanned.labels.push_back(labels.TakeVocabulary());
    sizes.num_classes.push_back(scanned.labels.back().size());
  }
  SHOAL_ASSIGN_OR_RETURN(scanned.job, ResolveJob(job, inputs, sizes));
  scanned.skipped = std::move(sizes.skipped);
  return scanned;
}

}  // namespace

absl::StatusOr<ScannedData> ScanData(const JobConfig& job, Interrupted interrupted) {
  SHOAL_ASSIGN_OR_RETURN(const ModelInputs inputs, FindModelInputs(job));
  SHOAL_ASSIGN_OR_RETURN(ValueSpaces spaces, GrowingSpaces(job, inputs));
  return Scan(job, inputs, interrupted, std::move(spaces));
}

absl::StatusOr<ScannedData> ScanDataWithVocabularies(const JobConfig& job, const std::string& vocabulary_directory,
                                                     Interrupted interrupted) {
  SHOAL_ASSIGN_OR_RETURN(const ModelInputs inputs, FindModelInputs(job));
  SHOAL_ASSIGN_OR_RETURN(ValueSpaces spaces,
                         KnownSpaces(job, inputs, FindVocabularyTables(job, inputs), vocabulary_directory));
  return Scan(job, inputs, interrupted, std::move(spaces));
}

absl::Status WriteVocabularies(const ScannedData& data, const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("cannot create '", directory, "'"));
  const std::vector<bool> has_vocabulary = FindVocabularyTables(data.job);
  for (size_t i = 0; i < data.vocabularies.size(); ++i) {
    if (!has_vocabulary[i]) continue;
    const std::string& table = data.job.job().tables(static_cast<int>(i)).name();
    SHOAL_RETURN_IF_ERROR(data.vocabularies[i].Write(VocabularyPath(directory, table)));
  }
  for (size_t i = 0; i < data.labels.size(); ++i) {
    const std::string name = LabelVocabularyName(data.job.labels(static_cast<int>(i)).name());
    SHOAL_RETURN_IF_ERROR(data.labels[i].Write(VocabularyPath(directory, name)));
  }
  return absl::OkStatus();
}

}  // namespace shoal
