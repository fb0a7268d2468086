#include <string>

#include "absl/strings/str_cat.h"
#include "common/config/model_references.h"
#include "common/config/validate_sections.h"

namespace shoal {
namespace {

void ValidateBiases(const MatrixFactorization& model, const TableConfig* user, const TableConfig* item,
                    const ModelReferences& references, const MessageCheck& check) {
  if (model.has_user_bias_table()) {
    references.CheckBias(model.user_bias_table(), "user_bias_table", user, check);
  }
  if (model.has_item_bias_table()) {
    references.CheckBias(model.item_bias_table(), "item_bias_table", item, check);
  }
  if (model.has_user_bias_table() && model.has_item_bias_table() &&
      model.user_bias_table() == model.item_bias_table() && model.user().table() != model.item().table()) {
    check.Problem("item_bias_table", absl::StrCat("must not be the user_bias_table ('", model.user_bias_table(),
                                                  "'): users and items have ids of their own"));
  }
  if (!model.has_global_bias_table()) return;
  const std::string& global = model.global_bias_table();
  references.CheckBias(global, "global_bias_table", nullptr, check);
  if (global == model.user().table() || global == model.item().table() || global == model.user_bias_table() ||
      global == model.item_bias_table()) {
    check.Problem("global_bias_table", absl::StrCat("must be a table of its own; '", global, "' is looked up by ids"));
  }
}

void ValidateOutputRange(const MatrixFactorization::OutputRange& range, const MessageCheck& check) {
  const bool low = check.Required("low");
  const bool high = check.Required("high");
  if (low && high && range.high() <= range.low()) {
    check.Problem("high", absl::StrCat("must be above low (", range.low(), "), is ", range.high()));
  }
}

// Tables of users and of items; null where there is none.
struct Factors {
  const TableConfig* user = nullptr;
  const TableConfig* item = nullptr;
};

// MatrixFactorization or ImplicitFactorization.
template <typename Factorization>
Factors ValidateFactors(const Factorization& model, const ModelReferences& references, const MessageCheck& check) {
  Factors factors;
  if (check.Required("user")) factors.user = references.CheckFeature(model.user(), check.Nested("user"));
  if (check.Required("item")) factors.item = references.CheckFeature(model.item(), check.Nested("item"));
  const auto& [user, item] = factors;
  if (user != nullptr && item != nullptr && user->has_embedding_dim() && item->has_embedding_dim() &&
      user->embedding_dim() != item->embedding_dim()) {
    check.Problem(
        "", absl::StrCat("tables '", user->name(), "' and '", item->name(), "' must have the same embedding_dim, have ",
                         user->embedding_dim(), " and ", item->embedding_dim()));
  }
  return factors;
}

void ValidateMatrixFactorization(const MatrixFactorization& model, const ModelReferences& references,
                                 const MessageCheck& check) {
  const auto [user, item] = ValidateFactors(model, references, check);
  if (check.Required("target")) references.CheckColumn(model.target(), ColumnKind::kNumber, "target", check);
  ValidateBiases(model, user, item, references, check);
  if (model.has_output_range()) ValidateOutputRange(model.output_range(), check.Nested("output_range"));
}

void ValidateImplicitFactorization(const ImplicitFactorization& model, const ModelReferences& references,
                                   const MessageCheck& check) {
  const Factors factors = ValidateFactors(model, references, check);
  check.AtLeast("num_negatives", 1);
  if (!model.has_item_bias_table()) return;
  const std::string& bias = model.item_bias_table();
  references.CheckBias(bias, "item_bias_table", factors.item, check);
  if (bias == model.user().table() || bias == model.item().table()) {
    check.Problem("item_bias_table", absl::StrCat("must be a table of its own; '", bias, "' holds rows of ",
                                                  bias == model.user().table() ? "users" : "items"));
  }
}

}  // namespace

void ValidateModel(const JobConfig& job, const MessageCheck& check) {
  const MessageCheck model = check.Nested("model");
  model.RequireOneOf("model");
  const ModelReferences references(job, check);
  if (job.model().has_matrix_factorization()) {
    ValidateMatrixFactorization(job.model().matrix_factorization(), references, model.Nested("matrix_factorization"));
  }
  if (job.model().has_implicit_factorization()) {
    ValidateImplicitFactorization(job.model().implicit_factorization(), references,
                                  model.Nested("implicit_factorization"));
  }
  if (job.model().has_network()) ValidateNetwork(job, references, model.Nested("network"));
}

}  // namespace shoal
