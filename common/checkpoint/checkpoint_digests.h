// What a checkpoint holds, in two hashes (docs/checkpoint_format.md).
#ifndef SHOAL_COMMON_CHECKPOINT_CHECKPOINT_DIGESTS_H_
#define SHOAL_COMMON_CHECKPOINT_CHECKPOINT_DIGESTS_H_

#include <string>

namespace shoal {

struct CheckpointDigests {
  std::string weights;  // weights_digest: the rows of all tables.
  std::string dense;    // dense_digest: all dense parameters. Empty where the job has none.

  friend bool operator==(const CheckpointDigests& a, const CheckpointDigests& b) {
    return a.weights == b.weights && a.dense == b.dense;
  }
  friend bool operator!=(const CheckpointDigests& a, const CheckpointDigests& b) { return !(a == b); }
};

}  // namespace shoal

#endif  // SHOAL_COMMON_CHECKPOINT_CHECKPOINT_DIGESTS_H_
