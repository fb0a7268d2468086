// Which of a source's examples are for validation: a pure function of (number of examples, fraction, seed).
//
// Example i of n, counted from 0 over the good records in the order of the file, is for validation iff
//   Permutation(n, seed, stream = 0x73706C6974).At(i) < floor(fraction * n + 0.5),
// with the product in double precision (common/base/permutation.h specifies the permutation). The stream is "split" in
// ASCII, which no epoch of BatchSampler, whose stream is the epoch's number, comes near.
//
// Thread safety: immutable.
#ifndef SHOAL_COMMON_DATA_VALIDATION_SPLIT_H_
#define SHOAL_COMMON_DATA_VALIDATION_SPLIT_H_

#include <cstdint>

#include "common/base/permutation.h"

namespace shoal {

class ValidationSplit {
 public:
  // REQUIRES: num_examples >= 1, 0 <= fraction <= 1.
  ValidationSplit(int64_t num_examples, double fraction, uint64_t seed);

  int64_t num_validation() const { return num_validation_; }
  // REQUIRES: 0 <= example < num_examples.
  bool IsValidation(int64_t example) const { return order_.At(example) < num_validation_; }

 private:
  Permutation order_;
  int64_t num_validation_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_VALIDATION_SPLIT_H_
