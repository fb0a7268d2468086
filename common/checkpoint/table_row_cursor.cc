#include "common/checkpoint/table_row_cursor.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace shoal {

TableRowCursor::TableRowCursor(const Source& source, bool weights_only, size_t buffer_bytes) : source_(source) {
  const TableSchema& schema = *source.schema;
  const TableDigestPart& part = *source.part;
  tensors_.push_back({"id", part.id_xxh3_128(), source.offsets->id, sizeof(uint64_t), Hasher128()});
  const bool with_last_step = schema.has_last_step && !weights_only;
  if (with_last_step) {
    tensors_.push_back(
        {"last_step", part.last_step_xxh3_128(), source.offsets->last_step, sizeof(uint64_t), Hasher128()});
  }
  const size_t num_fields = weights_only ? 1 : schema.fields.size();
  for (size_t i = 0; i < num_fields; ++i) {
    const TableFieldPart& field = part.fields(static_cast<int>(i));
    tensors_.push_back({field.name(), field.xxh3_128(), source.offsets->fields[i],
                        schema.fields[i].width * sizeof(float), Hasher128()});
  }

  size_t row_bytes = tensors_[0].row_bytes;
  for (size_t i = 1; i < tensors_.size(); ++i) row_bytes += tensors_[i].row_bytes;
  max_block_rows_ = std::min<uint64_t>(std::max<size_t>(buffer_bytes / row_bytes, 1), part.rows());
  ids_.resize(max_block_rows_);
  if (with_last_step) last_steps_.resize(max_block_rows_);
  for (size_t i = 0; i < num_fields; ++i) fields_.emplace_back(max_block_rows_ * schema.fields[i].width);
  row_.last_step = 0;
  row_.fields.resize(num_fields);
}

absl::Status TableRowCursor::Advance() {
  if (started_) ++row_in_block_;
  started_ = true;
  if (row_in_block_ == block_rows_) {
    if (rows_read_ == source_.part->rows()) return absl::OkStatus();
    SHOAL_RETURN_IF_ERROR(ReadBlock());
  }
  row_.id = ids_[row_in_block_];
  if (!last_steps_.empty()) row_.last_step = last_steps_[row_in_block_];
  for (size_t i = 0; i < fields_.size(); ++i) {
    const size_t width = source_.schema->fields[i].width;
    row_.fields[i] = absl::MakeConstSpan(fields_[i]).subspan(row_in_block_ * width, width);
  }
  return absl::OkStatus();
}

absl::Status TableRowCursor::ReadBlock() {
  block_rows_ = std::min(max_block_rows_, source_.part->rows() - rows_read_);
  rows_read_ += block_rows_;
  row_in_block_ = 0;
  size_t tensor = 0;
  SHOAL_RETURN_IF_ERROR(ReadTensor(&tensors_[tensor++], reinterpret_cast<char*>(ids_.data())));
  if (!last_steps_.empty()) {
    SHOAL_RETURN_IF_ERROR(ReadTensor(&tensors_[tensor++], reinterpret_cast<char*>(last_steps_.data())));
  }
  for (std::vector<float>& field : fields_) {
    SHOAL_RETURN_IF_ERROR(ReadTensor(&tensors_[tensor++], reinterpret_cast<char*>(field.data())));
  }
  return CheckIdsAndSteps();
}

absl::Status TableRowCursor::ReadTensor(Tensor* tensor, char* out) {
  const size_t bytes = block_rows_ * tensor->row_bytes;
  SHOAL_RETURN_IF_ERROR(source_.file->Read(tensor->offset, bytes, out));
  tensor->offset += bytes;
  tensor->hasher.Update(absl::string_view(out, bytes));
  if (rows_read_ < source_.part->rows()) return absl::OkStatus();
  const std::string hash = HashToHex(tensor->hasher.Digest());
  if (hash == tensor->expected_hash) return absl::OkStatus();
  return Damaged(absl::StrCat("tensor ", source_.schema->table, ".", tensor->name, " has XXH3-128 ", hash,
                              ", the manifest says ", tensor->expected_hash));
}

absl::Status TableRowCursor::CheckIdsAndSteps() {
  const uint64_t num_embeddings = static_cast<uint64_t>(source_.schema->num_embeddings);
  for (uint64_t i = 0; i < block_rows_; ++i) {
    if (ids_[i] < min_next_id_ || ids_[i] >= num_embeddings) {
      return Damaged(absl::StrCat("table ", source_.schema->table, " has row id ", ids_[i],
                                  " out of order or not below ", num_embeddings));
    }
    min_next_id_ = ids_[i] + 1;
  }
  for (size_t i = 0; i < last_steps_.size() && i < block_rows_; ++i) {
    if (last_steps_[i] <= source_.step) continue;
    return Damaged(absl::StrCat("table ", source_.schema->table, " has a row with last_step ", last_steps_[i],
                                ", beyond the checkpoint's step ", source_.step));
  }
  return absl::OkStatus();
}

absl::Status TableRowCursor::Damaged(absl::string_view message) const {
  return absl::DataLossError(absl::StrCat(*source_.path, " is damaged: ", message));
}

}  // namespace shoal
