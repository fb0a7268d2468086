#include "worker/batch_lookups.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/status_macros.h"
#include "common/optimizer/row_layout.h"
#include "common/simd/vector_ops.h"

namespace shoal {
namespace {

// How a dataset finds a column of some kind.
using FindColumn = int (Dataset::*)(const std::string& name) const;

// Appends those of the dataset's `columns` that have the names; null for those that are not read.
template <class Column>
absl::Status Find(const std::vector<std::string>& names, absl::string_view kind, const Dataset& dataset,
                  FindColumn find, const std::vector<Column>& columns, std::vector<const Column*>* found,
                  absl::Span<const std::string> unread = {}) {
  for (const std::string& name : names) {
    if (absl::c_linear_search(unread, name)) {
      found->push_back(nullptr);
      continue;
    }
    const int column = (dataset.*find)(name);
    if (column < 0) return absl::InvalidArgumentError(absl::StrCat("the data has no ", kind, " column ", name));
    found->push_back(&columns[column]);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<BatchLookups>> BatchLookups::Create(const JobConfig& job, const Model& model,
                                                                   const Dataset& dataset, BatchReads reads,
                                                                   std::shared_ptr<RowBlocks> blocks, RowCache* cache) {
  if (blocks == nullptr) blocks = MakeRowBlocks(job.tables_size(), model.host_memory());
  auto lookups = absl::WrapUnique(new BatchLookups(job, model, reads, std::move(blocks), cache));
  SHOAL_RETURN_IF_ERROR(lookups->FindColumns(model.columns(), dataset));
  return lookups;
}

absl::Status BatchLookups::FindColumns(const ModelColumns& columns, const Dataset& dataset) {
  SHOAL_RETURN_IF_ERROR(Find(columns.ids, "id", dataset, &Dataset::FindIdColumn, dataset.id_columns, &id_columns_));
  const bool everything = reads_ == BatchReads::kEverything;
  SHOAL_RETURN_IF_ERROR(Find(columns.numbers, "number", dataset, &Dataset::FindNumberColumn, dataset.number_columns,
                             &number_columns_, everything ? absl::Span<const std::string>() : columns.targets));
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
  if (columns.label.empty() || !everything) return absl::OkStatus();
  std::vector<const LabelColumn*> labels;
  SHOAL_RETURN_IF_ERROR(
      Find({columns.label}, "label", dataset, &Dataset::FindLabelColumn, dataset.label_columns, &labels));
  label_column_ = labels[0];
  return absl::OkStatus();
}

BatchLookups::BatchLookups(const JobConfig& job, const Model& model, BatchReads reads,
                           std::shared_ptr<RowBlocks> blocks, RowCache* cache)
    : model_(model),
      reads_(reads),
      num_id_columns_(static_cast<int>(model.columns().ids.size())),
      num_bag_columns_(static_cast<int>(model.columns().bags.size())),
      num_array_columns_(static_cast<int>(model.columns().arrays.size())),
      row_blocks_(std::move(blocks)),
      cache_(cache) {
  std::vector<std::vector<int>> columns_of_table(job.tables_size());
  for (const Lookup& lookup : model.lookups()) {
    if (lookup.draw >= static_cast<int>(drawn_ids_.size())) drawn_ids_.resize(lookup.draw + 1);
    std::vector<int>& columns = columns_of_table[lookup.table];
    const int column = ColumnOf(lookup);
    if (column != Lookup::kNoColumn && !absl::c_linear_search(columns, column)) columns.push_back(column);
  }
  for (const Lookup& lookup : model.lookups()) {
    auto block = std::find_if(blocks_.begin(), blocks_.end(), [&](const auto& b) { return b.table == lookup.table; });
    if (block == blocks_.end()) {
      block = blocks_.insert(block, MakeBlock(job.tables(lookup.table), lookup.table, columns_of_table[lookup.table]));
    }
    const std::vector<int>& columns = groups_[block->group].columns;
    const auto column = absl::c_find(columns, ColumnOf(lookup));
    places_.push_back({static_cast<int>(block - blocks_.begin()),
                       column == columns.end() ? Lookup::kNoColumn : static_cast<int>(column - columns.begin())});
  }
  counts_reads_ &= reads_ == BatchReads::kEverything;  // For gradients.
}

int BatchLookups::ColumnOf(const Lookup& lookup) const {
  const int first_array = num_id_columns_ + num_bag_columns_;
  if (lookup.draw != Lookup::kNoColumn) return first_array + num_array_columns_ + lookup.draw;
  if (lookup.array_column != Lookup::kNoColumn) return first_array + lookup.array_column;
  return lookup.bag_column == Lookup::kNoColumn ? lookup.id_column : num_id_columns_ + lookup.bag_column;
}

BatchLookups::TableBlock BatchLookups::MakeBlock(const TableConfig& table, int number,
                                                 const std::vector<int>& columns) {
  TableBlock block;
  block.table = number;
  block.group = FindOrAddGroup(columns, table);
  block.segment = SegmentFloats(table.embedding_dim());
  block.frozen = table.freeze();
  block.scale_by_frequency = table.scale_grad_by_freq() && !block.frozen;
  block.resident.table = number;
  block.resident.num_ids = groups_[block.group].num_ids;
  (IsResident(block) ? groups_[block.group].wants_places : groups_[block.group].wants_distinct) = true;
  groups_[block.group].counts_reads |= block.scale_by_frequency;
  counts_reads_ |= block.scale_by_frequency;
  return block;
}

int BatchLookups::FindOrAddGroup(const std::vector<int>& columns, const TableConfig& table) {
  for (size_t g = 0; g < groups_.size(); ++g) {
    if (groups_[g].columns == columns) return static_cast<int>(g);
  }
  IdGroup& group = groups_.emplace_back(table);
  group.columns = columns;
  group.place_begins.assign(columns.size() + 1, 0);
  group.index.resize(columns.size());
  group.offsets.resize(columns.size());
  group.weights.resize(columns.size());
  return static_cast<int>(groups_.size()) - 1;
}

absl::Span<const uint64_t> BatchLookups::GatherIds(absl::Span<const int64_t> examples, const IdGroup& group, size_t c,
                                                   const std::vector<std::vector<uint64_t>>& drawn,
                                                   const BagParts& parts) {
  int column = group.columns[c];
  if (column < num_id_columns_) {
    const std::vector<uint64_t>& ids = id_columns_[column]->ids;
    column_ids_.resize(examples.size());
    for (size_t i = 0; i < examples.size(); ++i) column_ids_[i] = ids[examples[i]];
    return column_ids_;
  }
  column -= num_id_columns_;
  if (column < num_bag_columns_) return GatherBags(examples, *bag_columns_[column], group.bag_padding, parts);
  column -= num_bag_columns_;
  if (column < num_array_columns_) return GatherBags(examples, *array_columns_[column], absl::nullopt, {});
  return drawn[column - num_array_columns_];
}

absl::Span<const uint64_t> BatchLookups::GatherBags(absl::Span<const int64_t> examples, const BagColumn& bags,
                                                    absl::optional<uint64_t> padding, const BagParts& parts) {
  column_ids_.clear();
  if (parts.offsets != nullptr) parts.offsets->assign(1, 0);
  if (parts.weights != nullptr) parts.weights->clear();
  for (const int64_t example : examples) {
    for (int64_t i = bags.offsets[example]; i < bags.offsets[example + 1]; ++i) {
      if (bags.ids[i] == padding) continue;
      column_ids_.push_back(bags.ids[i]);
      if (parts.weights != nullptr && !bags.weights.empty()) parts.weights->push_back(bags.weights[i]);
    }
    if (parts.offsets != nullptr) parts.offsets->push_back(static_cast<int64_t>(column_ids_.size()));
  }
  return column_ids_;
}

void BatchLookups::CountReads(absl::Span<const int64_t> global_batch, IdGroup& group) {
  const absl::Span<const uint64_t> own = group.ids.ids();
  if (group.columns.empty()) {
    group.reads.assign(own.size(), static_cast<uint32_t>(global_batch.size()));
    return;
  }
  UniqueIds& all = group.ids_of_global_batch;
  all.Clear();
  counts_.clear();
  for (size_t c = 0; c < group.columns.size(); ++c) {
    const absl::Span<const uint64_t> ids = GatherIds(global_batch, group, c, global_batch_draws_, {});
    index_.resize(ids.size());
    all.Add(ids, index_.data());
    counts_.resize(all.ids().size());
    for (const uint32_t place : index_) ++counts_[place];
  }
  index_.resize(own.size());
  all.Add(own, index_.data());
  group.reads.resize(own.size());
  for (size_t i = 0; i < own.size(); ++i) group.reads[i] = counts_[index_[i]];
}

void BatchLookups::Prepare(absl::Span<const int64_t> global_batch, size_t begin, size_t end, const BatchPlace& place) {
  PrepareOwn(global_batch.subspan(begin, end - begin), static_cast<int64_t>(begin), place);
  if (counts_reads_) {
    global_batch_draws_.resize(drawn_ids_.size());
    const BatchPlace global_place = {place.step, place.position - static_cast<int64_t>(begin)};
    if (!drawn_ids_.empty()) {
      model_.DrawIds({global_place, global_batch, id_columns_, label_column_}, absl::MakeSpan(global_batch_draws_));
    }
    for (IdGroup& group : groups_) {
      if (group.counts_reads) CountReads(global_batch, group);
    }
  }
  if (label_column_ == nullptr) return;
  labels_.resize(global_batch.size());
  for (size_t i = 0; i < global_batch.size(); ++i) labels_[i] = label_column_->labels[global_batch[i]];
  batch_.labels = labels_;
}

void BatchLookups::PrepareOwn(absl::Span<const int64_t> examples, int64_t first, const BatchPlace& place) {
  constexpr uint64_t kOnlyRow = 0;
  if (!drawn_ids_.empty() && reads_ == BatchReads::kEverything) {
    model_.DrawIds({place, examples, id_columns_, label_column_}, absl::MakeSpan(drawn_ids_));
  }
  for (IdGroup& group : groups_) {
    group.ids.Clear();
    group.place_ids.clear();
    if (group.columns.empty() && !examples.empty()) {
      uint32_t unused_index;
      group.ids.Add({&kOnlyRow, 1}, &unused_index);
      group.place_ids.assign(1, kOnlyRow);
    }
    for (size_t c = 0; c < group.columns.size(); ++c) {
      AddIds(GatherIds(examples, group, c, drawn_ids_, {&group.offsets[c], &group.weights[c]}), c, group);
    }
  }
  for (size_t n = 0; n < number_columns_.size(); ++n) {
    if (number_columns_[n] == nullptr) continue;
    numbers_[n].resize(examples.size());
    for (size_t i = 0; i < examples.size(); ++i) numbers_[n][i] = number_columns_[n]->values[examples[i]];
  }
  if (!image_columns_.empty()) examples_.assign(examples.begin(), examples.end());
  batch_.examples = examples_;
  batch_.num_examples = static_cast<int64_t>(examples.size());
  batch_.first_example = first;
  batch_.step = place.step;
}

void BatchLookups::AddIds(absl::Span<const uint64_t> ids, size_t c, IdGroup& group) {
  if (group.wants_distinct) {
    group.index[c].resize(ids.size());
    group.ids.Add(ids, group.index[c].data());
  }
  if (!group.wants_places) return;
  group.place_ids.insert(group.place_ids.end(), ids.begin(), ids.end());
  group.place_begins[c + 1] = group.place_ids.size();
}

absl::Span<const PullTable> BatchLookups::pull_tables() {
  pull_tables_.clear();
  for (const TableBlock& block : blocks_) {
    if (IsResident(block)) continue;
    const absl::Span<const uint64_t> ids = groups_[block.group].ids.ids();
    if (IsCached(block)) {
      for (const PullTable& pull : cache_->Read(block.table, static_cast<uint64_t>(batch_.step), ids)) {
        if (!pull.ids.empty()) pull_tables_.push_back(pull);
      }
      continue;
    }
    AlignedFloats& rows = Block(block).rows;
    rows.Reserve(ids.size() * block.segment);
    pull_tables_.push_back({block.table, ids, rows.data()});
  }
  return pull_tables_;
}

ModelBatch& BatchLookups::BatchForTraining(int64_t global_batch_size) {
  push_tables_.clear();
  for (const TableBlock& block : blocks_) {
    if (IsResident(block)) continue;
    const absl::Span<const uint64_t> ids = groups_[block.group].ids.ids();
    AlignedFloats& gradients = Block(block).gradients;
    if (!std::exchange(Block(block).gradients_are_zero, false)) {
      std::fill_n(gradients.data(), gradients.size(), 0.0f);
    }
    gradients.Reserve(ids.size() * block.segment);
    if (!block.frozen) push_tables_.push_back({block.table, ids, gradients.data()});
  }
  batch_.global_batch_size = global_batch_size;
  FillBatch(/*with_gradients=*/true);
  return batch_;
}

void BatchLookups::ScaleGradients() {
  for (const TableBlock& block : blocks_) {
    if (!block.scale_by_frequency) continue;
    const std::vector<uint32_t>& reads = groups_[block.group].reads;
    for (size_t i = 0; i < reads.size(); ++i) {
      Scale(1.0F / static_cast<float>(reads[i]), Block(block).gradients.data() + i * block.segment,
            static_cast<int>(block.segment));
    }
  }
}

void BatchLookups::OnPushed() {
  for (const TableBlock& block : blocks_) Block(block).gradients_are_zero = !block.frozen;
}

ModelBatch& BatchLookups::BatchForValidation() {
  batch_.global_batch_size = batch_.num_examples;
  FillBatch(/*with_gradients=*/false);
  return batch_;
}

LookupRows BatchLookups::RowsOf(const Place& place, bool with_gradients) const {
  const TableBlock& block = blocks_[place.block];
  const IdGroup& group = groups_[block.group];
  const bool is_resident = IsResident(block);
  LookupRows rows;
  rows.num_rows = static_cast<int64_t>(group.ids.ids().size());
  if (is_resident) {
    rows.resident = &block.resident;
    rows.num_rows = std::min(static_cast<int64_t>(group.place_ids.size()), group.num_ids);
  } else if (IsCached(block)) {
    rows.cached = &cache_->batch(block.table);
  } else {
    rows.rows = Block(block).rows.data();
  }
  if (with_gradients && !is_resident) rows.gradients = Block(block).gradients.data();
  rows.num_places = batch_.num_examples;
  if (place.column == Lookup::kNoColumn) return rows;
  if (is_resident) {
    rows.index = group.place_ids.data() + group.place_begins[place.column];
    rows.num_places = static_cast<int64_t>(group.place_begins[place.column + 1] - group.place_begins[place.column]);
  } else {
    rows.index = group.index[place.column].data();
    rows.num_places = static_cast<int64_t>(group.index[place.column].size());
  }
  if (!group.offsets[place.column].empty()) rows.offsets = group.offsets[place.column].data();
  if (!group.weights[place.column].empty()) rows.weights = group.weights[place.column].data();
  return rows;
}

void BatchLookups::FillBatch(bool with_gradients) {
  batch_.lookups.clear();
  for (TableBlock& block : blocks_) {
    block.resident.step = static_cast<uint64_t>(batch_.step);
    block.resident.ids = groups_[block.group].place_ids;
  }
  for (const Place& place : places_) batch_.lookups.push_back(RowsOf(place, with_gradients));
  batch_.numbers.assign(numbers_.begin(), numbers_.end());
}

}  // namespace shoal
