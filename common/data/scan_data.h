// The first of two passes over the sources that a job names: what the launcher must know before workers load the
// examples (load_data.h).
#ifndef SHOAL_COMMON_DATA_SCAN_DATA_H_
#define SHOAL_COMMON_DATA_SCAN_DATA_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/interrupted.h"
#include "common/data/skipped_records.h"
#include "common/data/vocabulary.h"
#include "proto/job.pb.h"

namespace shoal {

// What one pass over a job's sources finds.
struct ScannedData {
  ResolvedJob job;
  // By table number; empty where the table gives num_embeddings, no feature reads it, or all texts are hashed.
  std::vector<Vocabulary> vocabularies;
  // As job.labels().
  std::vector<Vocabulary> labels;
  // Of all sources, data.train first.
  SkippedRecords skipped;
};

// Fills in everything that ResolvedJob promises but vocabulary_directory. `job` has passed ValidateJob. Texts and
// labels are those of data.train; another label in data.validation is a bad record.
// Errors: NotFound (a source, with its path), DataLoss (a damaged source), InvalidArgument (file:line, column and value
// of a bad record, or what ResolveJob refuses).
absl::StatusOr<ScannedData> ScanData(const JobConfig& job, Interrupted interrupted = NeverInterrupted);

// As ScanData for a job that is resumed: vocabularies are read from `vocabulary_directory` instead of built, and a key
// or a label that is not in them is a bad record.
absl::StatusOr<ScannedData> ScanDataWithVocabularies(const JobConfig& job, const std::string& vocabulary_directory,
                                                     Interrupted interrupted = NeverInterrupted);

// Writes <directory>/<table>.txt for each vocabulary of a table, label.<column>.txt for each label column. The
// directory is created if need be. Each file appears whole or not at all.
absl::Status WriteVocabularies(const ScannedData& data, const std::string& directory);

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_SCAN_DATA_H_
