// gzip files.
#include "common/data/gzip_source.h"
#include "tests/common/data/packing.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/input_source.h"
#include "tests/fuzz/unpack.h"

namespace shoal {

std::string ValidInput(std::mt19937_64* random) { return PackedText(&Gzip, random); }

absl::Status ReadInput(absl::string_view input) {
  const absl::StatusOr<std::string> text =
      Unpack(std::make_unique<GzipSource>(SourceOf(input), "input").get(), 64 << 10);
  const absl::StatusOr<std::string> in_pieces =
      Unpack(std::make_unique<GzipSource>(SourceOf(input), "input").get(), 1 + input.size() % 97);
  Require(text.ok() == in_pieces.ok(), "pieces of another size change the answer");
  if (!text.ok()) return text.status();
  Require(*text == *in_pieces, "pieces of another size change the text");
  return absl::OkStatus();
}

}  // namespace shoal
