// The reader of the file that a PretrainedConfig names: the place to register a new format.
#ifndef SHOAL_COMMON_PRETRAINED_OPEN_PRETRAINED_H_
#define SHOAL_COMMON_PRETRAINED_OPEN_PRETRAINED_H_

#include <memory>

#include "absl/status/statusor.h"
#include "common/pretrained/pretrained_vectors.h"
#include "proto/job.pb.h"

namespace shoal {

// Opens the file, plain, gzip or zstd, and reads its header. InvalidArgument: there is no path, or its name does not
// tell the format (lists them). Else as the format's reader.
absl::StatusOr<std::unique_ptr<PretrainedVectors>> OpenPretrained(const PretrainedConfig& config);

}  // namespace shoal

#endif  // SHOAL_COMMON_PRETRAINED_OPEN_PRETRAINED_H_
