#include "launcher/commands/inspect.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/checkpoint_directory.h"
#include "common/checkpoint/checkpoint_reader.h"
#include "common/checkpoint/dense_layout.h"

namespace shoal {
namespace {

// Lines of as many cells as there are columns; numbers stand to the right, text to the left.
struct AlignedTable {
  std::vector<bool> is_number;
  std::vector<std::vector<std::string>> lines;  // The headings first.
};

uint64_t BytesOf(const ManifestTable& table) {
  uint64_t row_bytes = sizeof(uint64_t) * (table.schema.has_last_step ? 2 : 1);
  for (const RowField& field : table.schema.fields) row_bytes += sizeof(float) * field.width;
  return row_bytes * table.rows;
}

// What is stored beside the weight: "exp_avg, exp_avg_sq, pending_weight, last_step".
std::string StateOf(const TableSchema& schema) {
  std::vector<std::string> names;
  for (size_t i = 1; i < schema.fields.size(); ++i) names.push_back(schema.fields[i].name);
  if (schema.has_last_step) names.push_back("last_step");
  return names.empty() ? "-" : absl::StrJoin(names, ", ");
}

AlignedTable TablesOf(const Manifest& manifest) {
  AlignedTable tables = {
      {false, true, true, true, true, true, false, false},
      {{"table", "num_embeddings", "embedding_dim", "rows created", "partitions", "bytes", "state", "digest"}}};
  for (const ManifestTable& table : manifest.tables) {
    tables.lines.push_back({table.schema.table, absl::StrCat(table.schema.num_embeddings),
                            absl::StrCat(table.schema.embedding_dim), absl::StrCat(table.rows),
                            absl::StrCat(table.schema.num_partitions), absl::StrCat(BytesOf(table)),
                            StateOf(table.schema), HashToHex(table.digest)});
  }
  return tables;
}

AlignedTable ParametersOf(const CheckpointFile& file) {
  AlignedTable table = {{false, false, true, false}, {{"dense parameter", "shape", "bytes", "state"}}};
  for (const DenseParameterPart& parameter : file.parameters()) {
    int64_t floats = CountElements(parameter);
    std::vector<std::string> state;
    for (const TableFieldPart& field : parameter.state()) {
      floats += field.width();
      state.push_back(field.name());
    }
    table.lines.push_back({parameter.name(), absl::StrCat("[", absl::StrJoin(parameter.shape(), ", "), "]"),
                           absl::StrCat(floats * sizeof(float)), state.empty() ? "-" : absl::StrJoin(state, ", ")});
  }
  return table;
}

// The last column is not padded.
void PrintAligned(const AlignedTable& table, std::ostream& out) {
  const size_t columns = table.is_number.size();
  std::vector<size_t> widths(columns);
  for (const auto& line : table.lines) {
    for (size_t i = 0; i < columns; ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  for (const auto& line : table.lines) {
    for (size_t i = 0; i + 1 < columns; ++i) {
      const int width = static_cast<int>(widths[i]);
      out << absl::StrFormat("%*s  ", table.is_number[i] ? width : -width, line[i]);
    }
    out << line.back() << "\n";
  }
}

}  // namespace

absl::Status RunInspect(FileSystem& file_system, const InspectOptions& options, std::ostream& out) {
  SHOAL_ASSIGN_OR_RETURN(const std::string directory, FindCheckpoint(file_system, options.checkpoint));
  SHOAL_ASSIGN_OR_RETURN(const CheckpointReader reader, CheckpointReader::Open(file_system, directory));
  SHOAL_RETURN_IF_ERROR(reader.VerifyAllBytes());
  const Manifest& manifest = reader.manifest();
  uint64_t bytes = 0;
  for (const CheckpointFile& file : manifest.files) bytes += file.size_bytes();
  out << "checkpoint      " << directory << "\n"
      << "step            " << manifest.step << "\n";
  if (!manifest.tables.empty()) out << "weights_digest  " << manifest.weights_digest << "\n";
  const CheckpointFile* const dense = manifest.FindDenseFile();
  if (dense != nullptr) out << "dense_digest    " << manifest.dense_digest << "\n";
  out << "files           " << manifest.files.size() << ", " << bytes << " bytes, all verified\n\n";
  if (!manifest.tables.empty()) PrintAligned(TablesOf(manifest), out);
  if (dense == nullptr) return absl::OkStatus();
  if (!manifest.tables.empty()) out << "\n";
  PrintAligned(ParametersOf(*dense), out);
  return absl::OkStatus();
}

}  // namespace shoal
