// Reads pretrained vectors to their end.
#ifndef SHOAL_TESTS_FUZZ_READ_VECTORS_H_
#define SHOAL_TESTS_FUZZ_READ_VECTORS_H_

#include <cmath>
#include <memory>

#include "absl/status/statusor.h"
#include "common/base/status_macros.h"
#include "common/pretrained/pretrained_vectors.h"
#include "tests/fuzz/fuzz_target.h"

namespace shoal {

inline absl::Status ReadVectors(absl::StatusOr<std::unique_ptr<PretrainedVectors>> opened) {
  SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<PretrainedVectors> vectors, std::move(opened));
  int64_t rows = 0;
  while (true) {
    SHOAL_ASSIGN_OR_RETURN(const bool more, vectors->Next());
    if (!more) break;
    Require(vectors->row() == rows++ && !vectors->Location().empty(), "a row has no place");
    Require(vectors->has_words() != vectors->word().empty(), "a row has no word");
    for (const float value : vectors->vector()) Require(std::isfinite(value), "a number is not finite");
  }
  Require(rows == vectors->num_rows().value_or(rows), "there are other rows than the header says");
  return absl::OkStatus();
}

}  // namespace shoal

#endif  // SHOAL_TESTS_FUZZ_READ_VECTORS_H_
