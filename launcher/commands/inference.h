// What `shoal embed`, `predict` and `evaluate` begin with: a checkpoint's model, and the examples that it is for.
#ifndef SHOAL_LAUNCHER_COMMANDS_INFERENCE_H_
#define SHOAL_LAUNCHER_COMMANDS_INFERENCE_H_

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/file_system.h"
#include "common/data/dataset.h"
#include "common/data/skipped_records.h"
#include "proto/job.pb.h"
#include "worker/inference/trained_model.h"

namespace shoal {

struct InferenceOptions {
  // A checkpoint, a directory of checkpoints or a run directory: then its latest checkpoint.
  std::string checkpoint;
  // As InferenceJob.
  std::string job_file;
  // "train" or "validation": those of the job. Else a file of the layout of data.train.
  std::string input = "validation";
  // The file of the labels of an `input` that is an IDX file. Empty: it has none.
  std::string labels;
  // Whether an `input` that is a file lacks labels and targets, or they are not to be read.
  bool unlabeled = false;
};

struct Inference {
  std::string checkpoint;
  uint64_t step = 0;
  std::unique_ptr<TrainedModel> model;
  Dataset input;
  std::string input_name;  // For people: "validation", or the file.
  // Of an `input` that is a file. Those of the job's sources were reported when it was trained.
  SkippedRecords skipped;
  // data.train, where it is asked for, the job has knn_accuracy and the input is another; else no examples.
  Dataset train;

  const JobConfig& job() const { return model->job().job(); }
};

enum class InferencePurpose {
  kApply,    // Examples of a file may lack labels and targets.
  kMeasure,  // They have them, and data.train comes along where knn_accuracy is measured.
};

// Errors: NotFound (no checkpoint, no file), FailedPrecondition (the job has no validation data; `labels` or
// `unlabeled` is missing or out of place), as InferenceJob, TrainedModel::Load, LoadData and LoadOtherData.
absl::StatusOr<Inference> StartInference(FileSystem& files, const InferenceOptions& options, InferencePurpose purpose);

// The classes of the job's label by number, empty where the job has no label; and by example of the input those that it
// has, empty where the input lacks them.
struct InputLabels {
  std::vector<std::string> classes;
  std::vector<int64_t> labels;
};
absl::StatusOr<InputLabels> LabelsOf(const Inference& inference);

// How many bad records were left out, and the first of them, where there were any.
void ReportSkipped(const Inference& inference, std::ostream& out);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_COMMANDS_INFERENCE_H_
