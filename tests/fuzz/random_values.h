// Values for valid inputs.
#ifndef SHOAL_TESTS_FUZZ_RANDOM_VALUES_H_
#define SHOAL_TESTS_FUZZ_RANDOM_VALUES_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace shoal {

inline std::vector<float> RandomFloats(size_t count, std::mt19937_64* random) {
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(*random);
  return values;
}

// Text of a few bytes, none of which separates anything.
inline std::string RandomWord(std::mt19937_64* random) { return absl::StrCat("w", (*random)() % 1000); }

}  // namespace shoal

#endif  // SHOAL_TESTS_FUZZ_RANDOM_VALUES_H_
