#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/config/model_references.h"
#include "common/config/tower_inputs.h"
#include "common/config/validate_sections.h"
#include "common/config/validate_tower.h"
#include "google/protobuf/util/message_differencer.h"

namespace shoal {
namespace {

// Lookups of a network, as its features are gone through: a column has one table, and a table has ids of one origin.
class Lookups {
 public:
  explicit Lookups(const JobConfig& job) : job_(job) {}

  // A feature whose column looks up a table. `text`: it is a bag's.
  void Add(const std::string& column, const std::string& table, bool text, const MessageCheck& check) {
    if (column.empty() || table.empty()) return;
    const auto [by_column, new_column] = columns_.emplace(column, Use{table, text, check.Where("column")});
    if (!new_column && by_column->second.name != table) {
      check.Problem("table", absl::StrCat("must be '", by_column->second.name, "' as at ", by_column->second.where,
                                          ": column '", column, "' has one table, is '", table, "'"));
    }
    const auto [by_table, new_table] = tables_.emplace(table, Use{column, text, check.Where("table")});
    if (new_table) return;
    const Use& first = by_table->second;
    if (first.text != text) {
      check.Problem("table", absl::StrCat("'", table, "' is looked up by ", first.text ? "texts" : "ids", " at ",
                                          first.where, "; ids and texts need tables of their own"));
    } else if (text && !SameText(first.name, column)) {
      check.Problem("table", absl::StrCat("'", table, "' is looked up by the texts of column '", first.name, "' at ",
                                          first.where, ", whose 'text' differs: the table has one vocabulary"));
    }
  }

 private:
  struct Use {
    std::string name;  // Of the table that a column looks up, or of the column that a table is looked up by.
    bool text;
    std::string where;
  };

  bool SameText(const std::string& a, const std::string& b) const {
    return google::protobuf::util::MessageDifferencer::Equivalent(TextOf(a), TextOf(b));
  }
  const TextConfig& TextOf(const std::string& name) const {
    for (const ColumnConfig& column : job_.data().columns()) {
      if (column.name() == name) return column.text();
    }
    return TextConfig::default_instance();
  }

  const JobConfig& job_;
  absl::flat_hash_map<std::string, Use> columns_;
  absl::flat_hash_map<std::string, Use> tables_;
};

void ValidateBag(const BagFeature& bag, const ModelReferences& references, const MessageCheck& check) {
  if (check.Required("column")) references.CheckColumn(bag.column(), ColumnKind::kText, "column", check);
  const TableConfig* table = check.Required("table") ? references.Table(bag.table(), "table", check) : nullptr;
  if (table == nullptr || !table->has_num_embeddings()) return;
  check.Problem("table", absl::StrCat("table '", table->name(), "' must not give num_embeddings, which is ",
                                      table->num_embeddings(),
                                      ": it has a row for each key and hash bucket of the text; text.max_size and "
                                      "text.hash_buckets limit them"));
}

void ValidateFeature(const InputFeature& feature, const ModelReferences& references, const MessageCheck& check,
                     Lookups* lookups) {
  check.RequireOneOf("feature");
  if (feature.has_id()) {
    const MessageCheck id = check.Nested("id");
    references.CheckFeature(feature.id(), id);
    lookups->Add(feature.id().column(), feature.id().table(), /*text=*/false, id);
  } else if (feature.has_bag()) {
    const MessageCheck bag = check.Nested("bag");
    ValidateBag(feature.bag(), references, bag);
    lookups->Add(feature.bag().column(), feature.bag().table(), /*text=*/true, bag);
  } else if (feature.has_image()) {
    const MessageCheck image = check.Nested("image");
    if (image.Required("column")) {
      references.CheckColumn(feature.image().column(), ColumnKind::kImage, "column", image);
    }
    image.Above("std", 0);
  } else if (feature.has_dense()) {
    const MessageCheck dense = check.Nested("dense");
    dense.Required("columns");
    for (const std::string& column : feature.dense().columns()) {
      references.CheckColumn(column, ColumnKind::kNumber, "columns", dense);
    }
  }
}

// k must also be at most the number of training examples, which is not known before the data is read
// (common/data/check_network.h).
void ValidateKnnAccuracy(const JobConfig& job, const MessageCheck& network, const MessageCheck& check) {
  check.AtLeast("k", 1);
  const KnnAccuracy& knn = job.model().network().knn_accuracy();
  if (knn.distance() == SQUARED_EUCLIDEAN) {
    check.Problem("distance", "must be EUCLIDEAN, which has the same nearest neighbours, or COSINE");
  }
  if (!job.model().network().has_label() && !network.IsUnreadable("label")) {
    check.Problem("", "needs model.network.label, the labels that neighbours are compared by");
  }
  const FieldLocations& locations = check.locations();
  const bool unreadable = locations.IsUnreadable("data.validation") || locations.IsUnreadable("data.random_split");
  if (!job.data().has_validation() && !job.data().has_random_split() && !unreadable) {
    check.Problem("", "needs validation data: data.validation or data.random_split");
  }
}

}  // namespace

void ValidateNetwork(const JobConfig& job, const ModelReferences& references, const MessageCheck& check) {
  const Network& network = job.model().network();
  check.Required("features");
  Lookups lookups(job);
  for (int i = 0; i < network.features_size(); ++i) {
    ValidateFeature(network.features(i), references, check.Element("features", i), &lookups);
  }
  // Sizes of images are not known before the data is read (common/data/check_network.h).
  absl::optional<int64_t> inputs = FindTowerInputs(job, /*images=*/{});
  if (inputs.has_value() && *inputs > kMaxTowerInputs) {
    check.Problem("features",
                  absl::StrCat("must make at most ", kMaxTowerInputs, " numbers an example, make ", *inputs));
    inputs = absl::nullopt;
  }
  const absl::optional<int> in_features =
      inputs.has_value() && *inputs > 0 ? absl::make_optional(static_cast<int>(*inputs)) : absl::nullopt;
  const absl::optional<int> outputs =
      ValidateTower(network.tower(), in_features, [&](int layer) { return check.Element("tower", layer); });
  if (network.has_embedding_layers()) check.Between("embedding_layers", 0, network.tower_size());
  if (network.has_knn_accuracy()) ValidateKnnAccuracy(job, check, check.Nested("knn_accuracy"));
  ValidateLoss(network, outputs, references, check);
}

}  // namespace shoal
