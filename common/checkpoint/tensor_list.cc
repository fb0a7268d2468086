#include "common/checkpoint/tensor_list.h"

#include <algorithm>
#include <limits>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"

namespace shoal {
namespace {

// Tensor data begins at a multiple of this, so that U64 and vector loads from a mapped file are aligned.
constexpr size_t kDataAlignment = 64;
constexpr absl::uint128 kMaxBytes = std::numeric_limits<int64_t>::max();

}  // namespace

bool IsFieldName(absl::string_view name) {
  return !name.empty() && absl::ascii_islower(static_cast<unsigned char>(name[0])) &&
         absl::c_all_of(name,
                        [](unsigned char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_'; });
}

uint64_t TensorList::Add(absl::string_view name, TensorType type, absl::Span<const int64_t> shape) {
  const bool is_float = type == TensorType::kFloat32;
  absl::uint128 bytes = is_float ? sizeof(float) : sizeof(uint64_t);
  // Held at the first size that is too large: a product of many extents could wrap around to a small one.
  for (const int64_t extent : shape) bytes = std::min(bytes * static_cast<uint64_t>(extent), kMaxBytes + 1);
  const absl::uint128 begin = end_;
  end_ += bytes;
  absl::StrAppend(&json_, json_.empty() ? "" : ",", "\"", name, "\":{\"dtype\":\"", is_float ? "F32" : "U64",
                  "\",\"shape\":[", absl::StrJoin(shape, ","), "],\"data_offsets\":[", absl::Uint128Low64(begin), ",",
                  absl::Uint128Low64(end_), "]}");
  return absl::Uint128Low64(begin);
}

std::string TensorList::Header() const {
  std::string json = absl::StrCat("{", json_, "}");
  const size_t unpadded = sizeof(uint64_t) + json.size();
  json.append((kDataAlignment - unpadded % kDataAlignment) % kDataAlignment, ' ');
  const uint64_t length = json.size();
  return absl::StrCat(absl::string_view(reinterpret_cast<const char*>(&length), sizeof(length)), json);
}

absl::StatusOr<uint64_t> TensorList::FileBytes(size_t header_bytes) const {
  const absl::uint128 bytes = end_ + header_bytes;
  if (bytes <= kMaxBytes) return absl::Uint128Low64(bytes);
  return absl::InvalidArgumentError("a file of tensors would have more than 2^63 - 1 bytes");
}

absl::Status CheckHeader(const ReadableFile& file, const std::string& path, const std::string& header) {
  std::string actual(header.size(), '\0');
  SHOAL_RETURN_IF_ERROR(file.Read(0, actual.size(), actual.data()));
  if (actual == header) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(path, " is damaged: its header is not the one that the manifest describes"));
}

}  // namespace shoal
