// The sections of a job's validation, one a function. Each reports what it finds through the check of its message.
#ifndef SHOAL_COMMON_CONFIG_VALIDATE_SECTIONS_H_
#define SHOAL_COMMON_CONFIG_VALIDATE_SECTIONS_H_

#include "absl/types/optional.h"
#include "common/config/message_check.h"
#include "common/config/model_references.h"
#include "proto/job.pb.h"

namespace shoal {

// `check` is of job.data.
void ValidateData(const DataConfig& data, const MessageCheck& check);
// `check` is of the job, as `tables` belongs to it.
void ValidateTables(const JobConfig& job, const MessageCheck& check);
// `check` is of the job: a model refers to its tables and to its data's columns.
void ValidateModel(const JobConfig& job, const MessageCheck& check);
// `check` is of job.model.network.
void ValidateNetwork(const JobConfig& job, const ModelReferences& references, const MessageCheck& check);
// What a network reads, for all members of an example: `check` is as ValidateNetwork's.
void ValidateFeatures(const JobConfig& job, const ModelReferences& references, const MessageCheck& check);
// What a network learns: `check` is as ValidateNetwork's, `outputs` those of the tower, nothing where not known.
void ValidateLoss(const Network& network, absl::optional<int> outputs, const ModelReferences& references,
                  const MessageCheck& check);
// `check` is of job.training.
void ValidateTraining(const TrainingConfig& training, const MessageCheck& check);
// `check` is of an OptimizerConfig: training's or a table's.
void ValidateOptimizer(const OptimizerConfig& optimizer, const MessageCheck& check);
// `check` is of the job: the batch is split over the workers.
void ValidateCluster(const JobConfig& job, const MessageCheck& check);

}  // namespace shoal

#endif  // SHOAL_COMMON_CONFIG_VALIDATE_SECTIONS_H_
