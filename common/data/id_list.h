// The ids of one field and their weights, as ColumnConfig's ID_LIST has them.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_COMMON_DATA_ID_LIST_H_
#define SHOAL_COMMON_DATA_ID_LIST_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/data/id_space.h"
#include "proto/job.pb.h"

namespace shoal {

// How the ids of a list are read: those of a column of this type.
ColumnConfig::Type IdTypeOf(const IdListConfig& config);

struct IdList {
  std::vector<IdSpace::Lookup> ids;
  std::vector<float> weights;  // One an id; empty where the column has no weights.
};

// Replaces the list by that of `field`, into which new keys point; the space is not changed. InvalidArgument, with the
// value: what IdSpace::Find refuses, a weight that is no finite number, or more or fewer ids than the shape has.
absl::Status ReadIdList(absl::string_view field, const IdListConfig& config, const IdSpace& space, IdList* list);

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_ID_LIST_H_
