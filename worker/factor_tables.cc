#include "worker/factor_tables.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"
#include "common/config/find_table.h"

namespace shoal {

absl::Status FactorTables::Invalid(absl::string_view field, absl::string_view problem) const {
  return absl::InvalidArgumentError(absl::StrCat(path_, ".", field, " ", problem));
}

absl::StatusOr<int> FactorTables::Find(absl::string_view field, const std::string& name) const {
  if (const absl::optional<int> table = FindTable(job_, name)) return *table;
  const auto append_name = [](std::string* out, const TableConfig& table) { absl::StrAppend(out, table.name()); };
  return Invalid(field, absl::StrCat("is '", name, "', which is not among the tables: ",
                                     absl::StrJoin(job_.tables(), ", ", append_name)));
}

absl::StatusOr<int> FactorTables::Bias(absl::string_view field, const std::string& name) const {
  SHOAL_ASSIGN_OR_RETURN(const int table, Find(field, name));
  const int dim = job_.tables(table).embedding_dim();
  if (dim == 1) return table;
  return Invalid(field, absl::StrCat("is '", name, "' with embedding_dim ", dim, ", expected 1"));
}

absl::StatusOr<std::vector<Lookup>> FactorTables::Factors(const Feature& user, const Feature& item) const {
  if (user.column().empty()) return Invalid("user.column", "is missing");
  if (item.column().empty()) return Invalid("item.column", "is missing");
  SHOAL_ASSIGN_OR_RETURN(const int user_table, Find("user.table", user.table()));
  SHOAL_ASSIGN_OR_RETURN(const int item_table, Find("item.table", item.table()));
  const int user_dim = job_.tables(user_table).embedding_dim();
  const int item_dim = job_.tables(item_table).embedding_dim();
  if (user_dim != item_dim) {
    return Invalid("user.table",
                   absl::StrCat("has embedding_dim ", user_dim, " and item.table ", item_dim, ", expected the same"));
  }
  return std::vector<Lookup>{{user_table, kUserColumn}, {item_table, kItemColumn}};
}

}  // namespace shoal
