#include "launcher/commands/evaluate.h"

#include "absl/strings/str_format.h"
#include "common/base/status_macros.h"
#include "launcher/commands/example_progress.h"
#include "launcher/metrics_json.h"
#include "worker/inference/knn_accuracy.h"

namespace shoal {
namespace {

absl::Status Measure(const Inference& inference, std::ostream& err, nlohmann::ordered_json* metrics) {
  const int64_t examples = inference.input.num_examples;
  MetricSums sums;
  {
    ExampleProgress progress(err, ErrorsGoToTerminal(), "evaluate", examples);
    SHOAL_ASSIGN_OR_RETURN(sums, inference.model->Evaluate(inference.input, progress));
  }
  *metrics = MetricsJson(sums);
  if (inference.train.num_examples == 0) return absl::OkStatus();
  ExampleProgress progress(err, ErrorsGoToTerminal(), kKnnAccuracy, inference.train.num_examples + examples);
  SHOAL_ASSIGN_OR_RETURN((*metrics)[kKnnAccuracy],
                         MeasureKnnAccuracy(*inference.model, inference.train, inference.input, progress));
  return absl::OkStatus();
}

}  // namespace

absl::Status RunEvaluate(FileSystem& files, const EvaluateOptions& options, std::ostream& out, std::ostream& err) {
  SHOAL_ASSIGN_OR_RETURN(const Inference inference,
                         StartInference(files, options.inference, InferencePurpose::kMeasure));
  nlohmann::ordered_json metrics;
  SHOAL_RETURN_IF_ERROR(Measure(inference, err, &metrics));
  ReportSkipped(inference, err);
  if (options.json) {
    out << metrics.dump(2) << "\n";
    return absl::OkStatus();
  }
  // Numbers as in JSON: the shortest text that reads back as the same one.
  for (const auto& [name, value] : metrics.items()) out << absl::StrFormat("%-16s  %s\n", name, value.dump());
  return absl::OkStatus();
}

}  // namespace shoal
