#include "worker/cuda/models/device_table.h"

#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace shoal {

DeviceTable::DeviceTable(const ComputeDevice* device, const TableConfig& config,
                         std::unique_ptr<RowOptimizer> optimizer)
    : device_(*device),
      title_(absl::StrCat("the row cache of ", config.name())),
      is_frozen_(config.freeze()),
      optimizer_(std::move(optimizer)),
      update_(device->memory.get()),
      rows_(device->memory.get(), title_) {}

absl::StatusOr<std::unique_ptr<DeviceTable>> DeviceTable::Create(const ComputeDevice* device, const TableConfig& config,
                                                                 const Schedule& schedule, int64_t num_rows) {
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<RowOptimizer> optimizer, CreateRowOptimizer(config, schedule));
  auto table = absl::WrapUnique(new DeviceTable(device, config, std::move(optimizer)));
  SHOAL_RETURN_IF_ERROR(table->rows_.Reserve(static_cast<size_t>(num_rows) * table->row_floats()));
  return table;
}

absl::Status DeviceTable::BeginStep(uint64_t step) {
  optimizer_->BeginStep(static_cast<int64_t>(step));
  SHOAL_ASSIGN_OR_RETURN(updater_, update_.Begin(*optimizer_));
  return absl::OkStatus();
}

void DeviceTable::Update(const uint32_t* index, int64_t count, const float* gradients) {
  device_.rows->UpdateRows(updater_, index, count, gradients, rows_.data());
}

}  // namespace shoal
