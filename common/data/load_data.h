// The second of two passes over the sources that a job names: every worker loads the examples into memory, with the
// vocabularies that the first pass (scan_data.h) has built.
#ifndef SHOAL_COMMON_DATA_LOAD_DATA_H_
#define SHOAL_COMMON_DATA_LOAD_DATA_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/interrupted.h"
#include "common/data/dataset.h"
#include "common/data/skipped_records.h"
#include "proto/job.pb.h"

namespace shoal {

struct TrainingData {
  Dataset train;
  Dataset validation;  // Empty where the job has none.
};

// Of which examples names are kept.
struct KeptNames {
  KeepNames train = KeepNames::kNo;
  KeepNames validation = KeepNames::kNo;
};

// The examples of a resolved job, whose vocabularies lie in vocabulary_directory. A random split is the same for every
// caller. Columns are those that the model reads, each once. Fails with DataLoss where the sources no longer have the
// examples or the size of images, or a vocabulary the number of keys, that the resolved job says; with Cancelled where
// `interrupted` said so.
absl::StatusOr<TrainingData> LoadData(const ResolvedJob& job, KeptNames names = {},
                                      Interrupted interrupted = NeverInterrupted);

// Whether examples have what the model learns to predict: labels and targets.
enum class Truth { kGiven, kAbsent };

struct OtherData {
  Dataset examples;
  SkippedRecords skipped;
};

// The examples of another source, for a model that is trained. The job's vocabularies stand: a key or a label that they
// do not have makes a bad record. `field` is the source's name in errors. InvalidArgument also: its images have not the
// size of those of the job; there are no good records.
//
// Truth::kAbsent: labels and targets are not read, and the result has no columns of them. A DELIMITED file with a
// header line may have them or not; the lines of one without have no fields for them, and those behind move up.
absl::StatusOr<OtherData> LoadOtherData(const ResolvedJob& job, const DataSource& source, absl::string_view field,
                                        Truth truth = Truth::kGiven, KeepNames names = KeepNames::kNo);

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_LOAD_DATA_H_
