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

// Prints the digest of all weights, computed anew from the rows, alone on a line.
absl::Status RunDigest(FileSystem& file_system, const DigestOptions& options, std::ostream& out);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_COMMANDS_DIGEST_H_
