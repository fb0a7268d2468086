// How workers share the summing of `n` floats: a block for each, one after the other in rank order.
#ifndef SHOAL_WORKER_COLLECTIVE_RANK_BLOCKS_H_
#define SHOAL_WORKER_COLLECTIVE_RANK_BLOCKS_H_

#include <cstdint>
#include <vector>

namespace shoal {

// Sizes of the blocks, in rank order: nearly equal, and whole cache lines but for the last.
std::vector<int64_t> RankBlockSizes(int64_t n, int num_ranks);

// A worker's floats, on their way to or from it.
struct RankMessage {
  int peer;
  float* floats;
  int64_t size;
};

// The parts of `all`, one after the other, with sizes `counts` by rank.
std::vector<RankMessage> RankParts(const std::vector<int64_t>& counts, float* all);

// The same floats for each of `num_ranks` workers.
std::vector<RankMessage> ToAllRanks(const RankMessage& message, int num_ranks);

// The messages but for that number `rank`.
std::vector<RankMessage> WithoutRank(std::vector<RankMessage> messages, int rank);

}  // namespace shoal

#endif  // SHOAL_WORKER_COLLECTIVE_RANK_BLOCKS_H_
