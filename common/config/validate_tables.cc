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
// Sizes in bytes, of the host and of devices, are products of these; none reaches 2^63.
constexpr double kMaxEmbeddings = 1e13;
constexpr double kMaxWeights = 1e16;  // Of all tables together.

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

// A table whose size comes from its vocabulary is checked once that is known (common/data/resolve_job.h).
void ValidatePadding(const TableConfig& table, const MessageCheck& check) {
  if (!table.has_padding_idx() || !table.has_num_embeddings()) return;
  const auto rows = static_cast<double>(table.num_embeddings());
  check.Between("padding_idx", -rows, rows - 1);
}

void ValidatePretrained(const PretrainedConfig& pretrained, const MessageCheck& check) {
  check.Required("path");
  const bool may_be_safetensors =
      pretrained.format() == PretrainedConfig::AUTO || pretrained.format() == PretrainedConfig::SAFETENSORS;
  if (pretrained.has_tensor() && !may_be_safetensors) {
    check.Problem("tensor", absl::StrCat("only a SAFETENSORS file has named tensors, format is ",
                                         PretrainedConfig::Format_Name(pretrained.format())));
  }
}

void ValidateTable(const TableConfig& table, const MessageCheck& check) {
  if (check.Required("name") && !IsTableName(table.name())) {
    check.Problem("name", absl::StrCat("must be a lower-case letter, then lower-case letters, digits and '_', is \"",
                                       absl::CEscape(table.name()), "\""));
  }
  if (check.Required("embedding_dim")) check.Between("embedding_dim", 1, kMaxEmbeddingDim);
  if (table.has_num_embeddings()) check.Between("num_embeddings", 1, kMaxEmbeddings);
  check.Between("num_partitions", 1, kMaxPartitions);
  check.AtLeast("learning_rate_multiplier", 0);
  ValidateInitializer(table.initializer(), check.Nested("initializer"));
  ValidateOptimizer(table.optimizer(), check.Nested("optimizer"));
  ValidateClipping(table.gradient_clipping(), check.Nested("gradient_clipping"));
  ValidatePadding(table, check);
  if (table.has_max_norm()) check.Above("max_norm", 0);
  check.Above("norm_type", 0);
  if (table.has_pretrained()) ValidatePretrained(table.pretrained(), check.Nested("pretrained"));
}

void ValidateWeights(const JobConfig& job, const MessageCheck& check) {
  double weights = 0;
  for (const TableConfig& table : job.tables()) {
    const auto rows = static_cast<double>(table.num_embeddings());
    // What is out of range by itself is reported as such.
    if (rows <= kMaxEmbeddings && table.embedding_dim() <= kMaxEmbeddingDim) weights += rows * table.embedding_dim();
  }
  if (weights <= kMaxWeights) return;
  check.Problem("tables", absl::StrCat("must have at most ", kMaxWeights, " weights (num_embeddings x embedding_dim) ",
                                       "together, have ", weights));
}

}  // namespace

void ValidateTables(const JobConfig& job, const MessageCheck& check) {
  ValidateWeights(job, check);
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
