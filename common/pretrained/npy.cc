#include "common/pretrained/npy.h"

#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/optional.h"
#include "common/base/status_macros.h"
#include "common/data/quote_text.h"
#include "common/pretrained/matrix_vectors.h"
#include "common/pretrained/npy_header.h"

namespace shoal {
namespace {

constexpr absl::string_view kMagic = "\x93NUMPY";
// A header of a plain array has about 80 bytes.
constexpr uint64_t kMaxHeaderBytes = 1 << 20;

uint64_t LittleEndian(absl::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes.size(); ++i)
    value |= static_cast<uint64_t>(static_cast<unsigned char>(bytes[i])) << 8 * i;
  return value;
}

absl::optional<ElementType> TypeOf(absl::string_view descr) {
  if (descr == "<f2") return ElementType::kFloat16;
  if (descr == "<f4") return ElementType::kFloat32;
  if (descr == "<f8") return ElementType::kFloat64;
  return absl::nullopt;
}

// The text of the header, behind which the data begins.
absl::StatusOr<absl::string_view> ReadHeader(ExactReader* reader) {
  const auto error = [&](const auto&... message) {
    return absl::InvalidArgumentError(absl::StrCat("'", reader->name(), "' ", message...));
  };
  SHOAL_ASSIGN_OR_RETURN(const absl::string_view magic, reader->Read(kMagic.size(), "NumPy header"));
  if (magic != kMagic) return error("is not a .npy file: it begins with ", QuoteText(magic));
  SHOAL_ASSIGN_OR_RETURN(const absl::string_view version, reader->Read(2, "NumPy header"));
  const int major = static_cast<unsigned char>(version[0]);
  const int minor = static_cast<unsigned char>(version[1]);
  if (major < 1 || major > 3 || minor != 0) {
    return error("has version ", major, ".", minor, " of the .npy format; 1.0, 2.0 and 3.0 can be read");
  }
  SHOAL_ASSIGN_OR_RETURN(const absl::string_view length, reader->Read(major == 1 ? 2 : 4, "NumPy header"));
  const uint64_t bytes = LittleEndian(length);
  if (bytes > kMaxHeaderBytes)
    return error("says that its header has ", bytes, " bytes; it may have ", kMaxHeaderBytes);
  return reader->Read(static_cast<size_t>(bytes), "NumPy header");
}

}  // namespace

absl::StatusOr<std::unique_ptr<PretrainedVectors>> OpenNpy(std::unique_ptr<ByteSource> source,
                                                           const std::string& path) {
  auto reader = std::make_unique<ExactReader>(std::move(source), path);
  SHOAL_ASSIGN_OR_RETURN(const absl::string_view text, ReadHeader(reader.get()));
  const auto error = [&](const auto&... message) {
    return absl::InvalidArgumentError(absl::StrCat("'", path, "': ", message...));
  };
  const absl::StatusOr<NpyHeader> header = ParseNpyHeader(text);
  if (!header.ok()) return error(header.status().message());
  const absl::optional<ElementType> type = TypeOf(header->descr);
  if (!type.has_value()) {
    return error("its numbers are of type ", QuoteText(header->descr),
                 "; save them with .astype('<f4') (float16, float32 and float64, little-endian, can be read)");
  }
  if (header->fortran_order) return error("it lies in Fortran order; save it with numpy.ascontiguousarray");
  if (header->shape.size() != 2) {
    return error("it has the shape (", absl::StrJoin(header->shape, ", "),
                 "); it must have two dimensions, rows and numbers");
  }
  SHOAL_RETURN_IF_ERROR(CheckPretrainedShape(path, header->shape[0], header->shape[1]));
  return std::make_unique<MatrixVectors>(std::move(reader),
                                         MatrixVectors::Shape{*type, header->shape[0], header->shape[1]},
                                         /*fills_file=*/true);
}

}  // namespace shoal
