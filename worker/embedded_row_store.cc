#include "worker/embedded_row_store.h"

namespace shoal {

void EmbeddedRowStore::Read(int table, absl::Span<const uint64_t> ids, float* rows) const {
  shard_->tables()[table]->CopyRows(ids, rows);
}

void EmbeddedRowStore::Write(int table, absl::Span<const uint64_t> ids, const float* rows) {
  shard_->table(table).ReplaceRows(ids, rows);
}

}  // namespace shoal
