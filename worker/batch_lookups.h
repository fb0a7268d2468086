// From the examples of a batch to the distinct rows that it reads: which ids, where each example's row lies among them,
// and the blocks of rows and gradients, which are kept from batch to batch.
//
// Tables that are read by the same columns (factors and biases of users, say) share their distinct ids. Padding ids are
// left out of bags, and so of what the batch reads. Of tables that stay on a device as a whole the device finds the
// distinct ids, pulls nothing and pushes nothing.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_BATCH_LOOKUPS_H_
#define SHOAL_WORKER_BATCH_LOOKUPS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "common/base/unique_ids.h"
#include "common/data/dataset.h"
#include "proto/job.pb.h"
#include "worker/cache/row_cache.h"
#include "worker/model.h"
#include "worker/parameter_client.h"
#include "worker/row_blocks.h"

namespace shoal {

// What is looked up for a batch.
enum class BatchReads {
  kEverything,
  kInputs,  // What embeddings and predictions are made of: no labels, no targets, nothing drawn.
};

class BatchLookups {
 public:
  // `model` and `dataset` outlive the result. `blocks`: what it shares with others of the same model; null: its own.
  // They are in the model's memory. `cache`: through which the rows of some tables are read, for training alone; null:
  // none is; it outlives the result. InvalidArgument: the dataset lacks a column that is read.
  static absl::StatusOr<std::unique_ptr<BatchLookups>> Create(const JobConfig& job, const Model& model,
                                                              const Dataset& dataset,
                                                              BatchReads reads = BatchReads::kEverything,
                                                              std::shared_ptr<RowBlocks> blocks = nullptr,
                                                              RowCache* cache = nullptr);

  // Whether Prepare needs the whole global batch: for its labels, or to count how often it reads a row.
  bool needs_global_batch() const { return label_column_ != nullptr || counts_reads_; }

  // Looks examples up: afterwards pull_tables() says what to read. The own examples are [begin, end) of those of the
  // global batch.
  void Prepare(absl::Span<const int64_t> global_batch, size_t begin, size_t end, const BatchPlace& place = {});
  void Prepare(absl::Span<const int64_t> examples, const BatchPlace& place = {}) {
    Prepare(examples, 0, examples.size(), place);
  }
  // The same by the own examples alone, the first of which is number `first` of the global batch.
  // REQUIRES: !needs_global_batch().
  void PrepareOwn(absl::Span<const int64_t> examples, int64_t first, const BatchPlace& place = {});

  // Rows to read, into the blocks, which from now on are this batch's; of cached tables, the rows that are not there.
  // Valid until the next Prepare.
  absl::Span<const PullTable> pull_tables();

  // What the model computes on, once the rows are there; gradient blocks are zero, or absent. REQUIRES: pull_tables()
  // since the last Prepare.
  ModelBatch& BatchForTraining(int64_t global_batch_size);
  ModelBatch& BatchForValidation();

  // Divides the gradients of scale_grad_by_freq tables, once the model has added to them. REQUIRES: once a batch, which
  // was prepared with the whole global batch.
  void ScaleGradients();
  // Gradients to push, then. Frozen tables have none.
  absl::Span<const PushTable> push_tables() const { return push_tables_; }
  // ParameterClient::Push has had push_tables() and left zeros, which then need not be written once more.
  void OnPushed();

 private:
  // Distinct ids of all columns that read some tables.
  struct IdGroup {
    // The columns' ids are rows of every table that is read by them (common/data/resolve_job), so of this one.
    explicit IdGroup(const TableConfig& table) : num_ids(table.num_embeddings()), ids(table.num_embeddings()) {
      if (table.has_padding_idx()) bag_padding = static_cast<uint64_t>(table.padding_idx());
    }
    // Of ids, then of bags, then of arrays, as in ModelColumns, then drawn ids; empty: row 0 for every example.
    std::vector<int> columns;
    absl::optional<uint64_t> bag_padding;  // Left out of bags. A bag's column is of one table, this one.
    int64_t num_ids;
    // Whether tables want the distinct ids, and whether they want those of all places.
    bool wants_distinct = false;
    bool wants_places = false;
    UniqueIds ids;
    std::vector<uint32_t> place_ids;   // Column after column, these beginning at
    std::vector<size_t> place_begins;  // by place in `columns`, and the end.
    // Where a table wants it: how often the global batch reads each of `ids`.
    bool counts_reads = false;
    UniqueIds ids_of_global_batch;
    std::vector<uint32_t> reads;
    std::vector<std::vector<uint32_t>> index;   // By place in `columns`, then as LookupRows::index.
    std::vector<std::vector<int64_t>> offsets;  // The same; empty where the column is no bag.
    std::vector<std::vector<float>> weights;    // As `index`; empty where the ids have none.
  };
  struct TableBlock {
    int table;
    int group;
    int64_t segment;
    bool frozen;
    bool scale_by_frequency;
    ResidentBatch resident;  // Where it is.
  };
  // Where a lookup of the model finds its rows.
  struct Place {
    int block;
    int column;  // Into IdGroup::columns; Lookup::kNoColumn.
  };

