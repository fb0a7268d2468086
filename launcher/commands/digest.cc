#include "launcher/commands/digest.h"

#include "common/base/status_macros.h"
#include "common/checkpoint/checkpoint_directory.h"
#include "common/checkpoint/checkpoint_reader.h"

namespace shoal {

absl::Status RunDigest(FileSystem& file_system, const DigestOptions& options, std::ostream& out) {
  SHOAL_ASSIGN_OR_RETURN(const std::string directory, FindCheckpoint(file_system, options.checkpoint));
  SHOAL_ASSIGN_OR_RETURN(const CheckpointReader reader, CheckpointReader::Open(file_system, directory));
  SHOAL_ASSIGN_OR_RETURN(const std::string weights, reader.RecomputeWeightsDigest());
  SHOAL_ASSIGN_OR_RETURN(const std::string dense, reader.RecomputeDenseDigest());
  out << weights << "\n";
  if (!dense.empty()) out << dense << "\n";
  return absl::OkStatus();
}

}  // namespace shoal
