#include "common/data/model_inputs.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/status_macros.h"
#include "common/config/find_column.h"
#include "common/config/find_table.h"
#include "common/config/member_features.h"

namespace shoal {
namespace {

absl::StatusOr<int> TableOf(const JobConfig& job, absl::string_view name, absl::string_view field) {
  if (const absl::optional<int> table = FindTable(job, name)) return *table;
  return absl::InvalidArgumentError(absl::StrCat(field, ": no table is named '", name, "'"));
}

// Adds a column that is read for a table, unless it is there already. Returns the number of the table. `field` is that
// of the feature.
template <typename Input>
absl::StatusOr<int> AddLookup(const JobConfig& job, const std::string& column, const std::string& table_name,
                              absl::string_view field, std::vector<Input>* inputs) {
  SHOAL_ASSIGN_OR_RETURN(const int table, TableOf(job, table_name, absl::StrCat(field, ".table")));
  for (const Input& input : *inputs) {
    if (input.column != column) continue;
    if (input.table == table) return table;
    return absl::InvalidArgumentError(absl::StrCat(field, " reads column '", column, "' for table '", table_name,
                                                   "', another feature for table '", job.tables(input.table).name(),
                                                   "': a column has one table"));
  }
  inputs->push_back({column, table});
  return table;
}

absl::StatusOr<int> AddFeature(const JobConfig& job, const Feature& feature, absl::string_view field,
                               ModelInputs* inputs) {
  return AddLookup(job, feature.column(), feature.table(), field, &inputs->ids);
}

void AddColumn(const std::string& column, std::vector<std::string>* columns) {
  if (!absl::c_linear_search(*columns, column)) columns->push_back(column);
}

// A number that is a feature, too, is no mere target.
void AddTarget(const std::string& column, ModelInputs* inputs) {
  if (absl::c_linear_search(inputs->numbers, column)) return;
  inputs->numbers.push_back(column);
  inputs->targets.push_back(column);
}

absl::Status AddBias(const JobConfig& job, const std::string& name, int feature_table, absl::string_view field,
                     ModelInputs* inputs) {
  if (name.empty()) return absl::OkStatus();
  SHOAL_ASSIGN_OR_RETURN(const int table, TableOf(job, name, field));
  inputs->shared_ids.push_back({table, feature_table});
  return absl::OkStatus();
}

absl::Status AddMatrixFactorization(const JobConfig& job, const MatrixFactorization& model, ModelInputs* inputs) {
  const std::string field = "model.matrix_factorization";
  SHOAL_ASSIGN_OR_RETURN(const int user, AddFeature(job, model.user(), field + ".user", inputs));
  SHOAL_ASSIGN_OR_RETURN(const int item, AddFeature(job, model.item(), field + ".item", inputs));
  SHOAL_RETURN_IF_ERROR(AddBias(job, model.user_bias_table(), user, field + ".user_bias_table", inputs));
  SHOAL_RETURN_IF_ERROR(AddBias(job, model.item_bias_table(), item, field + ".item_bias_table", inputs));
  AddTarget(model.target(), inputs);
  return absl::OkStatus();
}

absl::Status AddImplicitFactorization(const JobConfig& job, const ImplicitFactorization& model, ModelInputs* inputs) {
  const std::string field = "model.implicit_factorization";
  SHOAL_RETURN_IF_ERROR(AddFeature(job, model.user(), field + ".user", inputs).status());
  SHOAL_ASSIGN_OR_RETURN(const int item, AddFeature(job, model.item(), field + ".item", inputs));
  return AddBias(job, model.item_bias_table(), item, field + ".item_bias_table", inputs);
}

absl::Status AddInputFeature(const JobConfig& job, const InputFeature& feature, const std::string& field,
                             ModelInputs* inputs) {
  switch (feature.feature_case()) {
    case InputFeature::kId:
      if (FindIdList(job.data(), feature.id().column()) != nullptr) {
        return AddLookup(job, feature.id().column(), feature.id().table(), field + ".id", &inputs->bags).status();
      }
      return AddFeature(job, feature.id(), field + ".id", inputs).status();
    case InputFeature::kBag:
      return AddLookup(job, feature.bag().column(), feature.bag().table(), field + ".bag", &inputs->bags).status();
    case InputFeature::kImage:
      AddColumn(feature.image().column(), &inputs->images);
      break;
    case InputFeature::kDense:
      for (const std::string& column : feature.dense().columns()) AddColumn(column, &inputs->numbers);
      break;
    case InputFeature::FEATURE_NOT_SET:
      break;
  }
  return absl::OkStatus();
}

// Tables of the classes of the one label, and their order.
absl::Status AddClassTables(const JobConfig& job, const SampledSoftmax& loss, ModelInputs* inputs) {
  const std::string field = "model.network.loss.sampled_softmax";
  SHOAL_ASSIGN_OR_RETURN(const int table, TableOf(job, loss.table(), field + ".table"));
  inputs->class_tables.push_back({table, 0});
  inputs->labels_by_count = loss.sampler() == SampledSoftmax::LOG_UNIFORM;
  if (!loss.has_bias_table()) return absl::OkStatus();
  SHOAL_ASSIGN_OR_RETURN(const int bias_table, TableOf(job, loss.bias_table(), field + ".bias_table"));
  inputs->class_tables.push_back({bias_table, 0});
  return absl::OkStatus();
}

absl::Status AddNetwork(const JobConfig& job, const Network& model, ModelInputs* inputs) {
  for (int member = 0; member <= model.members_size(); ++member) {
    const auto features = MemberFeatures(model, member);
    for (int i = 0; i < features.size(); ++i) {
      std::string field = absl::StrCat("model.network.features[", i, "]");
      if (member > 0) field = absl::StrCat("model.network.members[", member - 1, "], as ", field);
      SHOAL_RETURN_IF_ERROR(AddInputFeature(job, features[i], field, inputs));
    }
  }
  if (NumFurtherMembers(model.loss()) > 0 && model.loss().has_contrastive()) {
    AddTarget(model.loss().contrastive().same(), inputs);
    AddColumn(model.loss().contrastive().same(), &inputs->flags);
  }
  if (model.has_label()) AddColumn(model.label(), &inputs->labels);
  if (model.loss().has_sampled_softmax()) return AddClassTables(job, model.loss().sampled_softmax(), inputs);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ModelInputs> FindModelInputs(const JobConfig& job) {
  ModelInputs inputs;
  const ModelConfig& model = job.model();
  if (model.has_network()) {
    SHOAL_RETURN_IF_ERROR(AddNetwork(job, model.network(), &inputs));
  } else if (model.has_implicit_factorization()) {
    SHOAL_RETURN_IF_ERROR(AddImplicitFactorization(job, model.implicit_factorization(), &inputs));
  } else {
    SHOAL_RETURN_IF_ERROR(AddMatrixFactorization(job, model.matrix_factorization(), &inputs));
  }
  return inputs;
}

ModelInputs WithoutTruth(const ModelInputs& inputs) {
  ModelInputs rest = inputs;
  rest.labels.clear();
  rest.class_tables.clear();
  rest.targets.clear();
  const auto erase_targets = [&](std::vector<std::string>* names) {
    names->erase(std::remove_if(names->begin(), names->end(),
                                [&](const std::string& name) { return absl::c_linear_search(inputs.targets, name); }),
                 names->end());
  };
  erase_targets(&rest.numbers);
  erase_targets(&rest.flags);
  return rest;
}

std::vector<std::string> TruthColumns(const ModelInputs& inputs) {
  std::vector<std::string> columns = inputs.labels;
  columns.insert(columns.end(), inputs.targets.begin(), inputs.targets.end());
  return columns;
}

std::vector<bool> FindVocabularyTables(const JobConfig& job, const ModelInputs& inputs) {
  std::vector<bool> has_vocabulary(static_cast<size_t>(job.tables_size()), false);
  for (const IdInput& input : inputs.ids) {
    has_vocabulary[static_cast<size_t>(input.table)] = !job.tables(input.table).has_num_embeddings();
  }
  for (const BagInput& input : inputs.bags) {
    has_vocabulary[static_cast<size_t>(input.table)] =
        FindIdList(job.data(), input.column) == nullptr || !job.tables(input.table).has_num_embeddings();
  }
  return has_vocabulary;
}

std::vector<bool> FindVocabularyTables(const ResolvedJob& job) {
  std::vector<bool> has_vocabulary;
  for (const TableConfig& table : job.job().tables()) {
    has_vocabulary.push_back(absl::c_linear_search(job.vocabulary_tables(), table.name()));
  }
  return has_vocabulary;
}

const TextConfig* FindTextConfig(const JobConfig& job, absl::string_view table) {
  for (const InputFeature& feature : job.model().network().features()) {
    if (!feature.has_bag() || feature.bag().table() != table) continue;
    const ColumnConfig* column = FindColumnConfig(job.data(), feature.bag().column());
    if (column != nullptr && column->type() == ColumnConfig::TEXT) return &column->text();
  }
  return nullptr;
}

}  // namespace shoal
