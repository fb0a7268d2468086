// Items that a user is not known to have, drawn for implicit matrix factorization: uniform over all items, and a pure
// function of (seed, step, position in the global batch, number of the draw), so that the split over workers changes
// nothing.
//
// Thread safety: free function.
#ifndef SHOAL_WORKER_LOSSES_ITEM_NEGATIVES_H_
#define SHOAL_WORKER_LOSSES_ITEM_NEGATIVES_H_

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"

namespace shoal {

struct ItemNegativesRequest {
  uint64_t seed = 0;
  int64_t step = 0;
  // Positions [begin, end) of the global batch.
  int64_t begin = 0;
  int64_t end = 0;
  int num_negatives = 1;
  int64_t num_items = 1;
};

// Draws of one negative: after so many rejected ones the last is taken, so that a user who has everything ends too.
constexpr int kMaxItemDraws = 64;

// Whether `item` must not be a negative of the example at `position` of the global batch.
using RejectsItem = absl::FunctionRef<bool(int64_t position, int64_t item)>;

// (*items)[(position - begin) * num_negatives + k] is negative k of a position. Replaces `*items`.
// REQUIRES: num_items >= 1, num_negatives >= 1.
void DrawItemNegatives(const ItemNegativesRequest& request, RejectsItem rejects, std::vector<uint64_t>* items);

}  // namespace shoal

#endif  // SHOAL_WORKER_LOSSES_ITEM_NEGATIVES_H_
