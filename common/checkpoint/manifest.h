// What a checkpoint holds, and its JSON text with a checksum of its own (docs/checkpoint_format.md).
#ifndef SHOAL_COMMON_CHECKPOINT_MANIFEST_H_
#define SHOAL_COMMON_CHECKPOINT_MANIFEST_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/checkpoint/checkpoint_digests.h"
#include "common/checkpoint/table_rows.h"
#include "proto/coordinator_service.pb.h"
#include "proto/job.pb.h"

namespace shoal {

// A manifest takes about 100 bytes a tensor and file, so this is far from any real one.
inline constexpr uint64_t kMaxManifestBytes = 256 << 20;

struct ManifestTable {
  TableSchema schema;
  uint64_t rows = 0;         // Created rows in all files.
  absl::uint128 digest = 0;  // Sum of their hashes.
};

struct Manifest {
  uint64_t step = 0;
  std::string weights_digest;
  std::string dense_digest;           // Empty where there are no dense parameters.
  std::vector<ManifestTable> tables;  // By table number.
  // Table files first, then that of the dense parameters, then vocabularies, job.textproto.
  std::vector<CheckpointFile> files;

  CheckpointDigests digests() const { return {weights_digest, dense_digest}; }

  // That of the dense parameters; null where there are none.
  const CheckpointFile* FindDenseFile() const;

  // NotFound lists the tables that there are.
  absl::StatusOr<const ManifestTable*> FindTable(absl::string_view name) const;
};

// Adds up the files that processes have written: a table file of each holder of partitions, with all tables of the job,
// and that of the dense parameters. InvalidArgument: a file is missing, or is none of these, malformed, contradicts the
// job or another file, or stands twice.
absl::StatusOr<Manifest> BuildManifest(uint64_t step, const ResolvedJob& job, absl::Span<const CheckpointFile> files);

// What holds for every manifest: valid schemas and names, distinct files, table files that agree with the tables and
// add up to their rows and digests, and to weights_digest, and dense parameters that give dense_digest. InvalidArgument
// says what does not hold.
absl::Status ValidateManifest(const Manifest& manifest);

// InvalidArgument: the job's model has dense parameters and the manifest has not, or the other way round.
absl::Status CheckDenseParameters(const Manifest& manifest, const ResolvedJob& job);

// REQUIRES: ValidateManifest.
std::string EncodeManifest(const Manifest& manifest);

// DataLoss: the checksum or the ending is wrong. InvalidArgument: the text is not a valid manifest of this version.
absl::StatusOr<Manifest> DecodeManifest(absl::string_view text);

}  // namespace shoal

#endif  // SHOAL_COMMON_CHECKPOINT_MANIFEST_H_
