#include "tests/support/shard_digest.h"

#include <utility>

namespace shoal {

std::vector<TableDigestEntry> DigestParts(const Shard& shard) {
  std::vector<TableDigestEntry> parts;
  for (const std::unique_ptr<Table>& table : shard.tables()) {
    TableDigest digest(table->config().name(), table->dim());
    const std::unique_ptr<TableRows> rows = table->Snapshot();
    const std::vector<uint64_t> ids = rows->ids();
    size_t next = 0;
    rows->ForEach(0, [&](absl::Span<const float> weight) { digest.Add(ids[next++], weight); });
    parts.push_back({table->config().name(), digest.rows(), digest.sum()});
  }
  return parts;
}

void AddDigestParts(const std::vector<TableDigestEntry>& parts, std::vector<TableDigestEntry>* sums) {
  if (sums->empty()) {
    *sums = parts;
    return;
  }
  for (size_t t = 0; t < parts.size(); ++t) {
    (*sums)[t].rows += parts[t].rows;
    (*sums)[t].sum += parts[t].sum;
  }
}

std::string DigestOf(absl::Span<const Shard* const> shards) {
  std::vector<TableDigestEntry> sums;
  for (const Shard* shard : shards) AddDigestParts(DigestParts(*shard), &sums);
  return WeightsDigest(std::move(sums));
}

}  // namespace shoal
