#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/config/find_column.h"
#include "common/config/member_features.h"
#include "common/config/model_references.h"
#include "common/config/validate_sections.h"
#include "google/protobuf/util/message_differencer.h"

namespace shoal {
namespace {

// Where what a feature reads is written: in the feature, or for another member in the list of its columns.
struct Fields {
  const MessageCheck& check;
  const char* column = "column";
  const char* table = "table";
};

// Lookups of a network, as its features are gone through: a column has one table, and a table has ids of one origin.
class Lookups {
 public:
  explicit Lookups(const JobConfig& job) : job_(job) {}

  // A feature whose column looks up a table. `text`: the ids are those of a text's tokens.
  void Add(const std::string& column, const std::string& table, bool text, const Fields& fields) {
    if (column.empty() || table.empty()) return;
    const auto [by_column, new_column] = columns_.emplace(column, Use{table, text, fields.check.Where(fields.column)});
    if (!new_column && by_column->second.name != table) {
      fields.check.Problem(fields.table,
                           absl::StrCat("must be '", by_column->second.name, "' as at ", by_column->second.where,
                                        ": column '", column, "' has one table, is '", table, "'"));
    }
    const auto [by_table, new_table] = tables_.emplace(table, Use{column, text, fields.check.Where(fields.table)});
    if (new_table) return;
    const Use& first = by_table->second;
    if (first.text != text) {
      fields.check.Problem(fields.table, absl::StrCat("'", table, "' is looked up by ", first.text ? "texts" : "ids",
                                                      " at ", first.where, "; ids and texts need tables of their own"));
    } else if (text && !SameText(first.name, column)) {
      fields.check.Problem(fields.table,
                           absl::StrCat("'", table, "' is looked up by the texts of column '", first.name, "' at ",
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
    const ColumnConfig* column = FindColumnConfig(job_.data(), name);
    return column == nullptr ? TextConfig::default_instance() : column->text();
  }

  const JobConfig& job_;
  absl::flat_hash_map<std::string, Use> columns_;
  absl::flat_hash_map<std::string, Use> tables_;
};

constexpr ColumnKind kIdKinds[] = {ColumnKind::kId, ColumnKind::kIdList};
constexpr ColumnKind kBagKinds[] = {ColumnKind::kText, ColumnKind::kIdList};

// What an ID_LIST column must be for the feature that reads it.
void CheckIdList(const IdListConfig& list, const InputFeature& feature, const std::string& column,
                 const Fields& fields) {
  if (feature.has_id() && list.shape().empty()) {
    fields.check.Problem(fields.column, absl::StrCat("column '", column,
                                                     "' has any number of ids; give its id_list a "
                                                     "shape, or read it as a bag"));
  }
  if (list.has_weight_separator() && (feature.has_id() || feature.bag().mode() != BagFeature::SUM)) {
    fields.check.Problem(fields.column, absl::StrCat("column '", column,
                                                     "' has weights, which are for bags of mode "
                                                     "SUM alone, as in torch.nn.EmbeddingBag"));
  }
}

class FeatureRules {
 public:
  FeatureRules(const JobConfig& job, const ModelReferences& references)
      : job_(job), references_(references), lookups_(job) {}

  void CheckFeature(const InputFeature& feature, const MessageCheck& check) {
    check.RequireOneOf("feature");
    if (feature.has_id()) {
      const MessageCheck id = check.Nested("id");
      id.Required("column");
      if (id.Required("table")) references_.Table(feature.id().table(), "table", id);
      CheckColumns(feature, {id});
    } else if (feature.has_bag()) {
      const MessageCheck bag = check.Nested("bag");
      bag.Required("column");
      CheckBagTable(feature.bag(), bag);
      CheckColumns(feature, {bag});
    } else if (feature.has_image()) {
      const MessageCheck image = check.Nested("image");
      image.Required("column");
      image.Above("std", 0);
      CheckColumns(feature, {image});
    } else if (feature.has_dense()) {
      const MessageCheck dense = check.Nested("dense");
      dense.Required("columns");
      CheckColumns(feature, {dense, "columns"});
    }
  }

  // `member` counts from 1.
  void CheckMember(int member, const MessageCheck& check) {
    const Network& network = job_.model().network();
    if (!check.Required("columns")) return;
    const std::vector<std::string> replaced = FeatureColumns(network);
    const int size = network.members(member - 1).columns_size();
    if (size != static_cast<int>(replaced.size())) {
      check.Problem("columns", absl::StrCat("must be one for each of the ", replaced.size(), " that 'features' names (",
                                            absl::StrJoin(replaced, ", "), "), are ", size));
      return;
    }
    const auto features = MemberFeatures(network, member);
    for (int i = 0; i < features.size(); ++i) {
      CheckColumns(features[i], {check, "columns", "columns"});
      CheckSameWidth(network.features(i), features[i], check);
    }
  }

 private:
  void CheckBagTable(const BagFeature& bag, const MessageCheck& check) {
    const TableConfig* table = check.Required("table") ? references_.Table(bag.table(), "table", check) : nullptr;
    if (table == nullptr) return;
    if (bag.mode() == BagFeature::MAX && table->scale_grad_by_freq()) {
      check.Problem("mode", absl::StrCat("MAX does not go with scale_grad_by_freq, which table '", table->name(),
                                         "' has, as in torch.nn.EmbeddingBag"));
    }
    if (!table->has_num_embeddings() || FindIdList(job_.data(), bag.column()) != nullptr) return;
    check.Problem("table", absl::StrCat("table '", table->name(), "' must not give num_embeddings, which is ",
                                        table->num_embeddings(),
                                        ": it has a row for each key and hash bucket of the text; text.max_size and "
                                        "text.hash_buckets limit them"));
  }

  void CheckColumns(const InputFeature& feature, const Fields& fields) {
    if (feature.has_id()) {
      CheckLookup(feature, feature.id().column(), feature.id().table(), kIdKinds, fields);
    } else if (feature.has_bag()) {
      CheckLookup(feature, feature.bag().column(), feature.bag().table(), kBagKinds, fields);
    } else if (feature.has_image() && !feature.image().column().empty()) {
      references_.CheckColumn(feature.image().column(), ColumnKind::kImage, fields.column, fields.check);
    } else if (feature.has_dense()) {
      for (const std::string& column : feature.dense().columns()) {
        references_.CheckColumn(column, ColumnKind::kNumber, fields.column, fields.check);
      }
    }
  }

  void CheckLookup(const InputFeature& feature, const std::string& column, const std::string& table,
                   absl::Span<const ColumnKind> kinds, const Fields& fields) {
    if (column.empty()) return;
    references_.CheckColumn(column, kinds, fields.column, fields.check);
    const IdListConfig* list = FindIdList(job_.data(), column);
    if (list != nullptr) CheckIdList(*list, feature, column, fields);
    lookups_.Add(column, table, /*text=*/feature.has_bag() && list == nullptr, fields);
  }

  // Members go through the same tower.
  void CheckSameWidth(const InputFeature& first, const InputFeature& other, const MessageCheck& check) {
    if (!first.has_id()) return;
    const int64_t expected = IdsPerExample(job_.data(), first.id().column());
    const int64_t found = IdsPerExample(job_.data(), other.id().column());
    if (expected == 0 || found == 0 || expected == found) return;
    check.Problem("columns", absl::StrCat("column '", other.id().column(), "' must have as many ids an example as '",
                                          first.id().column(), "', ", expected, ", has ", found));
  }

  const JobConfig& job_;
  const ModelReferences& references_;
  Lookups lookups_;
};

}  // namespace

void ValidateFeatures(const JobConfig& job, const ModelReferences& references, const MessageCheck& check) {
  const Network& network = job.model().network();
  check.Required("features");
  FeatureRules rules(job, references);
  for (int i = 0; i < network.features_size(); ++i)
    rules.CheckFeature(network.features(i), check.Element("features", i));
  for (int i = 0; i < network.members_size(); ++i) rules.CheckMember(i + 1, check.Element("members", i));
}

}  // namespace shoal
