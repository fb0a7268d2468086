#include "common/pretrained/safetensors.h"

#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/optional.h"
#include "common/base/parse_json.h"
#include "common/base/status_macros.h"
#include "common/pretrained/matrix_vectors.h"
#include "nlohmann/json.hpp"

namespace shoal {
namespace {

using nlohmann::json;

// The format's own limit.
constexpr uint64_t kMaxHeaderBytes = 100'000'000;

absl::StatusOr<json> ReadHeader(ExactReader* reader) {
  const auto error = [&](const auto&... message) {
    return absl::InvalidArgumentError(absl::StrCat("'", reader->name(), "' ", message...));
  };
  uint64_t length;
  SHOAL_ASSIGN_OR_RETURN(const absl::string_view bytes, reader->Read(sizeof(length), "safetensors header"));
  std::memcpy(&length, bytes.data(), sizeof(length));
  if (length > kMaxHeaderBytes) {
    return error("is not a safetensors file: it says that its header has ", length, " bytes; it may have ",
                 kMaxHeaderBytes);
  }
  SHOAL_ASSIGN_OR_RETURN(const absl::string_view text, reader->Read(static_cast<size_t>(length), "safetensors header"));
  json header = ParseJson<json>(text);
  if (!header.is_object()) return error("is not a safetensors file: its header is not a JSON object");
  header.erase("__metadata__");
  return header;
}

// The name of the tensor to read. InvalidArgument lists those that there are.
absl::StatusOr<std::string> ChooseTensor(const json& header, const std::string& tensor) {
  if (header.contains(tensor)) return tensor;
  if (tensor.empty() && header.size() == 1) return header.begin().key();
  constexpr size_t kMaxListed = 10;
  std::vector<std::string> names;
  for (const auto& item : header.items()) {
    if (names.size() == kMaxListed) {
      names.push_back(absl::StrCat("and ", header.size() - kMaxListed, " more"));
      break;
    }
    names.push_back(item.key());
  }
  if (names.empty()) return absl::InvalidArgumentError("it holds no tensor");
  return absl::InvalidArgumentError(absl::StrCat(tensor.empty()
                                                     ? "which of its tensors is meant? Set `tensor` to one of: "
                                                     : absl::StrCat("it has no tensor '", tensor, "'; it has: "),
                                                 absl::StrJoin(names, ", ")));
}

absl::optional<ElementType> TypeOf(const json& dtype) {
  if (dtype == "F16") return ElementType::kFloat16;
  if (dtype == "BF16") return ElementType::kBfloat16;
  if (dtype == "F32") return ElementType::kFloat32;
  return absl::nullopt;
}

// Two whole numbers that are not negative, else nothing.
absl::optional<std::pair<uint64_t, uint64_t>> TwoNumbers(const json& description, const char* field) {
  const auto found = description.find(field);
  if (found == description.end() || !found->is_array() || found->size() != 2) return absl::nullopt;
  if (!(*found)[0].is_number_unsigned() || !(*found)[1].is_number_unsigned()) return absl::nullopt;
  return std::make_pair((*found)[0].get<uint64_t>(), (*found)[1].get<uint64_t>());
}

struct Tensor {
  MatrixVectors::Shape shape;
  uint64_t begin = 0;  // In the data.
};

absl::StatusOr<Tensor> ReadDescription(const std::string& path, const json& description) {
  const auto dtype = description.find("dtype");
  const absl::optional<ElementType> type = dtype == description.end() ? absl::nullopt : TypeOf(*dtype);
  if (!type.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "its dtype is ",
        dtype == description.end() ? "missing"
                                   : dtype->dump(-1, ' ', /*ensure_ascii=*/true, json::error_handler_t::replace),
        "; F16, BF16 and F32 can be read"));
  }
  const auto shape = TwoNumbers(description, "shape");
  if (!shape.has_value() || shape->first > INT64_MAX || shape->second > INT64_MAX) {
    return absl::InvalidArgumentError("its shape is not one of two dimensions, rows and numbers");
  }
  const auto [rows, dim] = *shape;
  SHOAL_RETURN_IF_ERROR(CheckPretrainedShape(path, static_cast<int64_t>(rows), static_cast<int64_t>(dim)));
  const auto offsets = TwoNumbers(description, "data_offsets");
  const absl::uint128 bytes = absl::uint128(rows) * dim * BytesOf(*type);
  if (!offsets.has_value() || offsets->second < offsets->first || offsets->second - offsets->first != bytes) {
    return absl::InvalidArgumentError(absl::StrCat("its data_offsets do not fit its shape of ", rows, " x ", dim));
  }
  return Tensor{{*type, static_cast<int64_t>(rows), static_cast<int64_t>(dim)}, offsets->first};
}

}  // namespace

absl::StatusOr<std::unique_ptr<PretrainedVectors>> OpenSafetensors(std::unique_ptr<ByteSource> source,
                                                                   const std::string& path, const std::string& tensor) {
  auto reader = std::make_unique<ExactReader>(std::move(source), path);
  SHOAL_ASSIGN_OR_RETURN(const json header, ReadHeader(reader.get()));
  const absl::StatusOr<std::string> name = ChooseTensor(header, tensor);
  if (!name.ok()) return absl::InvalidArgumentError(absl::StrCat("'", path, "': ", name.status().message()));
  const absl::StatusOr<Tensor> found = ReadDescription(path, header[*name]);
  if (!found.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("'", path, "', tensor '", *name, "': ", found.status().message()));
  }
  SHOAL_RETURN_IF_ERROR(reader->Skip(found->begin, "data in front of the tensor"));
  return std::make_unique<MatrixVectors>(std::move(reader), found->shape, /*fills_file=*/false);
}

}  // namespace shoal
