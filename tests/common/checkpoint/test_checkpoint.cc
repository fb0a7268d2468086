#include "tests/common/checkpoint/test_checkpoint.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/checkpoint_directory.h"
#include "common/checkpoint/dense_writer.h"
#include "common/checkpoint/publish_checkpoint.h"
#include "common/checkpoint/table_group_writer.h"

namespace shoal {

ModelTable RandomModelTable(const std::string& name, int64_t num_embeddings, int dim, bool moves_idle_rows,
                            uint64_t step, std::mt19937_64* random) {
  ModelTable table;
  table.schema.table = name;
  table.schema.num_embeddings = num_embeddings;
  table.schema.embedding_dim = dim;
  table.schema.num_partitions = 8;
  table.schema.has_last_step = moves_idle_rows;
  table.schema.fields = {{"weight", dim}};
  if (moves_idle_rows) {
    table.schema.fields.insert(table.schema.fields.end(),
                               {{"exp_avg", dim}, {"exp_avg_sq", dim}, {"pending_weight", dim}});
  } else {
    table.schema.fields.push_back({"sum", 1});
  }
  std::normal_distribution<float> normal;
  for (int64_t id = 0; id < num_embeddings; ++id) {
    if ((*random)() % 2 == 0) continue;
    ModelRow& row = table.rows[static_cast<uint64_t>(id)];
    if (moves_idle_rows) row.last_step = (*random)() % (step + 1);
    for (const RowField& field : table.schema.fields) {
      std::vector<float>& values = row.fields.emplace_back(field.width);
      for (float& value : values) value = normal(*random);
    }
  }
  return table;
}

ModelTableRows::ModelTableRows(const ModelTable* table, int server, int num_servers) : table_(table) {
  for (const auto& [id, row] : table->rows) {
    const int partition = static_cast<int>(id % static_cast<uint64_t>(table->schema.num_partitions));
    if (partition % num_servers == server) ids_.push_back(id);
  }
}

std::vector<uint64_t> ModelTableRows::last_steps() const {
  std::vector<uint64_t> steps;
  for (const uint64_t id : ids_) steps.push_back(table_->rows.at(id).last_step);
  return steps;
}

void ModelTableRows::ForEach(int field, absl::FunctionRef<void(absl::Span<const float>)> sink) const {
  for (const uint64_t id : ids_) sink(table_->rows.at(id).fields[field]);
}

LoadedParameter RandomParameter(const std::string& name, std::vector<int64_t> shape, std::mt19937_64* random) {
  size_t elements = 1;
  for (const int64_t extent : shape) elements *= static_cast<size_t>(extent);
  std::normal_distribution<float> normal;
  const auto draw = [&](size_t count) {
    std::vector<float> values(count);
    for (float& value : values) value = normal(*random);
    return values;
  };
  LoadedParameter parameter = {name, std::move(shape), draw(elements), {}};
  parameter.state = {{"exp_avg", draw(elements)}, {"sum", draw(1)}};
  return parameter;
}

ResolvedJob JobOf(const std::vector<ModelTable>& tables, int num_servers, bool dense) {
  ResolvedJob job;
  job.mutable_job()->mutable_cluster()->set_parameter_servers(num_servers);
  job.mutable_job()->set_seed(7);
  Network* network = job.mutable_job()->mutable_model()->mutable_network();
  if (dense) network->add_tower()->mutable_linear();
  for (const ModelTable& table : tables) {
    TableConfig* config = job.mutable_job()->add_tables();
    config->set_name(table.schema.table);
    config->set_num_embeddings(table.schema.num_embeddings);
    config->set_embedding_dim(table.schema.embedding_dim);
    config->set_num_partitions(table.schema.num_partitions);
  }
  return job;
}

absl::StatusOr<std::vector<CheckpointFile>> WriteTableFiles(FileSystem& files, const std::string& checkpoints,
                                                            uint64_t step, const std::vector<ModelTable>& tables,
                                                            int num_servers) {
  std::vector<CheckpointFile> written;
  for (int server = 0; server < num_servers; ++server) {
    std::vector<ModelTableRows> rows;
    rows.reserve(tables.size());
    for (const ModelTable& table : tables) rows.emplace_back(&table, server, num_servers);
    std::vector<const TableRows*> group;
    group.reserve(rows.size());
    for (const ModelTableRows& table_rows : rows) group.push_back(&table_rows);
    const std::string path =
        absl::StrCat(PendingCheckpointPath(checkpoints, step), "/", TableGroupFileName(server, num_servers));
    SHOAL_ASSIGN_OR_RETURN(CheckpointFile file, WriteTableGroup(files, path, group));
    written.push_back(std::move(file));
  }
  return written;
}

absl::StatusOr<std::string> SaveCheckpoint(FileSystem& files, const std::string& checkpoints, uint64_t step,
                                           const std::vector<ModelTable>& tables, int num_servers,
                                           const std::string& vocabulary_directory) {
  SHOAL_ASSIGN_OR_RETURN(const std::vector<CheckpointFile> written,
                         WriteTableFiles(files, checkpoints, step, tables, num_servers));
  SHOAL_ASSIGN_OR_RETURN(
      const CheckpointDigests digests,
      PublishCheckpoint(files, checkpoints, step, JobOf(tables, num_servers), written, vocabulary_directory));
  return digests.weights;
}

absl::StatusOr<CheckpointDigests> SaveDenseCheckpoint(FileSystem& files, const std::string& checkpoints, uint64_t step,
                                                      const std::vector<ModelTable>& tables,
                                                      const std::vector<LoadedParameter>& parameters, int num_servers,
                                                      const std::string& vocabulary_directory) {
  SHOAL_ASSIGN_OR_RETURN(std::vector<CheckpointFile> written,
                         WriteTableFiles(files, checkpoints, step, tables, num_servers));
  const std::string path = absl::StrCat(PendingCheckpointPath(checkpoints, step), "/", kDenseFileName);
  SHOAL_ASSIGN_OR_RETURN(CheckpointFile dense, WriteDenseParameters(files, path, Views(parameters)));
  written.push_back(std::move(dense));
  return PublishCheckpoint(files, checkpoints, step, JobOf(tables, num_servers, /*dense=*/true), written,
                           vocabulary_directory);
}

absl::StatusOr<std::map<uint64_t, ModelRow>> ReadRows(const CheckpointReader& reader, const std::string& table) {
  std::map<uint64_t, ModelRow> rows;
  SHOAL_RETURN_IF_ERROR(reader.ForEachRow(table, [&](const LoadedRow& loaded) {
    ModelRow& row = rows[loaded.id];
    row.last_step = loaded.last_step;
    for (const absl::Span<const float> field : loaded.fields) row.fields.emplace_back(field.begin(), field.end());
    return absl::OkStatus();
  }));
  return rows;
}

}  // namespace shoal
