// Pretrained vectors in NumPy's files.
#include "common/pretrained/npy.h"
#include "tests/fuzz/exported_table.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/input_source.h"
#include "tests/fuzz/read_vectors.h"

namespace shoal {

std::string ValidInput(std::mt19937_64* random) { return ExportedTable("npy", random); }

absl::Status ReadInput(absl::string_view input) { return ReadVectors(OpenNpy(SourceOf(input), "input.npy")); }

}  // namespace shoal
