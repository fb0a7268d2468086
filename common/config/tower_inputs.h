// The width of what a network's tower reads.
#ifndef SHOAL_COMMON_CONFIG_TOWER_INPUTS_H_
#define SHOAL_COMMON_CONFIG_TOWER_INPUTS_H_

#include <cstdint>

#include "absl/types/optional.h"
#include "google/protobuf/repeated_field.h"
#include "proto/job.pb.h"

namespace shoal {

// More floats an example are taken for a mistake.
inline constexpr int64_t kMaxTowerInputs = int64_t{1} << 24;

// Floats an example of all features of job.model.network, side by side. `images` are the sizes of images, as far as
// they are known. Nothing where the width of a feature is not known: its image is not among them, its table has no
// embedding_dim, its ids may be any number, or it is of no kind.
absl::optional<int64_t> FindTowerInputs(const JobConfig& job,
                                        const google::protobuf::RepeatedPtrField<ImageInfo>& images);

}  // namespace shoal

#endif  // SHOAL_COMMON_CONFIG_TOWER_INPUTS_H_
