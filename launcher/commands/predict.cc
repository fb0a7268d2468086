#include "launcher/commands/predict.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "common/base/status_macros.h"
#include "launcher/commands/check_free.h"
#include "launcher/commands/example_progress.h"
#include "launcher/commands/float_text.h"
#include "launcher/commands/output_file.h"

namespace shoal {
namespace {

// What the predictions are of.
struct Truth {
  std::string header;
  InputLabels labels;               // Of classifiers,
  absl::Span<const float> targets;  // and of others.
};

absl::StatusOr<Truth> TruthOf(const Inference& inference) {
  Truth truth;
  if (inference.job().model().has_network()) {
    truth.header = "predicted\tprobability\tlabel\n";
    SHOAL_ASSIGN_OR_RETURN(truth.labels, LabelsOf(inference));
    return truth;
  }
  const std::string& target = inference.job().model().matrix_factorization().target();
  truth.header = absl::StrCat("predicted\t", target, "\n");
  truth.targets = inference.input.number_columns[inference.input.FindNumberColumn(target)].values;
  return truth;
}

void AppendLine(const Truth& truth, size_t example, const Prediction& prediction, std::string* out) {
  const InputLabels& labels = truth.labels;
  if (!labels.classes.empty()) absl::StrAppend(out, labels.classes[static_cast<size_t>(prediction.label)], "\t");
  AppendFloat(prediction.value, out);
  out->push_back('\t');
  if (labels.classes.empty()) {
    AppendFloat(truth.targets[example], out);
  } else {
    out->append(labels.classes[static_cast<size_t>(labels.labels[example])]);
  }
  out->push_back('\n');
}

absl::Status WritePredictions(FileSystem& files, const std::string& path, const Truth& truth,
                              const std::vector<Prediction>& predictions) {
  SHOAL_ASSIGN_OR_RETURN(OutputFile file, OutputFile::Create(files, path));
  *file.buffer() += truth.header;
  for (size_t i = 0; i < predictions.size(); ++i) {
    AppendLine(truth, i, predictions[i], file.buffer());
    SHOAL_RETURN_IF_ERROR(file.FlushIfLarge());
  }
  return file.Finish();
}

}  // namespace

absl::Status RunPredict(FileSystem& files, const PredictOptions& options, std::ostream& out, std::ostream& err) {
  if (!options.output.empty()) SHOAL_RETURN_IF_ERROR(CheckFree(files, options.output, options.overwrite));
  SHOAL_ASSIGN_OR_RETURN(const Inference inference, StartInference(files, options.inference, NeedsNeighbors::kNo));
  std::vector<Prediction> predictions;
  {
    ExampleProgress progress(err, ErrorsGoToTerminal(), "predict", inference.input.num_examples);
    SHOAL_ASSIGN_OR_RETURN(predictions, inference.model->Predict(inference.input, progress));
  }
  SHOAL_ASSIGN_OR_RETURN(const Truth truth, TruthOf(inference));
  if (options.output.empty()) {
    std::string text = truth.header;
    for (size_t i = 0; i < predictions.size(); ++i) AppendLine(truth, i, predictions[i], &text);
    out << text;
    ReportSkipped(inference, err);
    return absl::OkStatus();
  }
  SHOAL_RETURN_IF_ERROR(WritePredictions(files, options.output, truth, predictions));
  ReportSkipped(inference, out);
  out << options.output << ": predictions for the " << predictions.size() << " examples of " << inference.input_name
      << " at step " << inference.step << "\n";
  return absl::OkStatus();
}

}  // namespace shoal
