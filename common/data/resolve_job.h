// Fills in the defaults of a job that depend on its data or on other fields.
#ifndef SHOAL_COMMON_DATA_RESOLVE_JOB_H_
#define SHOAL_COMMON_DATA_RESOLVE_JOB_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "common/data/model_inputs.h"
#include "common/data/skipped_records.h"
#include "proto/job.pb.h"

namespace shoal {

// What a pass over a job's sources has counted.
struct DataSizes {
  int64_t num_train_examples = 0;
  int64_t num_validation_examples = 0;
  SkippedRecords skipped;
  uint64_t train_content_hash = 0;
  uint64_t validation_content_hash = 0;  // 0 where the job has no data.validation.
  // Keys of each table's vocabulary, and hash buckets behind them, by table number; 0 where it has none.
  std::vector<int64_t> table_rows;
  std::vector<int64_t> num_classes;  // As ModelInputs::labels.
  std::vector<ImageInfo> images;     // As ModelInputs::images.
};

// Everything that ResolvedJob promises but vocabulary_directory. InvalidArgument: there are no training examples, no
// validation examples where the job asks for them, no step or more than 2^32 - 1, a table smaller than the ids that
// look it up, a padding_idx out of range, a text column without any token, or a network that does not fit the data
// (check_network.h).
absl::StatusOr<ResolvedJob> ResolveJob(const JobConfig& job, const ModelInputs& inputs, const DataSizes& sizes);

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_RESOLVE_JOB_H_
