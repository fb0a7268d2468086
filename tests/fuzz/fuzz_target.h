// What a fuzz target is made of: each <noun>_fuzz.cc defines ValidInput and ReadInput, fuzz_main.cc hands them to
// libFuzzer.
#ifndef SHOAL_TESTS_FUZZ_FUZZ_TARGET_H_
#define SHOAL_TESTS_FUZZ_FUZZ_TARGET_H_

#include <random>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace shoal {

// An input that ReadInput accepts. Inputs made from it are what is tried.
std::string ValidInput(std::mt19937_64* random);

// Does with the input what shoal does with such bytes. An error is an answer; a crash, a report of a sanitizer, memory
// or time out of proportion, or a call of Require that does not hold are faults.
absl::Status ReadInput(absl::string_view input);

// Ends the process, with `what` on standard error, where a property does not hold.
void Require(bool holds, absl::string_view what);

}  // namespace shoal

#endif  // SHOAL_TESTS_FUZZ_FUZZ_TARGET_H_
