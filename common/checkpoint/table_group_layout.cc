#include "common/checkpoint/table_group_layout.h"

#include <algorithm>
#include <set>

#include "absl/numeric/int128.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace shoal {
namespace {

// Tensor data begins at a multiple of this, so that U64 and vector loads from a mapped file are aligned.
constexpr size_t kDataAlignment = 64;
constexpr int kMaxWidth = 16384;
constexpr int kMaxPartitions = 65536;

bool IsName(const std::string& name) {
  return !name.empty() && absl::ascii_islower(name[0]) && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_';
  });
}

// Collects tensors one behind the other, and the header that describes them.
class TensorList {
 public:
  // Returns the tensor's offset in the data; exact as long as end() is.
  uint64_t Add(const std::string& table, const std::string& name, const char* dtype, const std::string& shape,
               absl::uint128 bytes) {
    const absl::uint128 begin = end_;
    end_ += bytes;
    absl::StrAppend(&json_, json_.empty() ? "" : ",", "\"", table, ".", name, "\":{\"dtype\":\"", dtype,
                    "\",\"shape\":", shape, ",\"data_offsets\":[", absl::Uint128Low64(begin), ",",
                    absl::Uint128Low64(end_), "]}");
    return absl::Uint128Low64(begin);
  }

  absl::uint128 end() const { return end_; }

  // Length, JSON and padding.
  std::string Header() const {
    std::string json = absl::StrCat("{", json_, "}");
    const size_t unpadded = sizeof(uint64_t) + json.size();
    json.append((kDataAlignment - unpadded % kDataAlignment) % kDataAlignment, ' ');
    const uint64_t length = json.size();
    return absl::StrCat(absl::string_view(reinterpret_cast<const char*>(&length), sizeof(length)), json);
  }

 private:
  std::string json_;
  absl::uint128 end_ = 0;
};

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
  if (!IsName(schema.table)) return error("the name is not [a-z][a-z0-9_]*");
  if (schema.num_embeddings < 0) return error("num_embeddings is ", schema.num_embeddings);
  if (schema.num_partitions < 1 || schema.num_partitions > kMaxPartitions) {
    return error("num_partitions is ", schema.num_partitions, ", not within 1 to ", kMaxPartitions);
  }
  if (schema.fields.empty() || schema.fields[0].name != "weight" || schema.fields[0].width != schema.embedding_dim) {
    return error("the first field is not weight, embedding_dim wide");
  }
  std::set<std::string> names = {"id", "last_step"};
  for (const RowField& field : schema.fields) {
    if (!IsName(field.name)) return error("field '", field.name, "': the name is not [a-z][a-z0-9_]*");
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
  for (const Part& part : parts) {
    Offsets& offsets = layout.offsets_.emplace_back();
    const std::string shape = absl::StrCat("[", part.rows, "]");
    const absl::uint128 bytes = absl::uint128(part.rows) * sizeof(uint64_t);
    offsets.id = tensors.Add(part.schema->table, "id", "U64", shape, bytes);
    if (part.schema->has_last_step) {
      offsets.last_step = tensors.Add(part.schema->table, "last_step", "U64", shape, bytes);
    }
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    for (const RowField& field : parts[i].schema->fields) {
      const absl::uint128 bytes = absl::uint128(parts[i].rows) * field.width * sizeof(float);
      layout.offsets_[i].fields.push_back(tensors.Add(parts[i].schema->table, field.name, "F32",
                                                      absl::StrCat("[", parts[i].rows, ",", field.width, "]"), bytes));
    }
  }
  layout.header_ = tensors.Header();
  const uint64_t data_start = layout.header_.size();
  const absl::uint128 file_bytes = tensors.end() + data_start;
  if (file_bytes > absl::uint128(INT64_MAX)) {
    return absl::InvalidArgumentError("a table file would have more than 2^63 - 1 bytes");
  }
  layout.file_bytes_ = absl::Uint128Low64(file_bytes);
  for (Offsets& offsets : layout.offsets_) {
    offsets.id += data_start;
    offsets.last_step += data_start;
    for (uint64_t& field : offsets.fields) field += data_start;
  }
  return layout;
}

}  // namespace shoal
