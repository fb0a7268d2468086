#include "common/checkpoint/manifest.h"

#include <algorithm>
#include <set>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/table_group_layout.h"
#include "common/checkpoint/weights_digest.h"

namespace shoal {
namespace {

absl::uint128 PartSum(const TableDigestPart& part) { return absl::MakeUint128(part.hash_high(), part.hash_low()); }

// Relative, without "..", and of characters that need no escape anywhere.
bool IsFileName(absl::string_view name) {
  if (name.empty() || name.front() == '/' || absl::StrContains(name, "..")) return false;
  return absl::c_all_of(
      name, [](unsigned char c) { return absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '.' || c == '/'; });
}

// A file that a process reports as its table file may not take the place of another file.
bool IsTableFileName(absl::string_view name) {
  return absl::StartsWith(name, "tables-") && absl::EndsWith(name, ".safetensors") && !absl::StrContains(name, '/');
}

bool IsHash(const std::string& hex) { return HashFromHex(hex).has_value(); }

std::vector<RowField> FieldsOf(const TableDigestPart& part) {
  std::vector<RowField> fields;
  for (const TableFieldPart& field : part.fields()) fields.push_back({field.name(), field.width()});
  return fields;
}

bool SameFields(const std::vector<RowField>& a, const std::vector<RowField>& b) {
  return absl::c_equal(a, b,
                       [](const RowField& x, const RowField& y) { return x.name == y.name && x.width == y.width; });
}

absl::Status ValidatePart(const TableDigestPart& part, const TableSchema& schema) {
  const auto error = [&](absl::string_view message) {
    return absl::InvalidArgumentError(absl::StrCat("table ", schema.table, ": ", message));
  };
  if (!SameFields(FieldsOf(part), schema.fields))
    return error("its fields differ from those of the job or other files");
  if (part.last_step_xxh3_128().empty() == schema.has_last_step) return error("last_step is in some files only");
  if (schema.has_last_step && !IsHash(part.last_step_xxh3_128())) return error("the hash of last_step is malformed");
  if (!IsHash(part.id_xxh3_128())) return error("the hash of id is malformed");
  for (const TableFieldPart& field : part.fields()) {
    if (!IsHash(field.xxh3_128())) return error(absl::StrCat("the hash of ", field.name(), " is malformed"));
  }
  return absl::OkStatus();
}

// Of one table file: its parts agree with the tables, and its size with them.
absl::Status ValidateTableFile(const CheckpointFile& file, const Manifest& manifest) {
  std::vector<TableGroupLayout::Part> parts;
  for (const TableDigestPart& part : file.digests()) {
    SHOAL_ASSIGN_OR_RETURN(const ManifestTable* table, manifest.FindTable(part.table()));
    SHOAL_RETURN_IF_ERROR(ValidatePart(part, table->schema));
    parts.push_back({&table->schema, part.rows()});
  }
  SHOAL_ASSIGN_OR_RETURN(const TableGroupLayout layout, TableGroupLayout::Create(parts));
  if (layout.file_bytes() != file.size_bytes()) {
    return absl::InvalidArgumentError(
        absl::StrCat("its size is ", file.size_bytes(), " bytes, but its tables take ", layout.file_bytes()));
  }
  return absl::OkStatus();
}

absl::Status ValidateFiles(const Manifest& manifest) {
  std::set<std::string> names;
  for (const CheckpointFile& file : manifest.files) {
    const auto error = [&](absl::string_view message) {
      return absl::InvalidArgumentError(absl::StrCat("file '", file.name(), "': ", message));
    };
    if (!IsFileName(file.name())) return error("the name is not a plain relative path");
    if (!names.insert(file.name()).second) return error("it stands twice");
    if (!IsHash(file.xxh3_128())) return error("its hash is malformed");
    if (file.digests().empty() == IsTableFileName(file.name())) {
      return error("tables lie in files named tables-*.safetensors, and nothing else does");
    }
    if (file.digests().empty()) continue;
    if (absl::Status status = ValidateTableFile(file, manifest); !status.ok()) return error(status.message());
  }
  return absl::OkStatus();
}

struct Totals {
  uint64_t rows = 0;
  absl::uint128 digest = 0;
};

Totals AddParts(absl::Span<const CheckpointFile> files, absl::string_view table) {
  Totals totals;
  for (const CheckpointFile& file : files) {
    for (const TableDigestPart& part : file.digests()) {
      if (part.table() != table) continue;
      totals.rows += part.rows();
      totals.digest += PartSum(part);
    }
  }
  return totals;
}

std::string DigestOf(const std::vector<ManifestTable>& tables) {
  std::vector<TableDigestEntry> entries;
  entries.reserve(tables.size());
  for (const ManifestTable& table : tables) entries.push_back({table.schema.table, table.rows, table.digest});
  return WeightsDigest(std::move(entries));
}

// The schema that the first file with the table states, or the bare one of a table without rows.
TableSchema SchemaOf(const TableConfig& config, absl::Span<const CheckpointFile> files) {
  TableSchema schema;
  schema.table = config.name();
  schema.num_embeddings = config.num_embeddings();
  schema.embedding_dim = config.embedding_dim();
  schema.num_partitions = config.num_partitions();
  schema.fields = {{"weight", config.embedding_dim()}};
  for (const CheckpointFile& file : files) {
    for (const TableDigestPart& part : file.digests()) {
      if (part.table() != config.name()) continue;
      schema.fields = FieldsOf(part);
      schema.has_last_step = !part.last_step_xxh3_128().empty();
      return schema;
    }
  }
  return schema;
}

}  // namespace

absl::StatusOr<const ManifestTable*> Manifest::FindTable(absl::string_view name) const {
  for (const ManifestTable& table : tables) {
    if (table.schema.table == name) return &table;
  }
  return absl::NotFoundError(absl::StrCat(
      "there is no table '", name, "'; the tables are: ",
      absl::StrJoin(tables, ", ", [](std::string* out, const ManifestTable& table) { *out += table.schema.table; })));
}

absl::StatusOr<Manifest> BuildManifest(uint64_t step, const ResolvedJob& job,
                                       absl::Span<const CheckpointFile> table_files) {
  Manifest manifest;
  manifest.step = step;
  manifest.files.assign(table_files.begin(), table_files.end());
  for (const TableConfig& config : job.job().tables()) {
    const Totals totals = AddParts(table_files, config.name());
    manifest.tables.push_back({SchemaOf(config, table_files), totals.rows, totals.digest});
  }
  manifest.weights_digest = DigestOf(manifest.tables);
  SHOAL_RETURN_IF_ERROR(ValidateManifest(manifest));
  return manifest;
}

absl::Status ValidateManifest(const Manifest& manifest) {
  std::set<std::string> names;
  for (const ManifestTable& table : manifest.tables) {
    SHOAL_RETURN_IF_ERROR(ValidateTableSchema(table.schema));
    const auto error = [&](absl::string_view message) {
      return absl::InvalidArgumentError(absl::StrCat("table ", table.schema.table, ": ", message));
    };
    if (!names.insert(table.schema.table).second) return error("it stands twice");
    if (table.rows > static_cast<uint64_t>(table.schema.num_embeddings)) return error("rows exceeds num_embeddings");
  }
  SHOAL_RETURN_IF_ERROR(ValidateFiles(manifest));
  for (const ManifestTable& table : manifest.tables) {
    const Totals totals = AddParts(manifest.files, table.schema.table);
    if (totals.rows != table.rows || totals.digest != table.digest) {
      return absl::InvalidArgumentError(
          absl::StrCat("table ", table.schema.table, ": the files do not add up to its rows and digest"));
    }
  }
  if (DigestOf(manifest.tables) != manifest.weights_digest) {
    return absl::InvalidArgumentError("weights_digest is not that of the tables");
  }
  return absl::OkStatus();
}

}  // namespace shoal
