#include "common/checkpoint/table_group_layout.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/tensor_list.h"

namespace shoal {
namespace {

constexpr int kMaxWidth = 16384;
constexpr int kMaxPartitions = 65536;

absl::Status ValidateParts(absl::Span<const TableGroupLayout::Part> parts) {
  std::set<std::string> tables;
  for (const TableGroupLayout::Part& part : parts) {
    SHOAL_RETURN_IF_ERROR(ValidateTableSchema(*part.schema));
    if (!tables.insert(part.schema->table).second) {
      return absl::InvalidArgumentError(absl::StrCat("table ", part.schema->table, " stands twice in one file"));
    }
    if (part.rows > static_cast<uint64_t>(part.schema->num_embeddings)) {
      return absl::InvalidArgumentError(absl::StrCat("table ", part.schema->table, " has ", part.rows,
                                                     " rows in one file but num_embeddings ",
                                                     part.schema->num_embeddings));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateTableSchema(const TableSchema& schema) {
  const auto error = [&](const auto&... message) {
    return absl::InvalidArgumentError(absl::StrCat("table '", schema.table, "': ", message...));
  };
  if (!IsFieldName(schema.table)) return error("the name is not [a-z][a-z0-9_]*");
  if (schema.num_embeddings < 0) return error("num_embeddings is ", schema.num_embeddings);
  if (schema.num_partitions < 1 || schema.num_partitions > kMaxPartitions) {
    return error("num_partitions is ", schema.num_partitions, ", not within 1 to ", kMaxPartitions);
  }
  if (schema.fields.empty() || schema.fields[0].name != "weight" || schema.fields[0].width != schema.embedding_dim) {
    return error("the first field is not weight, embedding_dim wide");
  }
  std::set<std::string> names = {"id", "last_step"};
  for (const RowField& field : schema.fields) {
    if (!IsFieldName(field.name)) return error("field '", field.name, "': the name is not [a-z][a-z0-9_]*");
    if (!names.insert(field.name).second) return error("field ", field.name, " stands twice or is reserved");
    if (field.width < 1 || field.width > kMaxWidth) {
      return error("field ", field.name, " has width ", field.width, ", not within 1 to ", kMaxWidth);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<TableGroupLayout> TableGroupLayout::Create(absl::Span<const Part> parts) {
  SHOAL_RETURN_IF_ERROR(ValidateParts(parts));
  TableGroupLayout layout;
  TensorList tensors;
  const auto add = [&](const TableSchema& schema, const std::string& field, TensorType type,
                       absl::Span<const int64_t> shape) {
    return tensors.Add(absl::StrCat(schema.table, ".", field), type, shape);
  };
  for (const Part& part : parts) {
    Offsets& offsets = layout.offsets_.emplace_back();
    const int64_t rows = static_cast<int64_t>(part.rows);
    offsets.id = add(*part.schema, "id", TensorType::kUint64, {rows});
    if (part.schema->has_last_step) offsets.last_step = add(*part.schema, "last_step", TensorType::kUint64, {rows});
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    const TableSchema& schema = *parts[i].schema;
    for (const RowField& field : schema.fields) {
      layout.offsets_[i].fields.push_back(
          add(schema, field.name, TensorType::kFloat32, {static_cast<int64_t>(parts[i].rows), field.width}));
    }
  }
  layout.header_ = tensors.Header();
  const uint64_t data_start = layout.header_.size();
  SHOAL_ASSIGN_OR_RETURN(layout.file_bytes_, tensors.FileBytes(data_start));
  for (Offsets& offsets : layout.offsets_) {
    offsets.id += data_start;
    offsets.last_step += data_start;
    for (uint64_t& field : offsets.fields) field += data_start;
  }
  return layout;
}

}  // namespace shoal
