// Tables in maps and dense parameters, the model that checkpoints are compared with, and how to save them.
#ifndef SHOAL_TESTS_COMMON_CHECKPOINT_TEST_CHECKPOINT_H_
#define SHOAL_TESTS_COMMON_CHECKPOINT_TEST_CHECKPOINT_H_

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/file_system.h"
#include "common/checkpoint/checkpoint_digests.h"
#include "common/checkpoint/checkpoint_reader.h"
#include "common/checkpoint/saved_parameter.h"
#include "common/checkpoint/table_rows.h"
#include "proto/coordinator_service.pb.h"
#include "proto/job.pb.h"

namespace shoal {

struct ModelRow {
  uint64_t last_step = 0;
  std::vector<std::vector<float>> fields;  // As the schema's.

  friend bool operator==(const ModelRow& a, const ModelRow& b) {
    return a.last_step == b.last_step && a.fields == b.fields;
  }
};

struct ModelTable {
  TableSchema schema;
  std::map<uint64_t, ModelRow> rows;
};

// A table of which about half of the rows are created. With idle rows moving: two states, pending_weight and last_step
// up to `step`; else one state a row.
ModelTable RandomModelTable(const std::string& name, int64_t num_embeddings, int dim, bool moves_idle_rows,
                            uint64_t step, std::mt19937_64* random);

// The rows of a table that server `server` of `num_servers` holds, in the order of `ids` (ascending unless a test
// changes it).
class ModelTableRows : public TableRows {
 public:
  ModelTableRows(const ModelTable* table, int server, int num_servers);

  const TableSchema& schema() const override { return table_->schema; }
  int64_t num_rows() const override { return static_cast<int64_t>(ids_.size()); }
  std::vector<uint64_t> ids() const override { return ids_; }
  std::vector<uint64_t> last_steps() const override;
  void ForEach(int field, absl::FunctionRef<void(absl::Span<const float>)> sink) const override;

  std::vector<uint64_t>* mutable_ids() { return &ids_; }

 private:
  const ModelTable* table_;
  std::vector<uint64_t> ids_;
};

// A parameter of random values, with the state "exp_avg" of its shape and "sum" of one float.
LoadedParameter RandomParameter(const std::string& name, std::vector<int64_t> shape, std::mt19937_64* random);

// `num_servers` hold the rows. `dense`: its model has a tower with parameters.
ResolvedJob JobOf(const std::vector<ModelTable>& tables, int num_servers, bool dense = false);

// Writes the table files of all servers into the pending checkpoint.
absl::StatusOr<std::vector<CheckpointFile>> WriteTableFiles(FileSystem& files, const std::string& checkpoints,
                                                            uint64_t step, const std::vector<ModelTable>& tables,
                                                            int num_servers);

// The same, and publishes. Returns weights_digest.
absl::StatusOr<std::string> SaveCheckpoint(FileSystem& files, const std::string& checkpoints, uint64_t step,
                                           const std::vector<ModelTable>& tables, int num_servers,
                                           const std::string& vocabulary_directory = "");

// The same of a job with dense parameters. Returns both digests.
absl::StatusOr<CheckpointDigests> SaveDenseCheckpoint(FileSystem& files, const std::string& checkpoints, uint64_t step,
                                                      const std::vector<ModelTable>& tables,
                                                      const std::vector<LoadedParameter>& parameters, int num_servers,
                                                      const std::string& vocabulary_directory = "");

// Everything of a table that the reader gives.
absl::StatusOr<std::map<uint64_t, ModelRow>> ReadRows(const CheckpointReader& reader, const std::string& table);

}  // namespace shoal

#endif  // SHOAL_TESTS_COMMON_CHECKPOINT_TEST_CHECKPOINT_H_
