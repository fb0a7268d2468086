// The job with which a checkpoint's model is applied to examples.
#ifndef SHOAL_LAUNCHER_COMMANDS_INFERENCE_JOB_H_
#define SHOAL_LAUNCHER_COMMANDS_INFERENCE_JOB_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/checkpoint/checkpoint_reader.h"
#include "proto/job.pb.h"

namespace shoal {

// The checkpoint's own job where `job_file` is empty. Else that file's sources of data, embedding_layers, knn_accuracy
// and validation_batch_size take the place of the checkpoint's; with `scans_data` its data.train and data.validation
// are read through, so that the numbers of examples are theirs. Vocabularies are always those of the checkpoint, whose
// bytes are verified.
//
// FailedPrecondition: columns, tables or model of the file are not those of the checkpoint; names every field that
// differs. InvalidArgument: all problems of the job file, a line each. Both carry the exit code of a bad job.
absl::StatusOr<ResolvedJob> InferenceJob(const CheckpointReader& checkpoint, const std::string& job_file,
                                         bool scans_data);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_COMMANDS_INFERENCE_JOB_H_
