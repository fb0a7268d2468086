// The rows that a batch reads and their gradients, table by table, for as many BatchLookups as take turns with them:
// while a batch is computed on, the next one is looked up, but its rows are not yet there. One block for all stays in
// the cache where two would not.
//
// Thread safety: that of a plain array.
#ifndef SHOAL_WORKER_ROW_BLOCKS_H_
#define SHOAL_WORKER_ROW_BLOCKS_H_

#include <memory>
#include <vector>

#include "common/base/aligned_floats.h"
#include "common/base/host_memory.h"

namespace shoal {

// Both [distinct rows, SegmentFloats(dim)], rows zero from dim on.
struct RowBlock {
  explicit RowBlock(HostMemory* memory) : rows(AlignedFloats::In(memory)), gradients(AlignedFloats::In(memory)) {}

  AlignedFloats rows;
  AlignedFloats gradients;
  bool gradients_are_zero = true;
};

// By number of the job's table; those of tables that the model does not read stay empty.
using RowBlocks = std::vector<RowBlock>;

// Empty ones, in `memory`, which outlives them, as AlignedFloats::In takes it.
inline std::shared_ptr<RowBlocks> MakeRowBlocks(int num_tables, HostMemory* memory) {
  auto blocks = std::make_shared<RowBlocks>();
  for (int table = 0; table < num_tables; ++table) blocks->emplace_back(memory);
  return blocks;
}

}  // namespace shoal

#endif  // SHOAL_WORKER_ROW_BLOCKS_H_
