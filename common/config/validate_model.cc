#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "common/config/data_columns.h"
#include "common/config/name_hint.h"
#include "common/config/validate_sections.h"

namespace shoal {
namespace {

// The references of a model into the rest of the job.
class References {
 public:
  References(const JobConfig& job, const MessageCheck& job_check) : job_(job), job_check_(job_check) {}

  // The table that the field of `check` names; null where there is none, which is reported unless an unreadable name
  // may be the one that is meant.
  const TableConfig* Table(const std::string& name, const std::string& field, const MessageCheck& check) const {
    std::vector<std::string> names;
    bool all_named = !job_check_.IsUnreadable("tables");
    for (const TableConfig& table : job_.tables()) {
      if (table.has_name() && table.name() == name) return &table;
      all_named = all_named && table.has_name();
      names.push_back(table.name());
    }
    if (all_named) {
      check.Problem(field, absl::StrCat("no table is named '", name, "'; ", NameHint(name, "tables", names)));
    }
    return nullptr;
  }

  // Reports a name that is no column of ids, or of numbers, in some source of the job.
  void CheckColumn(const std::string& name, bool number, const std::string& field, const MessageCheck& check) const {
    for (const ColumnConfig& column : job_.data().columns()) {
      if (!column.has_name()) return;
    }
    for (const SourceLayout layout : LayoutsOf(job_.data(), check.locations())) {
      if (layout == SourceLayout::kUnknown) continue;
      if (layout == SourceLayout::kDelimited && job_.data().columns_size() == 0) continue;  // A problem of the data's.
      const ColumnNames columns = ColumnsOf(layout, job_.data());
      const std::vector<std::string>& right = number ? columns.numbers : columns.ids;
      const std::vector<std::string>& wrong = number ? columns.ids : columns.numbers;
      if (absl::c_linear_search(right, name)) continue;
      const std::string kind = number ? "number columns" : "id columns";
      const std::string what = absl::c_linear_search(wrong, name)
                                   ? absl::StrCat("column '", name, "' holds ", number ? "ids" : "numbers", "; ")
                                   : absl::StrCat("the data has no column '", name, "'; ");
      check.Problem(field, absl::StrCat(what, NameHint(name, kind, right)));
      return;
    }
  }

 private:
  const JobConfig& job_;
  const MessageCheck& job_check_;
};

// The feature's table, or null.
const TableConfig* ValidateFeature(const Feature& feature, const References& references, const MessageCheck& check) {
  if (check.Required("column")) references.CheckColumn(feature.column(), /*number=*/false, "column", check);
  return check.Required("table") ? references.Table(feature.table(), "table", check) : nullptr;
}

// A bias table of one float a row. `by` is the table looked up by the same ids; null where unknown or where there is
// none.
void ValidateBias(const std::string& name, const std::string& field, const TableConfig* by,
                  const References& references, const MessageCheck& check) {
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
                    const References& references, const MessageCheck& check) {
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

void ValidateMatrixFactorization(const MatrixFactorization& model, const References& references,
                                 const MessageCheck& check) {
  const TableConfig* user = nullptr;
  const TableConfig* item = nullptr;
  if (check.Required("user")) user = ValidateFeature(model.user(), references, check.Nested("user"));
  if (check.Required("item")) item = ValidateFeature(model.item(), references, check.Nested("item"));
  if (user != nullptr && item != nullptr && user->has_embedding_dim() && item->has_embedding_dim() &&
      user->embedding_dim() != item->embedding_dim()) {
    check.Problem(
        "", absl::StrCat("tables '", user->name(), "' and '", item->name(), "' must have the same embedding_dim, have ",
                         user->embedding_dim(), " and ", item->embedding_dim()));
  }
  if (check.Required("target")) references.CheckColumn(model.target(), /*number=*/true, "target", check);
  ValidateBiases(model, user, item, references, check);
  if (model.has_output_range()) ValidateOutputRange(model.output_range(), check.Nested("output_range"));
}

}  // namespace

void ValidateModel(const JobConfig& job, const MessageCheck& check) {
  const MessageCheck model = check.Nested("model");
  model.RequireOneOf("model");
  if (!job.model().has_matrix_factorization()) return;
  ValidateMatrixFactorization(job.model().matrix_factorization(), References(job, check),
                              model.Nested("matrix_factorization"));
}

}  // namespace shoal
