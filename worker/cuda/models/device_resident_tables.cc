#include "worker/cuda/models/device_resident_tables.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/memory/memory.h"
#include "common/base/status_macros.h"

namespace shoal {
namespace {

// So much is enough to keep the copies busy.
constexpr size_t kBufferFloats = size_t{4} << 20;

size_t RowsOfBuffer(const DeviceTable& table) { return std::max<size_t>(1, kBufferFloats / table.row_floats()); }

}  // namespace

DeviceResidentTables::DeviceResidentTables(const ComputeDevice* device)
    : device_(*device),
      buffer_(AlignedFloats::In(device->memory->pinned())),
      fetched_ids_(device->memory.get(), "changed rows on their way to the host"),
      fetched_(device->memory.get(), "changed rows on their way to the host") {}

absl::StatusOr<std::unique_ptr<DeviceResidentTables>> DeviceResidentTables::Create(
    const ComputeDevice* device, const JobConfig& job, const Schedule& schedule,
    const std::vector<RowCache::Table>& plan) {
  auto tables = absl::WrapUnique(new DeviceResidentTables(device));
  for (size_t t = 0; t < plan.size(); ++t) {
    std::unique_ptr<Table>& table = tables->tables_.emplace_back();
    if (!plan[t].is_resident) continue;
    const TableConfig& config = job.tables(static_cast<int>(t));
    table = std::make_unique<Table>(config.num_embeddings());
    SHOAL_ASSIGN_OR_RETURN(table->rows, DeviceTable::Create(device, config, schedule, config.num_embeddings()));
  }
  return tables;
}

absl::Status DeviceResidentTables::Load(RowStore& store) {
  for (size_t t = 0; t < tables_.size(); ++t) {
    if (tables_[t] != nullptr) SHOAL_RETURN_IF_ERROR(LoadTable(static_cast<int>(t), store));
  }
  return absl::OkStatus();
}

absl::Status DeviceResidentTables::LoadTable(int number, RowStore& store) {
  const Table& table = *tables_[number];
  DeviceTable& rows = *table.rows;
  std::vector<uint64_t> ids;
  for (int64_t first = 0; first < table.num_rows; first += static_cast<int64_t>(ids.size())) {
    ids.resize(std::min<size_t>(RowsOfBuffer(rows), table.num_rows - first));
    std::iota(ids.begin(), ids.end(), static_cast<uint64_t>(first));
    buffer_.Reserve(ids.size() * rows.row_floats());
    store.Read(number, ids, buffer_.data());
    device_.memory->CopyToDevice(buffer_.data(), ids.size() * rows.row_floats() * sizeof(float),
                                 rows.rows() + first * rows.row_floats());
    SHOAL_RETURN_IF_ERROR(device_.memory->Wait());
  }
  return absl::OkStatus();
}

absl::Status DeviceResidentTables::WriteBack(RowStore& store) {
  for (size_t t = 0; t < tables_.size(); ++t) {
    if (tables_[t] != nullptr) SHOAL_RETURN_IF_ERROR(WriteBackTable(static_cast<int>(t), store));
  }
  return absl::OkStatus();
}

absl::Status DeviceResidentTables::WriteBackTable(int number, RowStore& store) {
  Table& table = *tables_[number];
  while (true) {
    const std::vector<uint32_t> changed = table.changed.Take(RowsOfBuffer(*table.rows));
    if (changed.empty()) return absl::OkStatus();
    SHOAL_RETURN_IF_ERROR(Fetch(*table.rows, changed));
    store.Write(number, std::vector<uint64_t>(changed.begin(), changed.end()), buffer_.data());
  }
}

absl::Status DeviceResidentTables::Fetch(const DeviceTable& table, absl::Span<const uint32_t> ids) {
  const size_t floats = ids.size() * table.row_floats();
  SHOAL_RETURN_IF_ERROR(fetched_ids_.Assign(ids));
  SHOAL_RETURN_IF_ERROR(fetched_.Reserve(floats));
  buffer_.Reserve(floats);
  device_.rows->GatherRows(table.rows(), table.row_floats(), fetched_ids_.data(), static_cast<int64_t>(ids.size()),
                           table.row_floats(), fetched_.data());
  device_.memory->CopyToHost(fetched_.data(), floats * sizeof(float), buffer_.data());
  return device_.memory->Wait();
}

absl::Status DeviceResidentTables::Read(const ResidentBatch& batch, const uint32_t* ids, int64_t count,
                                        float* weights) {
  DeviceTable& table = *tables_[batch.table]->rows;
  SHOAL_RETURN_IF_ERROR(table.BeginStep(batch.step));
  CachedRows rows;
  rows.rows = table.rows();
  rows.slot_of = ids;
  device_.rows->ReadCachedRows(table.updater(), rows, count, weights);
  return absl::OkStatus();
}

void DeviceResidentTables::Update(const ResidentBatch& batch, const uint32_t* ids, int64_t count,
                                  const float* gradients) {
  Table& table = *tables_[batch.table];
  table.rows->Update(ids, count, gradients);
  table.changed.Add(batch.ids);
}

}  // namespace shoal
