#include <limits>
#include <string>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "common/config/member_features.h"
#include "common/config/model_references.h"
#include "common/config/validate_sections.h"

namespace shoal {
namespace {

void ValidateSoftmaxCrossEntropy(const SoftmaxCrossEntropy& loss, absl::optional<int> outputs,
                                 const MessageCheck& check) {
  check.Between("label_smoothing", 0, 1);
  check.AtLeast("top_k", 1);
  double sum = 0;
  for (int i = 0; i < loss.weight_size(); ++i) {
    sum += loss.weight(i);
    if (loss.weight(i) < 0) {
      check.Problem("weight", absl::StrCat("must not be negative, is ", loss.weight(i), " for class ", i));
    }
  }
  if (loss.weight_size() > 0 && sum == 0) check.Problem("weight", "must be above 0 for some class");
  if (!outputs.has_value()) return;
  if (loss.weight_size() > 0 && loss.weight_size() != *outputs) {
    check.Problem("weight", absl::StrCat("must be given for each of the tower's ", *outputs, " outputs, is for ",
                                         loss.weight_size()));
  }
  if (loss.top_k() > *outputs) {
    check.Problem("top_k",
                  absl::StrCat("must be at most the number of the tower's outputs, ", *outputs, ", is ", loss.top_k()));
  }
}

// Of Triplet or Contrastive.
void ValidateDistanceLoss(const MessageCheck& check) {
  check.AtLeast("margin", 0);
  check.AtLeast("eps", 0);
}

// Given triplets and pairs, and what only those have.
void ValidateMembers(const Network& network, const ModelReferences& references, const MessageCheck& check) {
  const LossConfig& loss = network.loss();
  const int expected = NumFurtherMembers(loss);
  if (network.members_size() != expected) {
    const char* what = loss.has_triplet() ? "positive and negative of a given triplet" : "other one of a given pair";
    check.Problem("members",
                  expected == 0 ? "are for triplet and contrastive losses with mining: GIVEN alone"
                                : absl::StrCat("must be ", expected, ", the ", what, ", are ", network.members_size()));
  }
  const MessageCheck contrastive = check.Nested("loss").Nested("contrastive");
  if (loss.contrastive().mining() == Contrastive::GIVEN) {
    if (contrastive.Required("same")) {
      references.CheckColumn(loss.contrastive().same(), ColumnKind::kNumber, "same", contrastive);
    }
  } else if (loss.contrastive().has_same()) {
    contrastive.Problem("same", "is for mining: GIVEN alone; other pairs are compared by their labels");
  }
  if (expected > 0 && network.has_balanced_batches()) {
    check.Problem("balanced_batches", "contradicts mining: GIVEN; the examples are compared as the data gives them");
  }
}

// Whether a feature of the network reads the table.
bool IsFeatureTable(const Network& network, const std::string& table) {
  return absl::c_any_of(network.features(), [&](const InputFeature& feature) {
    return feature.id().table() == table || feature.bag().table() == table;
  });
}

void ValidateSampledSoftmax(const Network& network, absl::optional<int> outputs, const ModelReferences& references,
                            const MessageCheck& check) {
  const SampledSoftmax& loss = network.loss().sampled_softmax();
  if (check.Required("num_sampled")) check.AtLeast("num_sampled", 1);
  const TableConfig* table = check.Required("table") ? references.Table(loss.table(), "table", check) : nullptr;
  if (table != nullptr && table->has_embedding_dim() && outputs.has_value() && table->embedding_dim() != *outputs) {
    check.Problem("table", absl::StrCat("table '", loss.table(), "' must have the embedding_dim of the tower's ",
                                        *outputs, " outputs, has ", table->embedding_dim()));
  }
  if (loss.has_bias_table()) references.CheckBias(loss.bias_table(), "bias_table", table, check);
  if (loss.has_bias_table() && loss.bias_table() == loss.table()) {
    check.Problem("bias_table", absl::StrCat("must not be the table of the classes' rows, '", loss.table(), "'"));
  }
  for (const auto& [field, name] : {std::pair("table", loss.table()), std::pair("bias_table", loss.bias_table())}) {
    if (name.empty() || !IsFeatureTable(network, name)) continue;
    check.Problem(field, absl::StrCat("must be a table of its own, with a row a class; '", name,
                                      "' is looked up by the ids of a feature"));
  }
}

// `lowest` is the least that either number may be: a batch of one label, or of one example each, has no two to compare.
void ValidateBalancedBatches(const BalancedBatches& batches, int lowest, const MessageCheck& check) {
  const bool classes = check.Required("classes");
  const bool samples = check.Required("samples");
  if (classes) check.AtLeast("classes", lowest);
  if (samples) check.AtLeast("samples", lowest);
  const int64_t size = int64_t{batches.classes()} * batches.samples();
  if (batches.classes() > 0 && batches.samples() > 0 && size > std::numeric_limits<int32_t>::max()) {
    check.Problem("", absl::StrCat("classes times samples must be below 2^31, is ", size));
  }
}

}  // namespace

void ValidateLoss(const Network& network, absl::optional<int> outputs, const ModelReferences& references,
                  const MessageCheck& check) {
  const MessageCheck loss_check = check.Nested("loss");
  const LossConfig& loss = network.loss();
  if (check.Required("loss")) loss_check.RequireOneOf("loss");
  if (loss.has_softmax_cross_entropy()) {
    ValidateSoftmaxCrossEntropy(loss.softmax_cross_entropy(), outputs, loss_check.Nested("softmax_cross_entropy"));
  }
  if (loss.has_sampled_softmax()) {
    ValidateSampledSoftmax(network, outputs, references, loss_check.Nested("sampled_softmax"));
  }
  if (loss.has_triplet()) ValidateDistanceLoss(loss_check.Nested("triplet"));
  if (loss.has_contrastive()) ValidateDistanceLoss(loss_check.Nested("contrastive"));
  ValidateMembers(network, references, check);
  // All losses read labels, unless the data says what to compare.
  if (network.has_label() || (loss.loss_case() != LossConfig::LOSS_NOT_SET && NumFurtherMembers(loss) == 0)) {
    if (check.Required("label")) references.CheckColumn(network.label(), ColumnKind::kLabel, "label", check);
  }
  if (!network.has_balanced_batches()) return;
  const bool compares = loss.has_triplet() || loss.has_contrastive();
  ValidateBalancedBatches(network.balanced_batches(), compares ? 2 : 1, check.Nested("balanced_batches"));
}

}  // namespace shoal
