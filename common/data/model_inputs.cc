#include "common/data/model_inputs.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/status_macros.h"

namespace shoal {
namespace {

absl::StatusOr<int> FindTable(const JobConfig& job, absl::string_view name, absl::string_view field) {
  for (int i = 0; i < job.tables_size(); ++i) {
    if (job.tables(i).name() == name) return i;
  }
  return absl::InvalidArgumentError(absl::StrCat(field, ": no table is named '", name, "'"));
}

// Adds the feature's column, unless it is there already. Returns the number of its table.
absl::StatusOr<int> AddFeature(const JobConfig& job, const Feature& feature, absl::string_view field,
                               ModelInputs* inputs) {
  SHOAL_ASSIGN_OR_RETURN(const int table, FindTable(job, feature.table(), absl::StrCat(field, ".table")));
  for (const IdInput& input : inputs->ids) {
    if (input.column != feature.column()) continue;
    if (input.table == table) return table;
    return absl::InvalidArgumentError(absl::StrCat(field, " reads column '", feature.column(), "' for table '",
                                                   feature.table(), "', another feature for table '",
                                                   job.tables(input.table).name(), "': a column has one table"));
  }
  inputs->ids.push_back({feature.column(), table});
  return table;
}

absl::Status AddBias(const JobConfig& job, const std::string& name, int feature_table, absl::string_view field,
                     ModelInputs* inputs) {
  if (name.empty()) return absl::OkStatus();
  SHOAL_ASSIGN_OR_RETURN(const int table, FindTable(job, name, field));
  inputs->shared_ids.push_back({table, feature_table});
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ModelInputs> FindModelInputs(const JobConfig& job) {
  ModelInputs inputs;
  const MatrixFactorization& model = job.model().matrix_factorization();
  const std::string field = "model.matrix_factorization";
  SHOAL_ASSIGN_OR_RETURN(const int user, AddFeature(job, model.user(), field + ".user", &inputs));
  SHOAL_ASSIGN_OR_RETURN(const int item, AddFeature(job, model.item(), field + ".item", &inputs));
  SHOAL_RETURN_IF_ERROR(AddBias(job, model.user_bias_table(), user, field + ".user_bias_table", &inputs));
  SHOAL_RETURN_IF_ERROR(AddBias(job, model.item_bias_table(), item, field + ".item_bias_table", &inputs));
  inputs.numbers.push_back(model.target());
  return inputs;
}

std::vector<bool> FindVocabularyTables(const JobConfig& job, const ModelInputs& inputs) {
  std::vector<bool> has_vocabulary(static_cast<size_t>(job.tables_size()), false);
  for (const IdInput& input : inputs.ids) {
    has_vocabulary[static_cast<size_t>(input.table)] = !job.tables(input.table).has_num_embeddings();
  }
  return has_vocabulary;
}

}  // namespace shoal
