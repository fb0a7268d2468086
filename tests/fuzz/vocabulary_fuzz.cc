// Vocabularies: of a run, of a checkpoint, or made by users.
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/data/vocabulary.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/input_file.h"

namespace shoal {

std::string ValidInput(std::mt19937_64* random) {
  std::string text;
  const uint64_t num_keys = (*random)() % 10;
  for (uint64_t i = 0; i < num_keys; ++i) absl::StrAppend(&text, "key ", i, "\n");
  return text;
}

absl::Status ReadInput(absl::string_view input) {
  const InputFile file(input);
  SHOAL_ASSIGN_OR_RETURN(const Vocabulary vocabulary, Vocabulary::Read(file.path()));
  for (int64_t id = 0; id < vocabulary.size(); ++id) {
    Require(vocabulary.Find(vocabulary.key(id)) == static_cast<uint64_t>(id), "a key has another id");
  }
  return absl::OkStatus();
}

}  // namespace shoal
