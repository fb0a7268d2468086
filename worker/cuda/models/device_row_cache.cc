#include "worker/cuda/models/device_row_cache.h"

#include <utility>

#include "absl/memory/memory.h"
#include "common/base/status_macros.h"
#include "worker/cache/row_cache_plan.h"

namespace shoal {

static_assert(CachedRows::kNone == SlotDirectory::kNoSlot && CachedRows::kNone == CachedBatch::kNotPulled);

DeviceRowCache::Table::Table(const ComputeDevice& device, std::unique_ptr<DeviceTable> table_rows)
    : rows(std::move(table_rows)),
      kept(device.memory.get(), "the batch's pulled rows"),
      passing(device.memory.get(), "the batch's pulled rows"),
      slots(device.memory.get(), "the batch's slots"),
      pulled(device.memory.get(), "the batch's slots") {}

absl::StatusOr<std::unique_ptr<DeviceRowCache>> DeviceRowCache::Create(const ComputeDevice* device,
                                                                       const ResolvedJob& job,
                                                                       const Schedule& schedule) {
  if (!job.job().cluster().has_row_cache()) return nullptr;
  SHOAL_ASSIGN_OR_RETURN(const std::vector<RowCache::Table> plan, PlanRowCache(job));
  auto cache = absl::WrapUnique(new DeviceRowCache(device));
  SHOAL_ASSIGN_OR_RETURN(cache->resident_, DeviceResidentTables::Create(device, job.job(), schedule, plan));
  for (size_t t = 0; t < plan.size(); ++t) {
    std::unique_ptr<Table>& table = cache->tables_.emplace_back();
    if (plan[t].directory.num_slots == 0 || plan[t].is_resident) continue;
    SHOAL_ASSIGN_OR_RETURN(
        std::unique_ptr<DeviceTable> rows,
        DeviceTable::Create(device, job.job().tables(static_cast<int>(t)), schedule, plan[t].directory.num_slots));
    table = std::make_unique<Table>(*device, std::move(rows));
  }
  // Takes memory of the host for each slot: for those only that the device has.
  cache->rows_ = std::make_unique<RowCache>(plan, device->memory->pinned(), cache->resident_.get());
  return cache;
}

absl::Status DeviceRowCache::Read(const CachedBatch& batch, float* weights) {
  Table& table = *tables_[batch.table];
  SHOAL_RETURN_IF_ERROR(table.rows->BeginStep(batch.step));
  SHOAL_RETURN_IF_ERROR(table.slots.Assign(batch.slots));
  SHOAL_RETURN_IF_ERROR(table.pulled.Assign(batch.pulled));
  const RowShape& shape = table.rows->updater().shape;
  const auto kept_floats = static_cast<size_t>(batch.num_kept * shape.row_floats);
  const auto passing_floats = static_cast<size_t>(batch.num_passing * shape.segment);
  SHOAL_RETURN_IF_ERROR(table.kept.Assign({batch.kept, kept_floats}));
  SHOAL_RETURN_IF_ERROR(table.passing.Assign({batch.passing, passing_floats}));
  CachedRows cached;
  cached.rows = table.rows->rows();
  cached.kept = table.kept.data();
  cached.passing = table.passing.data();
  cached.slot_of = table.slots.data();
  cached.pulled_of = table.pulled.data();
  device_.rows->ReadCachedRows(table.rows->updater(), cached, static_cast<int64_t>(batch.slots.size()), weights);
  return absl::OkStatus();
}

void DeviceRowCache::Update(const CachedBatch& batch, const float* gradients) {
  Table& table = *tables_[batch.table];
  table.rows->Update(table.slots.data(), static_cast<int64_t>(batch.slots.size()), gradients);
}

}  // namespace shoal
