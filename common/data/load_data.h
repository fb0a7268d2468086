// From the sources that a job names to datasets in memory, in two passes: the launcher resolves the job (vocabularies,
// table sizes, numbers of examples and steps), then every worker loads the examples with those vocabularies.
#ifndef SHOAL_COMMON_DATA_LOAD_DATA_H_
#define SHOAL_COMMON_DATA_LOAD_DATA_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/data/dataset.h"
#include "common/data/vocabulary.h"
#include "proto/job.pb.h"

namespace shoal {

// What one pass over a job's sources finds.
struct ScannedData {
  ResolvedJob job;
  // By table number; empty where the table gives num_embeddings or no feature reads it.
  std::vector<Vocabulary> vocabularies;
};

// Asked now and then during a scan; true ends it with Cancelled.
using Interrupted = absl::FunctionRef<bool()>;
inline bool NeverInterrupted() { return false; }

// Fills in everything that ResolvedJob promises but vocabulary_directory. `job` has passed ValidateJob.
// Errors: NotFound (a source, with its path), DataLoss (a damaged compressed source), InvalidArgument (file:line,
// column and value of a bad record, or what ResolveJob refuses).
absl::StatusOr<ScannedData> ScanData(const JobConfig& job, Interrupted interrupted = NeverInterrupted);

// As ScanData for a job that is resumed: vocabularies are read from `vocabulary_directory` instead of built, and a key
// that is not in them is a bad record.
absl::StatusOr<ScannedData> ScanDataWithVocabularies(const JobConfig& job, const std::string& vocabulary_directory,
                                                     Interrupted interrupted = NeverInterrupted);

// Writes <directory>/<table>.txt for each vocabulary. The directory is created if need be. Each file appears whole or
// not at all.
absl::Status WriteVocabularies(const ScannedData& data, const std::string& directory);

struct TrainingData {
  Dataset train;
  Dataset validation;  // Empty where the job has none.
};

// The examples of a resolved job, whose vocabularies lie in vocabulary_directory. A random split is the same for every
// caller. Columns are those that the model reads, each once. Fails with DataLoss where the sources no longer have the
// number of examples, or a vocabulary the number of keys, that the resolved job says.
absl::StatusOr<TrainingData> LoadData(const ResolvedJob& job);

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_LOAD_DATA_H_
