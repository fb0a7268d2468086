#include "worker/batch_lookups.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/status_macros.h"
#include "common/optimizer/row_layout.h"

namespace shoal {
namespace {

// How a dataset finds a column of some kind.
using FindColumn = int (Dataset::*)(const std::string& name) const;

// Appends those of the dataset's `columns` that have the names.
template <class Column>
absl::Status Find(const std::vector<std::string>& names, absl::string_view kind, const Dataset& dataset,
                  FindColumn find, const std::vector<Column>& columns, std::vector<const Column*>* found) {
  for (const std::string& name : names) {
    const int column = (dataset.*find)(name);
    if (column < 0) return absl::InvalidArgumentError(absl::StrCat("the data has no ", kind, " column ", name));
    found->push_back(&columns[column]);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<BatchLookups>> BatchLookups::Create(const JobConfig& job, const Model& model,
                                                                   const Dataset& dataset) {
  auto lookups = absl::WrapUnique(new BatchLookups(job, model));
  SHOAL_RETURN_IF_ERROR(lookups->FindColumns(model.columns(), dataset));
  return lookups;
}

absl::Status BatchLookups::FindColumns(const ModelColumns& columns, const Dataset& dataset) {
  SHOAL_RETURN_IF_ERROR(Find(columns.ids, "id", dataset, &Dataset::FindIdColumn, dataset.id_columns, &id_columns_));
  SHOAL_RETURN_IF_ERROR(
      Find(columns.numbers, "number", dataset, &Dataset::FindNumberColumn, dataset.number_columns, &number_columns_));
  SHOAL_RETURN_IF_ERROR(
      Find(columns.bags, "text", dataset, &Dataset::FindBagColumn, dataset.bag_columns, &bag_columns_));
  SHOAL_RETURN_IF_ERROR(
      Find(columns.arrays, "id list", dataset, &Dataset::FindBagColumn, dataset.bag_columns, &array_columns_));
  SHOAL_RETURN_IF_ERROR(
      Find(columns.images, "image", dataset, &Dataset::FindImageColumn, dataset.image_columns, &image_columns_));
  numbers_.resize(number_columns_.size());
  for (const ImageColumn* column : image_columns_) {
    batch_.images.push_back({column->pixels.data(), int64_t{column->height} * column->width});
  }
  if (columns.label.empty()) return absl::OkStatus();
  std::vector<const LabelColumn*> labels;
  SHOAL_RETURN_IF_ERROR(
      Find({columns.label}, "label", dataset, &Dataset::FindLabelColumn, dataset.label_columns, &labels));
  label_column_ = labels[0];
  return absl::OkStatus();
}

BatchLookups::BatchLookups(const JobConfig& job, const Model& model)
    : num_id_columns_(static_cast<int>(model.columns().ids.size())),
      num_bag_columns_(static_cast<int>(model.columns().bags.size())) {
  std::vector<std::vector<int>> columns_of_table(job.tables_size());
  for (const Lookup& lookup : model.lookups()) {
    std::vector<int>& columns = columns_of_table[lookup.table];
    const int column = ColumnOf(lookup);
    if (column != Lookup::kNoColumn && !absl::c_linear_search(columns, column)) columns.push_back(column);
  }
  for (const Lookup& lookup : model.lookups()) {
    auto block = std::find_if(blocks_.begin(), blocks_.end(), [&](const auto& b) { return b.table == lookup.table; });
    if (block == blocks_.end()) {
      TableBlock added;
      added.table = lookup.table;
      added.group = FindOrAddGroup(columns_of_table[lookup.table], job.tables(lookup.table).num_embeddings());
      added.segment = SegmentFloats(job.tables(lookup.table).embedding_dim());
      block = blocks_.insert(block, std::move(added));
    }
    const std::vector<int>& columns = groups_[block->group].columns;
    const auto column = absl::c_find(columns, ColumnOf(lookup));
    places_.push_back({static_cast<int>(block - blocks_.begin()),
                       column == columns.end() ? Lookup::kNoColumn : static_cast<int>(column - columns.begin())});
  }
}

int BatchLookups::ColumnOf(const Lookup& lookup) const {
  if (lookup.array_column != Lookup::kNoColumn) return num_id_columns_ + num_bag_columns_ + lookup.array_column;
  return lookup.bag_column == Lookup::kNoColumn ? lookup.id_column : num_id_columns_ + lookup.bag_column;
}

int BatchLookups::FindOrAddGroup(const std::vector<int>& columns, int64_t num_embeddings) {
  for (size_t g = 0; g < groups_.size(); ++g) {
    if (groups_[g].columns == columns) return static_cast<int>(g);
  }
  IdGroup& group = groups_.emplace_back(static_cast<uint64_t>(num_embeddings));
  group.columns = columns;
  group.index.resize(columns.size());
  group.offsets.resize(columns.size());
  group.weights.resize(columns.size());
  return static_cast<int>(groups_.size()) - 1;
}

void BatchLookups::GatherIds(absl::Span<const int64_t> examples, const IdGroup& group, size_t c,
                             std::vector<int64_t>* offsets, std::vector<float>* weights) {
  const int column = group.columns[c];
  const int bag = column - num_id_columns_;
  if (bag < 0) {
    const std::vector<uint64_t>& ids = id_columns_[column]->ids;
    column_ids_.resize(examples.size());
    for (size_t i = 0; i < examples.size(); ++i) column_ids_[i] = ids[examples[i]];
    return;
  }
  const bool is_array = bag >= num_bag_columns_;
  const BagColumn& bags = is_array ? *array_columns_[bag - num_bag_columns_] : *bag_columns_[bag];
  column_ids_.clear();
  offsets->assign(is_array ? 0 : 1, 0);
  weights->clear();
  for (const int64_t example : examples) {
    const int64_t begin = bags.offsets[example];
    const int64_t end = bags.offsets[example + 1];
    column_ids_.insert(column_ids_.end(), bags.ids.begin() + begin, bags.ids.begin() + end);
    if (is_array) continue;
    offsets->push_back(static_cast<int64_t>(column_ids_.size()));
    if (bags.weights.empty()) continue;
    weights->insert(weights->end(), bags.weights.begin() + begin, bags.weights.begin() + end);
  }
}

void BatchLookups::Prepare(absl::Span<const int64_t> global_batch, size_t begin, size_t end) {
  PrepareOwn(global_batch.subspan(begin, end - begin), static_cast<int64_t>(begin));
  if (label_column_ == nullptr) return;
  labels_.resize(global_batch.size());
  for (size_t i = 0; i < global_batch.size(); ++i) labels_[i] = label_column_->labels[global_batch[i]];
  batch_.labels = labels_;
}

void BatchLookups::PrepareOwn(absl::Span<const int64_t> examples, int64_t first) {
  constexpr uint64_t kOnlyRow = 0;
  for (IdGroup& group : groups_) {
    group.ids.Clear();
    uint32_t unused_index;
    if (group.columns.empty() && !examples.empty()) group.ids.Add({&kOnlyRow, 1}, &unused_index);
    for (size_t c = 0; c < group.columns.size(); ++c) {
      GatherIds(examples, group, c, &group.offsets[c], &group.weights[c]);
      group.index[c].resize(column_ids_.size());
      group.ids.Add(column_ids_, group.index[c].data());
    }
  }
  for (size_t n = 0; n < number_columns_.size(); ++n) {
    numbers_[n].resize(examples.size());
    for (size_t i = 0; i < examples.size(); ++i) numbers_[n][i] = number_columns_[n]->values[examples[i]];
  }
  pull_tables_.clear();
  for (TableBlock& block : blocks_) {
    const absl::Span<const uint64_t> ids = groups_[block.group].ids.ids();
    block.rows.Reserve(ids.size() * block.segment);
    pull_tables_.push_back({block.table, ids, block.rows.data()});
  }
  if (!image_columns_.empty()) examples_.assign(examples.begin(), examples.end());
  batch_.examples = examples_;
  batch_.num_examples = static_cast<int64_t>(examples.size());
  batch_.first_example = first;
}

ModelBatch& BatchLookups::BatchForTraining(int64_t global_batch_size) {
  push_tables_.clear();
  for (TableBlock& block : blocks_) {
    const absl::Span<const uint64_t> ids = groups_[block.group].ids.ids();
    block.gradients.Reserve(ids.size() * block.segment);
    std::fill_n(block.gradients.data(), ids.size() * block.segment, 0.0f);
    push_tables_.push_back({block.table, ids, block.gradients.data()});
  }
  batch_.global_batch_size = global_batch_size;
  FillBatch(/*with_gradients=*/true);
  return batch_;
}

ModelBatch& BatchLookups::BatchForValidation() {
  batch_.global_batch_size = batch_.num_examples;
  FillBatch(/*with_gradients=*/false);
  return batch_;
}

void BatchLookups::FillBatch(bool with_gradients) {
  batch_.lookups.clear();
  for (const Place& place : places_) {
    TableBlock& block = blocks_[place.block];
    LookupRows rows;
    rows.rows = block.rows.data();
    if (with_gradients) rows.gradients = block.gradients.data();
    if (place.column != Lookup::kNoColumn) {
      const IdGroup& group = groups_[block.group];
      rows.index = group.index[place.column].data();
      if (!group.offsets[place.column].empty()) rows.offsets = group.offsets[place.column].data();
      if (!group.weights[place.column].empty()) rows.weights = group.weights[place.column].data();
    }
    batch_.lookups.push_back(rows);
  }
  batch_.numbers.assign(numbers_.begin(), numbers_.end());
}

}  // namespace shoal
