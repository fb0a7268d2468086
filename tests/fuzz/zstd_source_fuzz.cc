// zstd files.
#include "common/data/zstd_source.h"
#include "tests/common/data/packing.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/input_source.h"
#include "tests/fuzz/unpack.h"

namespace shoal {

std::string ValidInput(std::mt19937_64* random) { return PackedText(&Zstd, random); }

absl::Status ReadInput(absl::string_view input) {
  const absl::StatusOr<std::string> text =
      Unpack(std::make_unique<ZstdSource>(SourceOf(input), "input").get(), 64 << 10);
  const absl::StatusOr<std::string> in_pieces =
      Unpack(std::make_unique<ZstdSource>(SourceOf(input), "input").get(), 1 + input.size() % 97);
  if (!text.ok()) return text.status();
  // zstd compares what a frame holds with the size in its header only where the whole frame is there at once.
  Require(in_pieces.ok() && *text == *in_pieces, "pieces of another size change the text");
  return absl::OkStatus();
}

}  // namespace shoal
