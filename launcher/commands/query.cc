#include "launcher/commands/query.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/counted.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/checkpoint_directory.h"
#include "common/checkpoint/checkpoint_reader.h"
#include "common/neighbors/nearest_neighbors.h"
#include "launcher/commands/row_directory.h"

namespace shoal {
namespace {

absl::StatusOr<Distance> DistanceOf(const QueryOptions& options) {
  if (options.metric == "cosine") return COSINE;
  if (options.metric == "euclidean") return EUCLIDEAN;
  return absl::InvalidArgumentError(
      absl::StrCat("there is no metric '", options.metric, "'; the metrics are: cosine, euclidean"));
}

// The created rows of a table.
struct Rows {
  std::vector<uint64_t> ids;  // Ascending.
  std::vector<float> weights;
};

absl::StatusOr<Rows> ReadRows(const CheckpointReader& reader, const ManifestTable& table) {
  Rows rows;
  rows.ids.reserve(table.rows);
  rows.weights.reserve(table.rows * table.schema.embedding_dim);
  SHOAL_RETURN_IF_ERROR(reader.ForEachWeight(table.schema.table, [&](uint64_t id, absl::Span<const float> weight) {
    rows.ids.push_back(id);
    rows.weights.insert(rows.weights.end(), weight.begin(), weight.end());
    return absl::OkStatus();
  }));
  return rows;
}

absl::StatusOr<RowDirectory> DirectoryOf(const CheckpointReader& reader, const TableSchema& schema,
                                         const QueryOptions& options) {
  SHOAL_ASSIGN_OR_RETURN(std::vector<std::string> keys, reader.ReadVocabulary(options.table));
  absl::flat_hash_map<std::string, std::string> names;
  if (!options.names.file.empty()) {
    SHOAL_ASSIGN_OR_RETURN(names, ReadRowNames(options.names));
  }
  return RowDirectory(options.table, schema.num_embeddings, std::move(keys), std::move(names));
}

absl::StatusOr<uint64_t> FindRow(const RowDirectory& directory, const TableSchema& schema,
                                 const QueryOptions& options) {
  if (options.key.has_value()) return directory.Find(*options.key);
  if (*options.id < static_cast<uint64_t>(schema.num_embeddings)) return *options.id;
  return absl::NotFoundError(absl::StrCat("table ", options.table, " has no row ", *options.id, ": its ids are 0 to ",
                                          schema.num_embeddings - 1));
}

// Columns that say nothing are left out.
void Print(const RowDirectory& directory, const Rows& rows, const Neighbors& neighbors, size_t queried, Distance metric,
           int64_t k, std::ostream& out) {
  out << absl::StrFormat("%4s  %10s  %8s", "rank", metric == COSINE ? "similarity" : "distance", "id");
  if (directory.has_keys()) out << "  key";
  if (directory.has_names()) out << "  name";
  out << "\n";
  int64_t rank = 0;
  for (int64_t i = 0; i < neighbors.k && rank < k; ++i) {
    const auto row = static_cast<size_t>(neighbors.indices[i]);
    if (row == queried) continue;
    const uint64_t id = rows.ids[row];
    const float distance = neighbors.distances[i];
    out << absl::StrFormat("%4d  ", ++rank);
    out << (metric == COSINE ? absl::StrFormat("%10.4f", 1 - distance) : absl::StrFormat("%10.5g", distance));
    out << absl::StrFormat("  %8d", id);
    if (directory.has_keys()) out << "  " << directory.KeyOf(id);
    if (directory.has_names()) out << "  " << directory.NameOf(id);
    out << "\n";
  }
}

}  // namespace

absl::Status RunQuery(FileSystem& file_system, const QueryOptions& options, std::ostream& out) {
  if (options.key.has_value() == options.id.has_value()) {
    return absl::InvalidArgumentError("give either --key or --id: the row whose neighbours are looked for");
  }
  if (options.k < 1) return absl::InvalidArgumentError(absl::StrCat("-k must be at least 1, is ", options.k));
  SHOAL_ASSIGN_OR_RETURN(const Distance metric, DistanceOf(options));
  SHOAL_ASSIGN_OR_RETURN(const std::string directory_path, FindCheckpoint(file_system, options.checkpoint));
  SHOAL_ASSIGN_OR_RETURN(const CheckpointReader reader, CheckpointReader::Open(file_system, directory_path));
  SHOAL_ASSIGN_OR_RETURN(const ManifestTable* const table, reader.manifest().FindTable(options.table));
  const TableSchema& schema = table->schema;
  SHOAL_ASSIGN_OR_RETURN(const RowDirectory directory, DirectoryOf(reader, schema, options));
  SHOAL_ASSIGN_OR_RETURN(const uint64_t id, FindRow(directory, schema, options));

  SHOAL_ASSIGN_OR_RETURN(const Rows rows, ReadRows(reader, *table));
  const auto found = std::lower_bound(rows.ids.begin(), rows.ids.end(), id);
  if (found == rows.ids.end() || *found != id) {
    return absl::FailedPreconditionError(absl::StrCat("training never touched ", directory.Describe(id), " of table ",
                                                      options.table, ": its neighbours are chance"));
  }
  const size_t queried = found - rows.ids.begin();
  const int dim = schema.embedding_dim;
  SHOAL_ASSIGN_OR_RETURN(const NearestNeighbors index, NearestNeighbors::Create(rows.weights, dim, metric));
  const int64_t wanted = std::min(options.k, index.size()) + 1;  // The row itself is one of them.
  SHOAL_ASSIGN_OR_RETURN(const Neighbors neighbors,
                         index.Search(absl::MakeConstSpan(rows.weights).subspan(queried * dim, dim), wanted));
  if (options.key.has_value() && !directory.has_keys() && *options.key == absl::StrCat(id)) {
    out << "table " << options.table << " has no vocabulary: key " << id << " is row " << id << "\n";
  }
  out << "The rows nearest to " << directory.Describe(id) << " among " << Counted(index.size(), "trained row")
      << " of table " << options.table << " at step " << reader.manifest().step << ":\n";
  Print(directory, rows, neighbors, queried, metric, options.k, out);
  return absl::OkStatus();
}

}  // namespace shoal
