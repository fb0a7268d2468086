#include "parameter_server/partition.h"

namespace shoal {

Partition::Partition(int row_floats, int64_t num_slots)
    : row_floats_(row_floats),
      num_slots_(num_slots),
      created_((num_slots + 63) / 64, 0),
      rows_(static_cast<size_t>(row_floats) * num_slots) {}

void Partition::MarkCreated(int64_t slot) {
  created_[slot / 64] |= uint64_t{1} << (slot % 64);
  ++num_created_;
}

}  // namespace shoal