  BatchLookups(const JobConfig& job, const Model& model, BatchReads reads, std::shared_ptr<RowBlocks> blocks,
               RowCache* cache);

  RowBlock& Block(const TableBlock& block) const { return (*row_blocks_)[block.table]; }
  bool IsCached(const TableBlock& block) const { return cache_ != nullptr && cache_->Holds(block.table); }
  bool IsResident(const TableBlock& block) const { return cache_ != nullptr && cache_->IsResident(block.table); }
  absl::Status FindColumns(const ModelColumns& columns, const Dataset& dataset);

  TableBlock MakeBlock(const TableConfig& table, int number, const std::vector<int>& columns);
  // The group of a table that is read by `columns`.
  int FindOrAddGroup(const std::vector<int>& columns, const TableConfig& table);
  // The column that a lookup reads, as IdGroup::columns numbers it.
  int ColumnOf(const Lookup& lookup) const;
  // Of bags: where each example's ids lie, and their weights. Null: not wanted.
  struct BagParts {
    std::vector<int64_t>* offsets;
    std::vector<float>* weights;
  };
  // The ids of column `c` of the group, for the examples, for which `drawn` was drawn; valid until the next call.
  absl::Span<const uint64_t> GatherIds(absl::Span<const int64_t> examples, const IdGroup& group, size_t c,
                                       const std::vector<std::vector<uint64_t>>& drawn, const BagParts& parts);
  // The same of a bag or an array.
  absl::Span<const uint64_t> GatherBags(absl::Span<const int64_t> examples, const BagColumn& bags,
                                        absl::optional<uint64_t> padding, const BagParts& parts);
  // The own examples read these ids by column `c` of the group.
  static void AddIds(absl::Span<const uint64_t> ids, size_t c, IdGroup& group);
  // Sets group.reads. REQUIRES: group.ids is complete.
  void CountReads(absl::Span<const int64_t> global_batch, IdGroup& group);
  LookupRows RowsOf(const Place& place, bool with_gradients) const;
  void FillBatch(bool with_gradients);

  const Model& model_;
  const BatchReads reads_;
  const int num_id_columns_;
  const int num_bag_columns_;
  const int num_array_columns_;
  bool counts_reads_ = false;
  // As ModelColumns.
  std::vector<const IdColumn*> id_columns_;
  std::vector<const NumberColumn*> number_columns_;  // Null: not read.
  std::vector<const BagColumn*> bag_columns_;        // Bags,
  std::vector<const BagColumn*> array_columns_;      // and arrays.
  std::vector<const ImageColumn*> image_columns_;
  const LabelColumn* label_column_ = nullptr;
  std::vector<IdGroup> groups_;
  std::vector<TableBlock> blocks_;
  const std::shared_ptr<RowBlocks> row_blocks_;
  RowCache* const cache_;
  std::vector<Place> places_;  // As Model::lookups().

  std::vector<std::vector<uint64_t>> drawn_ids_;           // By Lookup::draw.
  std::vector<std::vector<uint64_t>> global_batch_draws_;  // The same, where reads are counted.
  std::vector<uint64_t> column_ids_;                       // Scratch: one column's ids of the batch.
  std::vector<uint32_t> index_;                            // Scratch of CountReads, as the next one.
  std::vector<uint32_t> counts_;
  std::vector<std::vector<float>> numbers_;  // As number_columns_, by example.
  std::vector<int64_t> examples_;
  std::vector<int64_t> labels_;  // Of the global batch.
  std::vector<PullTable> pull_tables_;
  std::vector<PushTable> push_tables_;
  ModelBatch batch_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_BATCH_LOOKUPS_H_
