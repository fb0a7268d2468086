// Pretrained vectors in word2vec's binary files.
#include "common/pretrained/word2vec_binary.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/input_source.h"
#include "tests/fuzz/random_values.h"
#include "tests/fuzz/read_vectors.h"

namespace shoal {

std::string ValidInput(std::mt19937_64* random) {
  const uint64_t rows = (*random)() % 4;
  const uint64_t dim = 1 + (*random)() % 4;
  const char* const row_end = (*random)() % 2 == 0 ? "\n" : "";
  std::string bytes = absl::StrCat(rows, " ", dim, "\n");
  for (uint64_t row = 0; row < rows; ++row) {
    const std::vector<float> values = RandomFloats(dim, random);
    const absl::string_view numbers(reinterpret_cast<const char*>(values.data()), dim * sizeof(float));
    absl::StrAppend(&bytes, RandomWord(random), " ", numbers, row_end);
  }
  return bytes;
}

absl::Status ReadInput(absl::string_view input) {
  return ReadVectors(Word2vecBinary::Open(SourceOf(input), "input.bin"));
}

}  // namespace shoal
