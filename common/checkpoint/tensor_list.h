// The tensors of a safetensors file one behind the other, and the header that describes them: JSON without white space,
// padded with spaces so that the data begins at a multiple of 64 (docs/checkpoint_format.md).
//
// Thread safety: external.
#ifndef SHOAL_COMMON_CHECKPOINT_TENSOR_LIST_H_
#define SHOAL_COMMON_CHECKPOINT_TENSOR_LIST_H_

#include <cstdint>
#include <string>

#include "absl/numeric/int128.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/base/file_system.h"

namespace shoal {

enum class TensorType { kUint64, kFloat32 };

// Whether the name is [a-z][a-z0-9_]*.
bool IsFieldName(absl::string_view name);

class TensorList {
 public:
  // Returns the tensor's offset in the data; exact as long as FileBytes gives no error. REQUIRES: the name needs no
  // escape in JSON and is new; extents are not negative.
  uint64_t Add(absl::string_view name, TensorType type, absl::Span<const int64_t> shape);

  // Length as U64, JSON, padding: the first bytes of the file.
  std::string Header() const;

  // Of the whole file, with `header_bytes` of header. InvalidArgument: more than 2^63 - 1.
  absl::StatusOr<uint64_t> FileBytes(size_t header_bytes) const;

 private:
  std::string json_;
  absl::uint128 end_ = 0;
};

// Whether the file at `path` begins with this header; DataLoss if not.
absl::Status CheckHeader(const ReadableFile& file, const std::string& path, const std::string& header);

}  // namespace shoal

#endif  // SHOAL_COMMON_CHECKPOINT_TENSOR_LIST_H_
