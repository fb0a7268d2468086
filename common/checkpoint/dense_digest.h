// One hash over all dense parameters (docs/checkpoint_format.md).
#ifndef SHOAL_COMMON_CHECKPOINT_DENSE_DIGEST_H_
#define SHOAL_COMMON_CHECKPOINT_DENSE_DIGEST_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/types/span.h"
#include "common/checkpoint/saved_parameter.h"

namespace shoal {

struct DenseDigestEntry {
  std::string name;
  std::vector<int64_t> shape;
  absl::uint128 values_hash = 0;  // XXH3-128 of the values' bytes.
};

// dense_digest of all parameters, in any order; optimizer state does not count. Empty: there are none.
std::string DenseDigest(std::vector<DenseDigestEntry> parameters);
std::string DenseDigest(absl::Span<const SavedParameter> parameters);

}  // namespace shoal

#endif  // SHOAL_COMMON_CHECKPOINT_DENSE_DIGEST_H_
