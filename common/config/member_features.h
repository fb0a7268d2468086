// The members of a network's examples: the first, which `features` describes, and those of given triplets and pairs
// behind it, which read columns of their own through the same tables and tower.
#ifndef SHOAL_COMMON_CONFIG_MEMBER_FEATURES_H_
#define SHOAL_COMMON_CONFIG_MEMBER_FEATURES_H_

#include <string>
#include <vector>

#include "google/protobuf/repeated_field.h"
#include "proto/job.pb.h"

namespace shoal {

// Members behind the first that the loss needs: 2 for given triplets, 1 for given pairs, else 0.
int NumFurtherMembers(const LossConfig& loss);

// Columns that the features read, in their order: those that a member replaces.
std::vector<std::string> FeatureColumns(const Network& network);

// The features of member `member`: 0 is the first, 1 is members(0). A column that members(i) lacks is empty.
google::protobuf::RepeatedPtrField<InputFeature> MemberFeatures(const Network& network, int member);

}  // namespace shoal

#endif  // SHOAL_COMMON_CONFIG_MEMBER_FEATURES_H_
