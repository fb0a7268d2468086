// From the examples of a batch to the distinct rows that it reads: which ids, where each example's row lies among them,
// and the blocks of rows and gradients. Blocks are kept from batch to batch.
//
// Tables that are read by the same columns (factors and biases of users, say) share their distinct ids.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_BATCH_LOOKUPS_H_
#define SHOAL_WORKER_BATCH_LOOKUPS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/aligned_floats.h"
#include "common/base/unique_ids.h"
#include "common/data/dataset.h"
#include "proto/job.pb.h"
#include "worker/model.h"
#include "worker/parameter_client.h"

namespace shoal {

class BatchLookups {
 public:
  // `model` and `dataset` outlive the result. InvalidArgument: the dataset lacks a column of the model.
  static absl::StatusOr<std::unique_ptr<BatchLookups>> Create(const JobConfig& job, const Model& model,
                                                              const Dataset& dataset);

  // Looks examples up: afterwards pull_tables() says what to read. The own examples are [begin, end) of those of the
  // global batch.
  void Prepare(absl::Span<const int64_t> global_batch, size_t begin, size_t end);
  void Prepare(absl::Span<const int64_t> examples) { Prepare(examples, 0, examples.size()); }
  // The same by the own examples alone, the first of which is number `first` of the global batch.
  // REQUIRES: the model reads no label.
  void PrepareOwn(absl::Span<const int64_t> examples, int64_t first);

  // Rows to read, into this object's blocks. Valid until the next Prepare.
  absl::Span<const PullTable> pull_tables() const { return pull_tables_; }

  // What the model computes on, once the rows are there; gradient blocks are zero, or absent.
  ModelBatch& BatchForTraining(int64_t global_batch_size);
  ModelBatch& BatchForValidation();

  // Gradients to push, once the model has added to them.
  absl::Span<const PushTable> push_tables() const { return push_tables_; }

 private:
  // Distinct ids of all columns that read some tables.
  struct IdGroup {
    explicit IdGroup(uint64_t num_embeddings) : ids(num_embeddings) {}
    // Of ids, then of bags, then of arrays, as in ModelColumns; empty: row 0 for every example.
    std::vector<int> columns;
    UniqueIds ids;
    std::vector<std::vector<uint32_t>> index;   // By place in `columns`, then as LookupRows::index.
    std::vector<std::vector<int64_t>> offsets;  // The same; empty where the column is no bag.
    std::vector<std::vector<float>> weights;    // As `index`; empty where the ids have none.
  };
  struct TableBlock {
    int table;
    int group;
    int64_t segment;
    AlignedFloats rows;
    AlignedFloats gradients;
  };
  // Where a lookup of the model finds its rows.
  struct Place {
    int block;
    int column;  // Into IdGroup::columns; Lookup::kNoColumn.
  };

  BatchLookups(const JobConfig& job, const Model& model);

  absl::Status FindColumns(const ModelColumns& columns, const Dataset& dataset);

  // The group of a table with `num_embeddings` rows that is read by `columns`.
  int FindOrAddGroup(const std::vector<int>& columns, int64_t num_embeddings);
  // The column that a lookup reads, as IdGroup::columns numbers it.
  int ColumnOf(const Lookup& lookup) const;
  // Puts the ids of column `c` of the group, for the examples, into column_ids_; of bags, also where each example's lie
  // and their weights.
  void GatherIds(absl::Span<const int64_t> examples, const IdGroup& group, size_t c, std::vector<int64_t>* offsets,
                 std::vector<float>* weights);
  void FillBatch(bool with_gradients);

  const int num_id_columns_;
  const int num_bag_columns_;
  // As ModelColumns.
  std::vector<const IdColumn*> id_columns_;
  std::vector<const NumberColumn*> number_columns_;
  std::vector<const BagColumn*> bag_columns_;    // Bags,
  std::vector<const BagColumn*> array_columns_;  // and arrays.
  std::vector<const ImageColumn*> image_columns_;
  const LabelColumn* label_column_ = nullptr;
  std::vector<IdGroup> groups_;
  std::vector<TableBlock> blocks_;
  std::vector<Place> places_;  // As Model::lookups().

  std::vector<uint64_t> column_ids_;         // Scratch: one column's ids of the batch.
  std::vector<std::vector<float>> numbers_;  // As number_columns_, by example.
  std::vector<int64_t> examples_;
  std::vector<int64_t> labels_;  // Of the global batch.
  std::vector<PullTable> pull_tables_;
  std::vector<PushTable> push_tables_;
  ModelBatch batch_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_BATCH_LOOKUPS_H_
