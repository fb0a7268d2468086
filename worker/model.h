// A model computes predictions, losses and row gradients of a batch from the rows that the batch looks up.
//
// The caller has looked up each table's distinct rows; the model sees, for each of its lookups, a block of rows and for
// each example the place of its row in the block.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_MODEL_H_
#define SHOAL_WORKER_MODEL_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "proto/job.pb.h"
#include "worker/metric_sums.h"

namespace shoal {

// A table that the model reads, and the id column that it is read by.
struct Lookup {
  int table;      // Number in the job's tables.
  int id_column;  // Into Model::id_columns(); kNoColumn: every example reads row 0.
  static constexpr int kNoColumn = -1;
};

// The rows of one lookup.
struct LookupRows {
  // [distinct rows, SegmentFloats(embedding_dim)], 64-byte aligned, zero between embedding_dim and the segment's end.
  const float* rows = nullptr;
  // Same shape; the model adds to it. Null where no gradient is wanted. Lookups of one table share the block.
  float* gradients = nullptr;
  // By example: which of the rows. Null for kNoColumn lookups (always row 0).
  const uint32_t* index = nullptr;
};

struct ModelBatch {
  int64_t num_examples = 0;
  // Examples of the whole global batch: losses are means over it, so gradients are scaled by 1 / global_batch_size.
  int64_t global_batch_size = 0;
  std::vector<LookupRows> lookups;               // As Model::lookups().
  std::vector<absl::Span<const float>> numbers;  // As Model::number_columns().
};

class Model {
 public:
  virtual ~Model() = default;
  virtual absl::Span<const Lookup> lookups() const = 0;
  // Names of the dataset's columns that the model reads.
  virtual absl::Span<const std::string> id_columns() const = 0;
  virtual absl::Span<const std::string> number_columns() const = 0;

  // Adds the row gradients of the batch's mean loss to the gradient blocks, and its sums to `sums`. Sums run over the
  // examples in order: the same batch gives the same bits.
  virtual void ForwardBackward(const ModelBatch& batch, MetricSums* sums) = 0;
  // Losses and metrics only.
  virtual void Forward(const ModelBatch& batch, MetricSums* sums) = 0;
};

// The model of a resolved job.
absl::StatusOr<std::unique_ptr<Model>> CreateModel(const JobConfig& job);

}  // namespace shoal

#endif  // SHOAL_WORKER_MODEL_H_
