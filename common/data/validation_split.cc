#include "common/data/validation_split.h"

#include <cmath>

namespace shoal {
namespace {

constexpr uint64_t kSplitStream = 0x73706C6974;

}  // namespace

ValidationSplit::ValidationSplit(int64_t num_examples, double fraction, uint64_t seed)
    : order_(num_examples, seed, kSplitStream),
      num_validation_(static_cast<int64_t>(std::floor(fraction * static_cast<double>(num_examples) + 0.5))) {}

}  // namespace shoal
