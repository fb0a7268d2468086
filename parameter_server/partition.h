// Rows of one partition of one table: their memory, and which of them have been created.
//
// A row is layout.row_floats() floats on a 64-byte boundary; slot s holds row id s * num_partitions + partition.
// Memory is committed as rows are touched, a page at a time: 2 MiB where the partition is large enough for huge pages,
// so rows touched at random soon commit all of it.
//
// Thread safety: one thread at a time; different partitions are independent.
#ifndef SHOAL_PARAMETER_SERVER_PARTITION_H_
#define SHOAL_PARAMETER_SERVER_PARTITION_H_

#include <cstdint>
#include <vector>

#include "common/base/aligned_floats.h"

namespace shoal {

class Partition {
 public:
  Partition(int row_floats, int64_t num_slots);

  int64_t num_slots() const { return num_slots_; }
  int64_t num_created() const { return num_created_; }

  bool created(int64_t slot) const { return (created_[slot / 64] >> (slot % 64)) & 1; }
  // REQUIRES: !created(slot). The row's floats are zero before.
  void MarkCreated(int64_t slot);

  // REQUIRES: 0 <= slot < num_slots().
  float* row(int64_t slot) { return rows_.data() + slot * row_floats_; }
  const float* row(int64_t slot) const { return rows_.data() + slot * row_floats_; }

 private:
  int64_t row_floats_;
  int64_t num_slots_;
  int64_t num_created_ = 0;
  std::vector<uint64_t> created_;  // One bit a slot.
  AlignedFloats rows_;
};

}  // namespace shoal

#endif  // SHOAL_PARAMETER_SERVER_PARTITION_H_
