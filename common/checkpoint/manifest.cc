#include "common/checkpoint/manifest.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/checkpoint_directory.h"
#include "common/checkpoint/dense_digest.h"
#include "common/checkpoint/dense_layout.h"
#include "common/checkpoint/table_group_layout.h"
#include "common/checkpoint/weights_digest.h"
#include "common/config/dense_layers.h"

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

absl::Status ValidateDenseFile(const CheckpointFile& file) {
  SHOAL_ASSIGN_OR_RETURN(const DenseLayout layout, DenseLayout::Create(file.parameters()));
  for (const DenseParameterPart& parameter : file.parameters()) {
    const bool hashed = absl::c_all_of(parameter.state(), [](const auto& state) { return IsHash(state.xxh3_128()); });
    if (hashed && IsHash(parameter.values_xxh3_128())) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("dense parameter ", parameter.name(), ": the hash of its values or state is malformed"));
  }
  if (layout.file_bytes() == file.size_bytes()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("its size is ", file.size_bytes(), " bytes, but its parameters take ", layout.file_bytes()));
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
    if (file.parameters().empty() == (file.name() == kDenseFileName)) {
      return error(absl::StrCat("dense parameters lie in ", kDenseFileName, ", and nothing else does"));
    }
    absl::Status status;
    if (!file.digests().empty()) status = ValidateTableFile(file, manifest);
    if (!file.parameters().empty()) status = ValidateDenseFile(file);
    if (!status.ok()) return error(status.message());
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

// REQUIRES: ValidateDenseFile, where `file` is not null.
std::string DenseDigestOf(const CheckpointFile* file) {
  std::vector<DenseDigestEntry> entries;
  if (file == nullptr) return "";
  for (const DenseParameterPart& part : file->parameters()) {
    entries.push_back(
        {part.name(), {part.shape().begin(), part.shape().end()}, HashFromHex(part.values_xxh3_128()).value_or(0)});
  }
  return DenseDigest(std::move(entries));
}

// That every holder of partitions has reported its file with all tables in it, and nobody anything else. Of dense
// parameters: CheckDenseParameters.
absl::Status CheckReportedFiles(const ResolvedJob& job, absl::Span<const CheckpointFile> files) {
  std::set<std::string> missing;
  const int holders = std::max(job.job().cluster().parameter_servers(), 1);
  for (int i = 0; i < holders && !job.job().tables().empty(); ++i) missing.insert(TableGroupFileName(i, holders));
  const std::set<std::string> table_files = missing;
  for (const CheckpointFile& file : files) {
    const auto error = [&](const auto&... message) {
      return absl::InvalidArgumentError(absl::StrCat("file '", file.name(), "': ", message...));
    };
    if (file.name() == kDenseFileName) continue;
    if (table_files.count(file.name()) == 0) return error("no process of the job writes it");
    missing.erase(file.name());
    for (const TableConfig& table : job.job().tables()) {
      const bool held = absl::c_any_of(file.digests(), [&](const auto& part) { return part.table() == table.name(); });
      if (!held) return error("it does not hold table ", table.name());
    }
  }
  if (missing.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(absl::StrJoin(missing, ", "), " is missing: whoever holds these partitions has not reported it"));
}

// The schema that the first file with the table states.
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

const CheckpointFile* Manifest::FindDenseFile() const {
  const auto found = absl::c_find_if(files, [](const CheckpointFile& file) { return file.name() == kDenseFileName; });
  return found == files.end() ? nullptr : &*found;
}

absl::StatusOr<Manifest> BuildManifest(uint64_t step, const ResolvedJob& job, absl::Span<const CheckpointFile> files) {
  SHOAL_RETURN_IF_ERROR(CheckReportedFiles(job, files));
  Manifest manifest;
  manifest.step = step;
  manifest.files.assign(files.begin(), files.end());
  for (const TableConfig& config : job.job().tables()) {
    const Totals totals = AddParts(files, config.name());
    manifest.tables.push_back({SchemaOf(config, files), totals.rows, totals.digest});
  }
  manifest.weights_digest = DigestOf(manifest.tables);
  manifest.dense_digest = DenseDigestOf(manifest.FindDenseFile());
  SHOAL_RETURN_IF_ERROR(ValidateManifest(manifest));
  SHOAL_RETURN_IF_ERROR(CheckDenseParameters(manifest, job));
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
  if (DenseDigestOf(manifest.FindDenseFile()) != manifest.dense_digest) {
    return absl::InvalidArgumentError("dense_digest is not that of the dense parameters");
  }
  return absl::OkStatus();
}

absl::Status CheckDenseParameters(const Manifest& manifest, const ResolvedJob& job) {
  const bool wanted = HasDenseParameters(job.job().model());
  if (wanted == (manifest.FindDenseFile() != nullptr)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the job's model has ", wanted ? "" : "no ",
                                                 "dense parameters, but there is ", wanted ? "no " : "a ",
                                                 kDenseFileName));
}

}  // namespace shoal
