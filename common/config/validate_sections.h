// The sections of a job's validation, one a function. Each reports what it finds through the check of its message.
#ifndef SHOAL_COMMON_CONFIG_VALIDATE_SECTIONS_H_
#define SHOAL_COMMON_CONFIG_VALIDATE_SECTIONS_H_

#include "common/config/message_check.h"
#include "proto/job.pb.h"

namespace shoal {

// `check` is of job.data.
void ValidateData(const DataConfig& data, const MessageCheck& check);
// `check` is of the job, as `tables` belongs to it.
void ValidateTables(const JobConfig& job, const MessageCheck& check);
// `check` is of the job: a model refers to its tables and to its data's columns.
void ValidateModel(const JobConfig& job, const MessageCheck& check);
// `check` is of job.training.
void ValidateTraining(const TrainingConfig& training, const MessageCheck& check);
// `check` is of an OptimizerConfig: training's or a table's.
void ValidateOptimizer(const OptimizerConfig& optimizer, const MessageCheck& check);
// `check` is of the job: the batch is split over the workers.
void ValidateCluster(const JobConfig& job, const MessageCheck& check);

}  // namespace shoal

#endif  // SHOAL_COMMON_CONFIG_VALIDATE_SECTIONS_H_
