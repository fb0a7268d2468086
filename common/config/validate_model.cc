#include <string>

#include "absl/strings/str_cat.h"
#include "common/config/model_references.h"
#include "common/config/validate_sections.h"

namespace shoal {
namespace {

// A bias table of one float a row. `by` is the table looked up by the same ids; null where unknown or where there is
// none.
void ValidateBias(const std::string& name, const std::string& field, const TableConfig* by,
                  const ModelReferences& references, const MessageCheck& check) {
  const TableConfig* table = references.Table(name, field, check);
  if (table == nullptr) return;
  if (table->has_embedding_dim() && table->embedding_dim() != 1) {
    check.Problem(field, absl::StrCat("table '", name, "' must have embedding_dim 1, has ", table->embedding_dim()));
  }
  if (by != nullptr && by->has_num_embeddings() && table->has_num_embeddings() &&
      by->num_embeddings() != table->num_embeddings()) {
    check.Problem(field, absl::StrCat("table '", name, "' is looked up by the ids of '", by->name(),
                                      "' and must have its num_embeddings, ", by->num_embeddings(), ", has ",
                                      table->num_embeddings()));
  }
}

void ValidateBiases(const MatrixFactorization& model, const TableConfig* user, const TableConfig* item,
                    const ModelReferences& references, const MessageCheck& check) {
  if (model.has_user_bias_table()) {
    ValidateBias(model.user_bias_table(), "user_bias_table", user, references, check);
  }
  if (model.has_item_bias_table()) {
    ValidateBias(model.item_bias_table(), "item_bias_table", item, references, check);
  }
  if (model.has_user_bias_table() && model.has_item_bias_table() &&
      model.user_bias_table() == model.item_bias_table() && model.user().table() != model.item().table()) {
    check.Problem("item_bias_table", absl::StrCat("must not be the user_bias_table ('", model.user_bias_table(),
                                                  "'): users and items have ids of their own"));
  }
  if (!model.has_global_bias_table()) return;
  const std::string& global = model.global_bias_table();
  ValidateBias(global, "global_bias_table", nullptr, references, check);
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

void ValidateMatrixFactorization(const MatrixFactorization& model, const ModelReferences& references,
                                 const MessageCheck& check) {
  const TableConfig* user = nullptr;
  const TableConfig* item = nullptr;
  if (check.Required("user")) user = references.CheckFeature(model.user(), check.Nested("user"));
  if (check.Required("item")) item = references.CheckFeature(model.item(), check.Nested("item"));
  if (user != nullptr && item != nullptr && user->has_embedding_dim() && item->has_embedding_dim() &&
      user->embedding_dim() != item->embedding_dim()) {
    check.Problem(
        "", absl::StrCat("tables '", user->name(), "' and '", item->name(), "' must have the same embedding_dim, have ",
                         user->embedding_dim(), " and ", item->embedding_dim()));
  }
  if (check.Required("target")) references.CheckColumn(model.target(), ColumnKind::kNumber, "target", check);
  ValidateBiases(model, user, item, references, check);
  if (model.has_output_range()) ValidateOutputRange(model.output_range(), check.Nested("output_range"));
}

}  // namespace

void ValidateModel(const JobConfig& job, const MessageCheck& check) {
  const MessageCheck model = check.Nested("model");
  model.RequireOneOf("model");
  const ModelReferences references(job, check);
  if (job.model().has_matrix_factorization()) {
    ValidateMatrixFactorization(job.model().matrix_factorization(), references, model.Nested("matrix_factorization"));
  }
  if (job.model().has_network()) ValidateNetwork(job, references, model.Nested("network"));
}

}  // namespace shoal
