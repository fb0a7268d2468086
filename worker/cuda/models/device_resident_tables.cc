#include "worker/cuda/models/device_resident_tables.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "common/base/byte_size.h"
#include "common/base/log_line.h"
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
  if (absl::c_none_of(plan, [](const RowCache::Table& table) { return table.is_resident; })) return nullptr;
  auto tables = absl::WrapUnique(new DeviceResidentTables(device));
  for (size_t t = 0; t < plan.size(); ++t) {
    std::unique_ptr<Table>& table = tables->tables_.emplace_back();
    if (!plan[t].is_resident) continue;
    const TableConfig& config = job.tables(static_cast<int>(t));
    table = std::make_unique<Table>(config.name(), config.num_embeddings());
    SHOAL_ASSIGN_OR_RETURN(table->rows, DeviceTable::Create(device, config, schedule, config.num_embeddings()));
  }
  return tables;
}

absl::Status DeviceResidentTables::Load(const RowStore& store) {
  for (size_t t = 0; t < tables_.size(); ++t) {
    if (tables_[t] != nullptr) SHOAL_RETURN_IF_ERROR(LoadTable(static_cast<int>(t), store));
  }
  return absl::OkStatus();
}

absl::Status DeviceResidentTables::LoadTable(int number, const RowStore& store) {
  const Table& table = *tables_[number];
  DeviceTable& rows = *table.rows;
  const int64_t bytes = table.num_rows * rows.row_floats() * static_cast<int64_t>(sizeof(float));
  LogLine(absl::StrCat("table ", table.name, ": ", table.num_rows, " rows, ", ByteSize(bytes), ", go to the device"));
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
    const std::vector<uint32_t> some = table.read.Take(RowsOfBuffer(*table.rows));
    if (some.empty()) return absl::OkStatus();
    SHOAL_RETURN_IF_ERROR(Fetch(*table.rows, some));
    store.Write(number, std::vector<uint64_t>(some.begin(), some.end()), buffer_.data());
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
  Table& table = *tables_[batch.table];
  table.read.Add(batch.ids);
  SHOAL_RETURN_IF_ERROR(table.rows->BeginStep(batch.step));
  CachedRows rows;
  rows.rows = table.rows->rows();
  rows.slot_of = ids;
  device_.rows->ReadCachedRows(table.rows->updater(), rows, count, weights);
  return absl::OkStatus();
}

void DeviceResidentTables::Update(const ResidentBatch& batch, const uint32_t* ids, int64_t count,
                                  const float* gradients) {
  tables_[batch.table]->rows->Update(ids, count, gradients);
}

}  // namespace shoal
