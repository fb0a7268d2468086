// Digests of rows in memory, as checkpoints state them.
#ifndef SHOAL_TESTS_SUPPORT_SHARD_DIGEST_H_
#define SHOAL_TESTS_SUPPORT_SHARD_DIGEST_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "common/checkpoint/weights_digest.h"
#include "parameter_server/shard.h"

namespace shoal {

// This shard's part of each table's digest.
std::vector<TableDigestEntry> DigestParts(const Shard& shard);

// Adds parts of the same tables up.
void AddDigestParts(const std::vector<TableDigestEntry>& parts, std::vector<TableDigestEntry>* sums);

// The digest of all shards' rows together.
std::string DigestOf(absl::Span<const Shard* const> shards);

}  // namespace shoal

#endif  // SHOAL_TESTS_SUPPORT_SHARD_DIGEST_H_
