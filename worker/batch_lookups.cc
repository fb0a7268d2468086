#include "worker/batch_lookups.h"

#include <algorithm>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "common/optimizer/row_layout.h"

namespace shoal {

absl::StatusOr<std::unique_ptr<BatchLookups>> BatchLookups::Create(const JobConfig& job, const Model& model,
                                                                   const Dataset& dataset) {
  auto lookups = absl::WrapUnique(new BatchLookups(job, model));
  for (const std::string& name : model.id_columns()) {
    const int column = dataset.FindIdColumn(name);
    if (column < 0) return absl::InvalidArgumentError(absl::StrCat("the data has no id column ", name));
    lookups->id_columns_.push_back(&dataset.id_columns[column]);
  }
  for (const std::string& name : model.number_columns()) {
    const int column = dataset.FindNumberColumn(name);
    if (column < 0) return absl::InvalidArgumentError(absl::StrCat("the data has no number column ", name));
    lookups->number_columns_.push_back(&dataset.number_columns[column]);
  }
  lookups->numbers_.resize(lookups->number_columns_.size());
  return lookups;
}

BatchLookups::BatchLookups(const JobConfig& job, const Model& model) {
  std::vector<std::vector<int>> columns_of_table(job.tables_size());
  for (const Lookup& lookup : model.lookups()) {
    std::vector<int>& columns = columns_of_table[lookup.table];
    if (lookup.id_column == Lookup::kNoColumn) continue;
    if (std::find(columns.begin(), columns.end(), lookup.id_column) == columns.end()) {
      columns.push_back(lookup.id_column);
    }
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
    const auto column = std::find(columns.begin(), columns.end(), lookup.id_column);
    places_.push_back({static_cast<int>(block - blocks_.begin()),
                       column == columns.end() ? Lookup::kNoColumn : static_cast<int>(column - columns.begin())});
  }
}

int BatchLookups::FindOrAddGroup(const std::vector<int>& columns, int64_t num_embeddings) {
  for (size_t g = 0; g < groups_.size(); ++g) {
    if (groups_[g].columns == columns) return static_cast<int>(g);
  }
  IdGroup& group = groups_.emplace_back(static_cast<uint64_t>(num_embeddings));
  group.columns = columns;
  group.index.resize(columns.size());
  return static_cast<int>(groups_.size()) - 1;
}

void BatchLookups::Prepare(absl::Span<const int64_t> examples) {
  constexpr uint64_t kOnlyRow = 0;
  for (IdGroup& group : groups_) {
    group.ids.Clear();
    uint32_t unused_index;
    if (group.columns.empty() && !examples.empty()) group.ids.Add({&kOnlyRow, 1}, &unused_index);
    for (size_t c = 0; c < group.columns.size(); ++c) {
      const std::vector<uint64_t>& ids = id_columns_[group.columns[c]]->ids;
      column_ids_.resize(examples.size());
      for (size_t i = 0; i < examples.size(); ++i) column_ids_[i] = ids[examples[i]];
      group.index[c].resize(examples.size());
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
  batch_.num_examples = static_cast<int64_t>(examples.size());
}

const ModelBatch& BatchLookups::BatchForTraining(int64_t global_batch_size) {
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

const ModelBatch& BatchLookups::BatchForValidation() {
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
    if (place.column != Lookup::kNoColumn) rows.index = groups_[block.group].index[place.column].data();
    batch_.lookups.push_back(rows);
  }
  batch_.numbers.assign(numbers_.begin(), numbers_.end());
}

}  // namespace shoal
