// How often workers found a row in the memory of their GPU (cluster.row_cache).
#ifndef SHOAL_LAUNCHER_ROW_CACHE_READS_H_
#define SHOAL_LAUNCHER_ROW_CACHE_READS_H_

#include <cstdint>

namespace shoal {

struct RowCacheReads {
  uint64_t reads = 0;  // Distinct rows of training batches, of the tables that are cached.
  uint64_t hits = 0;   // Those that did not have to be pulled.

  // REQUIRES: there are reads.
  double hit_rate() const { return static_cast<double>(hits) / static_cast<double>(reads); }
};

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_ROW_CACHE_READS_H_
