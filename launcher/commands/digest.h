// `shoal digest CKPT`.
#ifndef SHOAL_LAUNCHER_COMMANDS_DIGEST_H_
#define SHOAL_LAUNCHER_COMMANDS_DIGEST_H_

#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "common/base/file_system.h"

namespace shoal {

struct DigestOptions {
  // A checkpoint, a directory of checkpoints or a run directory: then its latest checkpoint.
  std::string checkpoint;
};

// Prints weights_digest, computed anew from the rows, alone on a line; then, where the job has dense parameters,
// dense_digest, computed anew from their values, on another.
absl::Status RunDigest(FileSystem& file_system, const DigestOptions& options, std::ostream& out);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_COMMANDS_DIGEST_H_
