// The rows of a shard in the worker's own process.
#ifndef SHOAL_WORKER_EMBEDDED_ROW_STORE_H_
#define SHOAL_WORKER_EMBEDDED_ROW_STORE_H_

#include "parameter_server/shard.h"
#include "worker/row_store.h"

namespace shoal {

class EmbeddedRowStore : public RowStore {
 public:
  // `shard` outlives the store. REQUIRES: it owns every partition.
  explicit EmbeddedRowStore(Shard* shard) : shard_(shard) {}

  void Read(int table, absl::Span<const uint64_t> ids, float* rows) const override;
  void Write(int table, absl::Span<const uint64_t> ids, const float* rows) override;

 private:
  Shard* shard_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_EMBEDDED_ROW_STORE_H_
