#include "common/data/check_network.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"
#include "common/config/diagnostic.h"
#include "common/config/field_locations.h"
#include "common/config/message_check.h"
#include "common/config/tower_inputs.h"
#include "common/config/validate_tower.h"

namespace shoal {
namespace {

constexpr char kNetwork[] = "model.network";

// Outputs of the tower.
absl::StatusOr<int> CheckTower(const ResolvedJob& job) {
  const absl::optional<int64_t> inputs = FindTowerInputs(job.job(), job.images());
  if (!inputs.has_value() || *inputs > kMaxTowerInputs) {
    return absl::InvalidArgumentError(absl::StrCat(kNetwork, ".features: make ", inputs.value_or(0),
                                                   " numbers an example; at most ", kMaxTowerInputs, " are possible"));
  }
  const Network& network = job.job().model().network();
  const FieldLocations locations({"", 0, 0});
  std::vector<Diagnostic> problems;
  const MessageCheck check(network, kNetwork, locations, &problems);
  const absl::optional<int> outputs = ValidateTower(network.tower(), static_cast<int>(*inputs),
                                                    [&](int layer) { return check.Element("tower", layer); });
  if (problems.empty()) return *outputs;
  return absl::InvalidArgumentError(absl::StrJoin(problems, "\n", [](std::string* text, const Diagnostic& problem) {
    absl::StrAppend(text, problem.field, ": ", problem.message);
  }));
}

}  // namespace

absl::Status CheckNetwork(const ResolvedJob& job) {
  if (!job.job().model().has_network()) return absl::OkStatus();
  SHOAL_ASSIGN_OR_RETURN(const int outputs, CheckTower(job));
  const Network& network = job.job().model().network();
  if (network.has_knn_accuracy() && network.knn_accuracy().k() > job.num_train_examples()) {
    return absl::InvalidArgumentError(absl::StrCat(kNetwork, ".knn_accuracy.k: is ", network.knn_accuracy().k(),
                                                   ", but there are ", job.num_train_examples(), " training examples"));
  }
  if (job.labels().empty()) return absl::OkStatus();
  const int64_t classes = job.labels(0).num_classes();
  const std::string found = absl::StrCat("label '", network.label(), "' has ", classes, " classes in data.train");
  if (network.loss().has_softmax_cross_entropy() && outputs < classes) {
    return absl::InvalidArgumentError(absl::StrCat(kNetwork, ".tower: has ", outputs, " outputs, but ", found,
                                                   ": softmax_cross_entropy needs an output for each"));
  }
  if (network.has_balanced_batches() && network.balanced_batches().classes() > classes) {
    return absl::InvalidArgumentError(absl::StrCat(kNetwork, ".balanced_batches.classes: is ",
                                                   network.balanced_batches().classes(), ", but ", found));
  }
  return absl::OkStatus();
}

}  // namespace shoal
