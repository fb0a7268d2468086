#include "launcher/commands/predict.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "common/base/counted.h"
#include "common/base/status_macros.h"
#include "launcher/commands/check_free.h"
#include "launcher/commands/example_names.h"
#include "launcher/commands/example_progress.h"
#include "launcher/commands/float_text.h"
#include "launcher/commands/output_file.h"

namespace shoal {
namespace {

// What the predictions stand beside.
struct Columns {
  const Dataset* examples;
  std::string header;
  InputLabels labels;               // Of classifiers,
  absl::Span<const float> targets;  // and of others; empty where the input does not have the truth.
};

absl::StatusOr<Columns> ColumnsOf(const Inference& inference) {
  Columns columns{&inference.input, NamesHeader(inference.input), {}, {}};
  if (inference.job().model().has_network()) {
    SHOAL_ASSIGN_OR_RETURN(columns.labels, LabelsOf(inference));
    absl::StrAppend(&columns.header, "\tpredicted\tprobability", columns.labels.labels.empty() ? "\n" : "\tlabel\n");
    return columns;
  }
  const std::string& target = inference.job().model().matrix_factorization().target();
  const int column = inference.input.FindNumberColumn(target);
  absl::StrAppend(&columns.header, "\tpredicted", column < 0 ? "" : absl::StrCat("\t", target), "\n");
  if (column >= 0) columns.targets = inference.input.number_columns[column].values;
  return columns;
}

void AppendLine(const Columns& columns, size_t example, const Prediction& prediction, std::string* out) {
  const InputLabels& labels = columns.labels;
  AppendNames(*columns.examples, example, out);
  out->push_back('\t');
  if (!labels.classes.empty()) {
    AppendField(labels.classes[static_cast<size_t>(prediction.label)], out);
    out->push_back('\t');
  }
  AppendFloat(prediction.value, out);
  if (!columns.targets.empty()) {
    out->push_back('\t');
    AppendFloat(columns.targets[example], out);
  }
  if (!labels.labels.empty()) {
    out->push_back('\t');
    AppendField(labels.classes[static_cast<size_t>(labels.labels[example])], out);
  }
  out->push_back('\n');
}

absl::Status WritePredictions(FileSystem& files, const std::string& path, const Columns& columns,
                              const std::vector<Prediction>& predictions) {
  SHOAL_ASSIGN_OR_RETURN(OutputFile file, OutputFile::Create(files, path));
  *file.buffer() += columns.header;
  for (size_t i = 0; i < predictions.size(); ++i) {
    AppendLine(columns, i, predictions[i], file.buffer());
    SHOAL_RETURN_IF_ERROR(file.FlushIfLarge());
  }
  return file.Finish();
}

}  // namespace

absl::Status RunPredict(FileSystem& files, const PredictOptions& options, std::ostream& out, std::ostream& err) {
  if (!options.output.empty()) SHOAL_RETURN_IF_ERROR(CheckFree(files, options.output, options.overwrite));
  SHOAL_ASSIGN_OR_RETURN(const Inference inference, StartInference(files, options.inference, InferencePurpose::kApply));
  std::vector<Prediction> predictions;
  {
    ExampleProgress progress(err, ErrorsGoToTerminal(), "predict", inference.input.num_examples);
    SHOAL_ASSIGN_OR_RETURN(predictions, inference.model->Predict(inference.input, progress));
  }
  SHOAL_ASSIGN_OR_RETURN(const Columns columns, ColumnsOf(inference));
  if (options.output.empty()) {
    std::string text = columns.header;
    for (size_t i = 0; i < predictions.size(); ++i) AppendLine(columns, i, predictions[i], &text);
    out << text;
    ReportSkipped(inference, err);
    return absl::OkStatus();
  }
  SHOAL_RETURN_IF_ERROR(WritePredictions(files, options.output, columns, predictions));
  ReportSkipped(inference, out);
  out << options.output << ": predictions for " << Counted(predictions.size(), "example") << " of "
      << inference.input_name << " at step " << inference.step << "\n";
  return absl::OkStatus();
}

}  // namespace shoal
