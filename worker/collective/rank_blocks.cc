#include "worker/collective/rank_blocks.h"

namespace shoal {
namespace {

constexpr int64_t kBlockMultiple = 16;  // Floats: a cache line.

}  // namespace

std::vector<int64_t> RankBlockSizes(int64_t n, int num_ranks) {
  std::vector<int64_t> sizes(num_ranks);
  int64_t begin = 0;
  for (int r = 0; r < num_ranks; ++r) {
    const int64_t end = r + 1 == num_ranks ? n : n * (r + 1) / num_ranks / kBlockMultiple * kBlockMultiple;
    sizes[r] = end - begin;
    begin = end;
  }
  return sizes;
}

std::vector<RankMessage> RankParts(const std::vector<int64_t>& counts, float* all) {
  std::vector<RankMessage> parts;
  parts.reserve(counts.size());
  for (int r = 0; r < static_cast<int>(counts.size()); ++r) {
    parts.push_back({r, all, counts[r]});
    all += counts[r];
  }
  return parts;
}

std::vector<RankMessage> ToAllRanks(const RankMessage& message, int num_ranks) {
  std::vector<RankMessage> messages(num_ranks, message);
  for (int r = 0; r < num_ranks; ++r) messages[r].peer = r;
  return messages;
}

std::vector<RankMessage> WithoutRank(std::vector<RankMessage> messages, int rank) {
  messages.erase(messages.begin() + rank);
  return messages;
}

}  // namespace shoal
