#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/config/validate_sections.h"

namespace shoal {
namespace {

constexpr int kMaxEmbeddingDim = 16384;
constexpr int kMaxPartitions = 65536;

bool IsTableName(absl::string_view name) {
  if (name.empty() || !absl::ascii_islower(name[0])) return false;
  for (const char c : name) {
    if (!absl::ascii_islower(c) && !absl::ascii_isdigit(c) && c != '_') return false;
  }
  return true;
}

template <typename Range>
void ValidateRange(const Range& range, bool may_be_equal, const MessageCheck& check) {
  if (!(range.high() < range.low()) && (may_be_equal || range.high() != range.low())) return;
  check.Problem("high", absl::StrCat("must ", may_be_equal ? "not be below" : "be above", " low (", range.low(),
                                     "), is ", range.high()));
}

void ValidateInitializer(const InitializerConfig& initializer, const MessageCheck& check) {
  check.RequireOneOf("initializer");
  check.Nested("normal").AtLeast("std", 0);
  check.Nested("truncated_normal").AtLeast("std", 0);
  ValidateRange(initializer.truncated_normal(), false, check.Nested("truncated_normal"));
  ValidateRange(initializer.uniform(), true, check.Nested("uniform"));
  check.Nested("xavier_uniform").AtLeast("gain", 0);
  check.Nested("xavier_normal").AtLeast("gain", 0);
}

void ValidateClipping(const GradientClipping& clipping, const MessageCheck& check) {
  check.RequireOneOf("clipping");
  if (clipping.has_value()) check.Above("value", 0);
  if (clipping.has_row_norm()) check.Above("row_norm", 0);
}

void ValidateTable(const TableConfig& table, const MessageCheck& check) {
  if (check.Required("name") && !IsTableName(table.name())) {
    check.Problem("name", absl::StrCat("must be a lower-case letter, then lower-case letters, digits and '_', is \"",
                                       absl::CEscape(table.name()), "\""));
  }
  if (check.Required("embedding_dim")) check.Between("embedding_dim", 1, kMaxEmbeddingDim);
  if (table.has_num_embeddings()) check.AtLeast("num_embeddings", 1);
  check.Between("num_partitions", 1, kMaxPartitions);
  check.AtLeast("learning_rate_multiplier", 0);
  ValidateInitializer(table.initializer(), check.Nested("initializer"));
  ValidateOptimizer(table.optimizer(), check.Nested("optimizer"));
  ValidateClipping(table.gradient_clipping(), check.Nested("gradient_clipping"));
}

}  // namespace

void ValidateTables(const JobConfig& job, const MessageCheck& check) {
  absl::flat_hash_map<std::string, std::string> first_places;
  for (int i = 0; i < job.tables_size(); ++i) {
    const MessageCheck table = check.Element("tables", i);
    ValidateTable(job.tables(i), table);
    if (job.tables(i).name().empty()) continue;
    const auto [first, added] = first_places.emplace(job.tables(i).name(), table.Where("name"));
    if (!added) {
      table.Problem("name", absl::StrCat("'", first->first, "' is also the name of the table at ", first->second));
    }
  }
}

}  // namespace shoal
