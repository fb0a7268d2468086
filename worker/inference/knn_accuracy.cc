#include "worker/inference/knn_accuracy.h"

#include <cstddef>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/neighbors/nearest_neighbors.h"

namespace shoal {
namespace {

const std::vector<int64_t>& LabelsOf(const TrainedModel& model, const Dataset& data) {
  return data.label_columns[data.FindLabelColumn(model.job().job().model().network().label())].labels;
}

}  // namespace

int64_t VotedLabel(absl::Span<const int64_t> labels) {
  int64_t best = labels[0];
  std::ptrdiff_t most = 0;
  // A label that comes later must have more votes.
  for (const int64_t label : labels) {
    const std::ptrdiff_t votes = absl::c_count(labels, label);
    if (votes <= most) continue;
    best = label;
    most = votes;
  }
  return best;
}

absl::StatusOr<double> MeasureKnnAccuracy(TrainedModel& model, const Dataset& train, const Dataset& data,
                                          InferenceProgress progress) {
  if (train.num_examples == 0 || data.num_examples == 0) {
    return absl::InvalidArgumentError(absl::StrCat("knn_accuracy needs examples: there are ", train.num_examples,
                                                   " for training, and ", data.num_examples, " to be measured"));
  }
  const KnnAccuracy& config = model.job().job().model().network().knn_accuracy();
  SHOAL_ASSIGN_OR_RETURN(const Embeddings trained, model.Embed(train, progress));
  SHOAL_ASSIGN_OR_RETURN(const NearestNeighbors search,
                         NearestNeighbors::Create(trained.values, trained.dim, config.distance()));
  SHOAL_ASSIGN_OR_RETURN(const Embeddings embeddings,
                         model.Embed(data, [&](int64_t examples) { return progress(train.num_examples + examples); }));
  SHOAL_ASSIGN_OR_RETURN(const Neighbors neighbors, search.Search(embeddings.values, config.k(), [&] {
    return progress(train.num_examples + data.num_examples);
  }));
  const std::vector<int64_t>& train_labels = LabelsOf(model, train);
  std::vector<int64_t> votes;
  for (const int64_t index : neighbors.indices) votes.push_back(train_labels[static_cast<size_t>(index)]);
  int64_t correct = 0;
  absl::Span<const int64_t> rest = votes;
  for (const int64_t label : LabelsOf(model, data)) {
    if (VotedLabel(rest.first(static_cast<size_t>(neighbors.k))) == label) ++correct;
    rest.remove_prefix(static_cast<size_t>(neighbors.k));
  }
  return static_cast<double>(correct) / static_cast<double>(data.num_examples);
}

}  // namespace shoal
