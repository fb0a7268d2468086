#include "absl/strings/str_cat.h"
#include "common/config/tower_inputs.h"
#include "common/config/validate_sections.h"
#include "common/config/validate_tower.h"

namespace shoal {
namespace {

// k must also be at most the number of training examples, which is not known before the data is read
// (common/data/check_network.h).
void ValidateKnnAccuracy(const JobConfig& job, const MessageCheck& network, const MessageCheck& check) {
  check.AtLeast("k", 1);
  const KnnAccuracy& knn = job.model().network().knn_accuracy();
  if (knn.distance() == SQUARED_EUCLIDEAN) {
    check.Problem("distance", "must be EUCLIDEAN, which has the same nearest neighbours, or COSINE");
  }
  if (!job.model().network().has_label() && !network.IsUnreadable("label")) {
    check.Problem("", "needs model.network.label, the labels that neighbours are compared by");
  }
  const FieldLocations& locations = check.locations();
  const bool unreadable = locations.IsUnreadable("data.validation") || locations.IsUnreadable("data.random_split");
  if (!job.data().has_validation() && !job.data().has_random_split() && !unreadable) {
    check.Problem("", "needs validation data: data.validation or data.random_split");
  }
}

}  // namespace

void ValidateNetwork(const JobConfig& job, const ModelReferences& references, const MessageCheck& check) {
  const Network& network = job.model().network();
  ValidateFeatures(job, references, check);
  // Sizes of images are not known before the data is read (common/data/check_network.h).
  absl::optional<int64_t> inputs = FindTowerInputs(job, /*images=*/{});
  if (inputs.has_value() && *inputs > kMaxTowerInputs) {
    check.Problem("features",
                  absl::StrCat("must make at most ", kMaxTowerInputs, " numbers an example, make ", *inputs));
    inputs = absl::nullopt;
  }
  const absl::optional<int> in_features =
      inputs.has_value() && *inputs > 0 ? absl::make_optional(static_cast<int>(*inputs)) : absl::nullopt;
  const absl::optional<int> outputs =
      ValidateTower(network.tower(), in_features, [&](int layer) { return check.Element("tower", layer); });
  if (network.has_embedding_layers()) check.Between("embedding_layers", 0, network.tower_size());
  if (network.has_knn_accuracy()) ValidateKnnAccuracy(job, check, check.Nested("knn_accuracy"));
  ValidateLoss(network, outputs, references, check);
}

}  // namespace shoal
