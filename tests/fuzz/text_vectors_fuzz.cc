// Pretrained vectors in word2vec's and GloVe's text files.
#include "common/pretrained/text_vectors.h"
#include "tests/fuzz/exported_table.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/input_source.h"
#include "tests/fuzz/read_vectors.h"

namespace shoal {
namespace {

absl::Status Read(absl::string_view input, TextVectors::Layout layout) {
  return ReadVectors(TextVectors::Open(std::make_unique<LineReader>(SourceOf(input), "input.txt"), layout));
}

}  // namespace

std::string ValidInput(std::mt19937_64* random) {
  const std::string word2vec = ExportedTable("word2vec", random);
  const std::string glove = word2vec.substr(word2vec.find('\n') + 1);
  return glove.empty() || (*random)() % 2 == 0 ? word2vec : glove;
}

absl::Status ReadInput(absl::string_view input) {
  Read(input, TextVectors::Layout::kWord2vec).IgnoreError();
  Read(input, TextVectors::Layout::kGlove).IgnoreError();
  return Read(input, TextVectors::Layout::kByFirstLine);
}

}  // namespace shoal
