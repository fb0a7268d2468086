#include "common/data/check_network.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"
#include "common/codec/message_limits.h"
#include "common/config/diagnostic.h"
#include "common/config/field_locations.h"
#include "common/config/find_table.h"
#include "common/config/message_check.h"
#include "common/config/tower_inputs.h"
#include "common/config/validate_tower.h"

namespace shoal {
namespace {

constexpr char kNetwork[] = "model.network";
constexpr char kSampledSoftmax[] = "model.network.loss.sampled_softmax";

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

// A table of the classes, with `dim` numbers a row. `found` says how many classes there are.
absl::Status CheckClassTable(const ResolvedJob& job, const std::string& field, const std::string& name, int dim,
                             const std::string& found) {
  const auto invalid = [&](auto... problem) {
    return absl::InvalidArgumentError(absl::StrCat(kSampledSoftmax, ".", field, ": ", problem...));
  };
  const absl::optional<int> number = FindTable(job.job(), name);
  if (!number.has_value()) return invalid("no table is named '", name, "'");
  const TableConfig& table = job.job().tables(*number);
  if (table.embedding_dim() != dim) {
    return invalid("table '", name, "' must have embedding_dim ", dim, ", has ", table.embedding_dim());
  }
  if (table.num_embeddings() < job.labels(0).num_classes()) {
    return invalid("table '", name, "' has num_embeddings ", table.num_embeddings(), ", but ", found,
                   ": it needs a row for each");
  }
  return absl::OkStatus();
}

// Validation over all classes reads their rows in one request to each server.
absl::Status CheckValidationRequest(const ResolvedJob& job, int dim) {
  const int64_t servers = job.job().cluster().parameter_servers();
  const int64_t bytes = job.labels(0).num_classes() * dim * static_cast<int64_t>(sizeof(float));
  if (job.num_validation_examples() == 0 || servers == 0 || bytes / servers < kMaxMessageBytes) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(kSampledSoftmax, ".sampled_validation: is false, but ", bytes,
                                                 " bytes of class rows are too many to be read from ", servers,
                                                 " parameter servers at once, each of which can send ",
                                                 kMaxMessageBytes, "; set it to true"));
}

absl::Status CheckSampledSoftmax(const ResolvedJob& job, int outputs, const std::string& found) {
  const SampledSoftmax& loss = job.job().model().network().loss().sampled_softmax();
  SHOAL_RETURN_IF_ERROR(CheckClassTable(job, "table", loss.table(), outputs, found));
  if (loss.has_bias_table()) {
    SHOAL_RETURN_IF_ERROR(CheckClassTable(job, "bias_table", loss.bias_table(), /*dim=*/1, found));
  }
  if (loss.unique() && loss.num_sampled() > job.labels(0).num_classes()) {
    return absl::InvalidArgumentError(absl::StrCat(kSampledSoftmax, ".num_sampled: is ", loss.num_sampled(), ", but ",
                                                   found, ": draw fewer, or set unique to false"));
  }
  return loss.sampled_validation() ? absl::OkStatus() : CheckValidationRequest(job, outputs);
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
  if (network.loss().has_sampled_softmax()) SHOAL_RETURN_IF_ERROR(CheckSampledSoftmax(job, outputs, found));
  if (network.has_balanced_batches() && network.balanced_batches().classes() > classes) {
    return absl::InvalidArgumentError(absl::StrCat(kNetwork, ".balanced_batches.classes: is ",
                                                   network.balanced_batches().classes(), ", but ", found));
  }
  return absl::OkStatus();
}

}  // namespace shoal
