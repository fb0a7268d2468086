#include "common/checkpoint/table_group_writer.h"

#include <cstdint>
#include <filesystem>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/hashing_writer.h"
#include "common/checkpoint/table_group_layout.h"
#include "common/checkpoint/weights_digest.h"

namespace shoal {
namespace {

absl::Status WriteStepsAndIds(const TableRows& rows, HashingWriter* writer, TableDigestPart* part) {
  const std::vector<uint64_t> ids = rows.ids();
  writer->Append(ids.data(), ids.size() * sizeof(uint64_t));
  SHOAL_ASSIGN_OR_RETURN(*part->mutable_id_xxh3_128(), writer->EndSection());
  if (!rows.schema().has_last_step) return absl::OkStatus();
  const std::vector<uint64_t> steps = rows.last_steps();
  writer->Append(steps.data(), steps.size() * sizeof(uint64_t));
  SHOAL_ASSIGN_OR_RETURN(*part->mutable_last_step_xxh3_128(), writer->EndSection());
  return absl::OkStatus();
}

absl::Status WriteFields(const TableRows& rows, HashingWriter* writer, TableDigestPart* part) {
  const TableSchema& schema = rows.schema();
  const std::vector<uint64_t> ids = rows.ids();
  TableDigest digest(schema.table, schema.embedding_dim);
  for (size_t field = 0; field < schema.fields.size(); ++field) {
    rows.ForEach(static_cast<int>(field), [&](absl::Span<const float> values) {
      writer->Append(values.data(), values.size() * sizeof(float));
      if (field == 0 && digest.rows() < ids.size()) digest.Add(ids[digest.rows()], values);
    });
    TableFieldPart* field_part = part->add_fields();
    field_part->set_name(schema.fields[field].name);
    field_part->set_width(schema.fields[field].width);
    SHOAL_ASSIGN_OR_RETURN(*field_part->mutable_xxh3_128(), writer->EndSection());
  }
  part->set_rows(digest.rows());
  part->set_hash_low(absl::Uint128Low64(digest.sum()));
  part->set_hash_high(absl::Uint128High64(digest.sum()));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CheckpointFile> WriteTableGroup(FileSystem& file_system, const std::string& path,
                                               absl::Span<const TableRows* const> tables) {
  std::vector<TableGroupLayout::Part> parts;
  for (const TableRows* rows : tables) parts.push_back({&rows->schema(), static_cast<uint64_t>(rows->num_rows())});
  SHOAL_ASSIGN_OR_RETURN(const TableGroupLayout layout, TableGroupLayout::Create(parts));

  SHOAL_ASSIGN_OR_RETURN(HashingWriter writer, HashingWriter::Create(file_system, path));
  CheckpointFile result;
  result.set_name(std::filesystem::path(path).filename().string());
  result.set_size_bytes(layout.file_bytes());
  writer.Append(layout.header().data(), layout.header().size());
  SHOAL_RETURN_IF_ERROR(writer.EndSection().status());
  for (const TableRows* rows : tables) {
    TableDigestPart* part = result.add_digests();
    part->set_table(rows->schema().table);
    SHOAL_RETURN_IF_ERROR(WriteStepsAndIds(*rows, &writer, part));
  }
  for (size_t i = 0; i < tables.size(); ++i) {
    SHOAL_RETURN_IF_ERROR(WriteFields(*tables[i], &writer, result.mutable_digests(static_cast<int>(i))));
  }
  if (writer.bytes() != layout.file_bytes()) {
    return absl::InternalError(absl::StrCat(path, ": the tables gave ", writer.bytes(), " bytes instead of the ",
                                            layout.file_bytes(), " that their schemas and row numbers say"));
  }
  SHOAL_ASSIGN_OR_RETURN(*result.mutable_xxh3_128(), writer.Finish());
  return result;
}

}  // namespace shoal
