#include "common/config/model_references.h"

#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/config/name_hint.h"

namespace shoal {
namespace {

// What columns of a kind hold, as a plural, and what they are called.
struct KindNames {
  const char* values;
  const char* columns;
};

KindNames NamesOf(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::kId:
      break;
    case ColumnKind::kNumber:
      return {"numbers", "number"};
    case ColumnKind::kLabel:
      return {"labels", "label"};
    case ColumnKind::kText:
      return {"texts", "text"};
    case ColumnKind::kIdList:
      return {"lists of ids", "id list"};
    case ColumnKind::kImage:
      return {"images", "image"};
  }
  return {"ids", "id"};
}

// "id columns", "id and id list columns".
std::string ColumnsOfKinds(absl::Span<const ColumnKind> kinds) {
  return absl::StrCat(
      absl::StrJoin(kinds, " and ",
                    [](std::string* out, ColumnKind kind) { absl::StrAppend(out, NamesOf(kind).columns); }),
      " columns");
}

}  // namespace

const TableConfig* ModelReferences::Table(const std::string& name, const std::string& field,
                                          const MessageCheck& check) const {
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

void ModelReferences::CheckColumn(const std::string& name, absl::Span<const ColumnKind> kinds, const std::string& field,
                                  const MessageCheck& check) const {
  for (const ColumnConfig& column : job_.data().columns()) {
    if (!column.has_name()) return;
  }
  for (const SourceLayout layout : LayoutsOf(job_.data(), check.locations())) {
    if (layout == SourceLayout::kUnknown) continue;
    if (layout == SourceLayout::kDelimited && job_.data().columns_size() == 0) continue;  // A problem of the data's.
    std::string problem = absl::StrCat("the data has no column '", name, "'; ");
    std::vector<std::string> right;
    bool found = false;
    for (const DataColumn& column : ColumnsOf(layout, job_.data())) {
      if (absl::c_linear_search(kinds, column.kind)) {
        right.push_back(column.name);
        found = found || column.name == name;
      } else if (column.name == name) {
        problem = absl::StrCat("column '", name, "' holds ", NamesOf(column.kind).values, "; ");
      }
    }
    if (found) continue;
    check.Problem(field, absl::StrCat(problem, NameHint(name, ColumnsOfKinds(kinds), right)));
    return;
  }
}

const TableConfig* ModelReferences::CheckFeature(const Feature& feature, const MessageCheck& check) const {
  if (check.Required("column")) CheckColumn(feature.column(), ColumnKind::kId, "column", check);
  return check.Required("table") ? Table(feature.table(), "table", check) : nullptr;
}

void ModelReferences::CheckBias(const std::string& name, const std::string& field, const TableConfig* by,
                                const MessageCheck& check) const {
  const TableConfig* table = Table(name, field, check);
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

}  // namespace shoal
