// Whether the layers of a tower fit each other: what proto/job.proto demands of a repeated Layer.
#ifndef SHOAL_COMMON_CONFIG_VALIDATE_TOWER_H_
#define SHOAL_COMMON_CONFIG_VALIDATE_TOWER_H_

#include "absl/functional/function_ref.h"
#include "absl/types/optional.h"
#include "common/config/message_check.h"
#include "google/protobuf/repeated_field.h"
#include "proto/job.pb.h"

namespace shoal {

// Reports what is wrong with each layer through `check_of(number)`, the check of that layer's message. `in_features` is
// the number of features that go into the tower, nothing where it is not known; the result is the number that come out
// in the same way. Numbers that are not finite are left to MessageCheck::Finite.
absl::optional<int> ValidateTower(const google::protobuf::RepeatedPtrField<Layer>& layers,
                                  absl::optional<int> in_features, absl::FunctionRef<MessageCheck(int)> check_of);

}  // namespace shoal

#endif  // SHOAL_COMMON_CONFIG_VALIDATE_TOWER_H_
