#include "common/checkpoint/table_group_writer.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/table_group_layout.h"
#include "common/checkpoint/weights_digest.h"

namespace shoal {
namespace {

constexpr size_t kBufferBytes = 8 << 20;

// Gathers small pieces into large writes and hashes them as they leave. The first error sticks: later pieces are
// ignored, so that callers may check once a tensor.
class HashingWriter {
 public:
  explicit HashingWriter(std::unique_ptr<WritableFile> file) : file_(std::move(file)) { buffer_.reserve(kBufferBytes); }

  void Append(const void* bytes, size_t count) {
    const char* next = static_cast<const char*>(bytes);
    while (count > 0) {
      const size_t part = std::min(count, kBufferBytes - buffer_.size());
      buffer_.append(next, part);
      next += part;
      count -= part;
      if (buffer_.size() == kBufferBytes) Flush();
    }
  }

  // Ends a tensor (or the header): the hash of the bytes since the last call, in hexadecimal.
  absl::StatusOr<std::string> EndSection() {
    Flush();
    if (!status_.ok()) return status_;
    return HashToHex(std::exchange(section_, Hasher128()).Digest());
  }

  uint64_t bytes() const { return bytes_; }

  // Syncs and closes; the hash of all bytes. REQUIRES: called once, after the last EndSection.
  absl::StatusOr<std::string> Finish() {
    SHOAL_RETURN_IF_ERROR(file_->Sync());
    SHOAL_RETURN_IF_ERROR(file_->Close());
    return HashToHex(whole_.Digest());
  }

 private:
  void Flush() {
    if (status_.ok()) status_ = file_->Append(buffer_);
    section_.Update(buffer_);
    whole_.Update(buffer_);
    bytes_ += buffer_.size();
    buffer_.clear();
  }

  std::unique_ptr<WritableFile> file_;
  std::string buffer_;
  Hasher128 section_;
  Hasher128 whole_;
  uint64_t bytes_ = 0;
  absl::Status status_;
};

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

  const std::filesystem::path file_path(path);
  SHOAL_RETURN_IF_ERROR(file_system.CreateDirectories(file_path.parent_path().string()));
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<WritableFile> file, file_system.CreateFile(path));
  HashingWriter writer(std::move(file));

  CheckpointFile result;
  result.set_name(file_path.filename().string());
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
