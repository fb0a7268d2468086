#include "absl/strings/str_cat.h"
#include "common/config/tower_inputs.h"
#include "common/config/validate_sections.h"
#include "common/config/validate_tower.h"

namespace shoal {

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
  ValidateLoss(network, outputs, references, check);
}

}  // namespace shoal
