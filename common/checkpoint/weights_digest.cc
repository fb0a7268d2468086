#include "common/checkpoint/weights_digest.h"

#include <algorithm>
#include <cstring>

#include "common/base/hash.h"

namespace shoal {

TableDigest::TableDigest(absl::string_view table, int embedding_dim)
    : seed_(Hash64(table)), row_bytes_(sizeof(uint64_t) + sizeof(float) * embedding_dim, '\0') {}

void TableDigest::Add(uint64_t id, absl::Span<const float> weight) {
  std::memcpy(row_bytes_.data(), &id, sizeof(id));
  std::memcpy(row_bytes_.data() + sizeof(id), weight.data(), row_bytes_.size() - sizeof(id));
  sum_ += Hash128(row_bytes_, seed_);
  ++rows_;
}

std::string WeightsDigest(std::vector<TableDigestEntry> tables) {
  std::sort(tables.begin(), tables.end(),
            [](const TableDigestEntry& a, const TableDigestEntry& b) { return a.table < b.table; });
  Hasher128 hasher;
  for (const TableDigestEntry& entry : tables) {
    hasher.UpdateUint64(entry.table.size());
    hasher.Update(entry.table);
    hasher.UpdateUint64(entry.rows);
    hasher.UpdateUint64(absl::Uint128Low64(entry.sum));
    hasher.UpdateUint64(absl::Uint128High64(entry.sum));
  }
  return HashToHex(hasher.Digest());
}

}  // namespace shoal
