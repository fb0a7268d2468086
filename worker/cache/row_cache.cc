#include "worker/cache/row_cache.h"

namespace shoal {

RowCache::RowCache(const std::vector<Table>& tables, HostMemory* memory, ResidentTables* resident)
    : resident_(resident) {
  for (size_t t = 0; t < tables.size(); ++t) {
    const bool holds = tables[t].directory.num_slots > 0 && !tables[t].is_resident;
    tables_.push_back(holds ? std::make_unique<TableCache>(tables[t], memory) : nullptr);
    is_resident_.push_back(tables[t].is_resident);
    if (holds) tables_.back()->batch.table = static_cast<int>(t);
  }
}

std::array<PullTable, 2> RowCache::Read(int table, uint64_t step, absl::Span<const uint64_t> ids) {
  TableCache& cache = *tables_[table];
  cache.directory.Read(step, ids, &cache.slots, &cache.missing);
  cache.pulled.assign(ids.size(), CachedBatch::kNotPulled);
  cache.kept_ids.clear();
  cache.passing_ids.clear();
  for (const uint32_t i : cache.missing) {
    std::vector<uint64_t>& pull = cache.slots[i] == SlotDirectory::kNoSlot ? cache.passing_ids : cache.kept_ids;
    cache.pulled[i] = static_cast<uint32_t>(pull.size());
    pull.push_back(ids[i]);
  }
  cache.kept.Reserve(cache.kept_ids.size() * cache.row_floats);
  cache.passing.Reserve(cache.passing_ids.size() * cache.segment);
  cache.batch.step = step;
  cache.batch.slots = cache.slots;
  cache.batch.pulled = cache.pulled;
  cache.batch.kept = cache.kept.data();
  cache.batch.num_kept = static_cast<int64_t>(cache.kept_ids.size());
  cache.batch.passing = cache.passing.data();
  cache.batch.num_passing = static_cast<int64_t>(cache.passing_ids.size());
  statistics_.reads += ids.size();
  statistics_.hits += ids.size() - cache.missing.size();
  return {PullTable{table, cache.kept_ids, cache.kept.data(), cache.row_floats},
          PullTable{table, cache.passing_ids, cache.passing.data()}};
}

}  // namespace shoal
