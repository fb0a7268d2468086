#include "launcher/commands/inspect.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/checkpoint_directory.h"
#include "common/checkpoint/checkpoint_reader.h"

namespace shoal {
namespace {

constexpr size_t kColumns = 8;
using Line = std::array<std::string, kColumns>;

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

std::vector<Line> TableLines(const Manifest& manifest) {
  std::vector<Line> lines = {
      {"table", "num_embeddings", "embedding_dim", "rows created", "partitions", "bytes", "state", "digest"}};
  for (const ManifestTable& table : manifest.tables) {
    lines.push_back({table.schema.table, absl::StrCat(table.schema.num_embeddings),
                     absl::StrCat(table.schema.embedding_dim), absl::StrCat(table.rows),
                     absl::StrCat(table.schema.num_partitions), absl::StrCat(BytesOf(table)), StateOf(table.schema),
                     HashToHex(table.digest)});
  }
  return lines;
}

// Numbers to the right, text to the left; the last column is not padded.
void PrintAligned(absl::Span<const Line> lines, std::ostream& out) {
  constexpr std::array<bool, kColumns> kIsNumber = {false, true, true, true, true, true, false, false};
  std::array<size_t, kColumns> widths = {};
  for (const Line& line : lines) {
    for (size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  for (const Line& line : lines) {
    for (size_t i = 0; i + 1 < kColumns; ++i) {
      const int width = static_cast<int>(widths[i]);
      out << absl::StrFormat("%*s  ", kIsNumber[i] ? width : -width, line[i]);
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
      << "step            " << manifest.step << "\n"
      << "weights_digest  " << manifest.weights_digest << "\n"
      << "files           " << manifest.files.size() << ", " << bytes << " bytes, all verified\n\n";
  PrintAligned(TableLines(manifest), out);
  return absl::OkStatus();
}

}  // namespace shoal
