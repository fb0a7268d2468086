#include "parameter_server/table.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/numeric/bits.h"
#include "absl/strings/str_cat.h"
#include "common/base/copy_floats.h"
#include "common/base/status_macros.h"
#include "parameter_server/table_snapshot.h"

namespace shoal {
namespace {

// Rows that are worked on together, and rows behind them that are being fetched meanwhile: enough to cover a miss, few
// enough to stay in the cache.
constexpr size_t kRowsTogether = RowOptimizer::kMaxRows;
constexpr size_t kRowsAhead = 16;

void PrefetchFloats(const float* floats, int count) {
  for (int offset = 0; offset < count; offset += 16) __builtin_prefetch(floats + offset, 0, 2);
}

// Copies rows that are handed out to out, out + distance, ...
auto CopyTo(uint8_t* out, int width, int64_t distance_bytes) {
  return [=](size_t first, absl::Span<const float* const> rows) {
    uint8_t* copy = out + first * distance_bytes;
    for (const float* row : rows) {
      CopyFloats(row, width, copy);
      copy += distance_bytes;
    }
  };
}

// Visits rows in order, some at a time: visit(position of the first, rows). While it works on some, the next ones'
// floats that `prefetch(row)` asks for are on their way into the cache.
template <class Prefetch, class Visit>
void VisitRows(absl::Span<float* const> rows, const Prefetch& prefetch, const Visit& visit) {
  size_t fetched = 0;
  for (size_t first = 0; first < rows.size(); first += kRowsTogether) {
    const size_t fetch_to = std::min(first + kRowsTogether + kRowsAhead, rows.size());
    for (; fetched < fetch_to; ++fetched) prefetch(rows[fetched]);
    visit(first, rows.subspan(first, kRowsTogether));
  }
}

TableSchema SchemaOf(const TableConfig& config, const RowLayout& layout) {
  TableSchema schema;
  schema.table = config.name();
  schema.num_embeddings = config.num_embeddings();
  schema.embedding_dim = config.embedding_dim();
  schema.num_partitions = config.num_partitions();
  schema.fields.push_back({"weight", config.embedding_dim()});
  for (const StateField& field : layout.fields()) schema.fields.push_back({field.name, field.width});
  schema.has_last_step = layout.has_last_step();
  if (schema.has_last_step) schema.fields.push_back({"pending_weight", config.embedding_dim()});
  return schema;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Table>> Table::Create(const TableConfig& config, uint64_t seed,
                                                     const std::vector<bool>& owned, const Schedule& schedule) {
  SHOAL_ASSIGN_OR_RETURN(RowInitializer initializer, RowInitializer::Create(config, seed));
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<RowOptimizer> optimizer, CreateRowOptimizer(config, schedule));
  SHOAL_ASSIGN_OR_RETURN(GradientClipper clipper, GradientClipper::Create(config.gradient_clipping()));
  return absl::WrapUnique(new Table(config, std::move(initializer), std::move(optimizer), clipper, owned));
}

Table::Table(const TableConfig& config, RowInitializer initializer, std::unique_ptr<RowOptimizer> optimizer,
             GradientClipper clipper, const std::vector<bool>& owned)
    : config_(config),
      initializer_(std::move(initializer)),
      optimizer_(std::move(optimizer)),
      clipper_(clipper),
      max_norm_(MaxNorm::Of(config)),
      schema_(SchemaOf(config, layout())),
      num_partitions_(config.num_partitions()),
      partition_shift_(absl::has_single_bit(num_partitions_) ? absl::countr_zero(num_partitions_) : -1),
      partitions_(config.num_partitions()) {
  const int64_t num_embeddings = config.num_embeddings();
  for (int64_t p = 0; p < config.num_partitions(); ++p) {
    if (!owned[p]) continue;
    const int64_t num_slots = (num_embeddings - p + config.num_partitions() - 1) / config.num_partitions();
    partitions_[p] = std::make_unique<Partition>(layout().row_floats(), std::max<int64_t>(num_slots, 0));
  }
  BeginStepAfter(0);
}

absl::Status Table::CheckIds(absl::Span<const uint64_t> ids) const {
  if (AreThoseOfTheLastPull(ids)) return absl::OkStatus();
  const auto num_embeddings = static_cast<uint64_t>(config_.num_embeddings());
  for (uint64_t id : ids) {
    if (id >= num_embeddings) {
      return absl::InvalidArgumentError(absl::StrCat("id ", id, " is out of range for table ", config_.name(),
                                                     ", which has num_embeddings ", num_embeddings));
    }
    const uint64_t partition = Locate(id).partition;
    if (partitions_[partition] == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("id ", id, " of table ", config_.name(), " lies in partition ",
                                                     partition, ", which this server does not own"));
    }
  }
  return absl::OkStatus();
}

void Table::BeginStepAfter(int64_t applied_step) {
  applied_step_ = applied_step;
  optimizer_->BeginStep(applied_step + 1);
}

const float* Table::Address(uint64_t id) const {
  const Place place = Locate(id);
  return partitions_[place.partition]->row(place.slot);
}

bool Table::Created(uint64_t id) const {
  const Place place = Locate(id);
  return partitions_[place.partition]->created(place.slot);
}

void Table::FillNewRow(uint64_t id, float* row) const {
  initializer_.Fill(id, row);
  optimizer_->InitializeState(row);
}

float* Table::FindOrCreate(uint64_t id) {
  const Place place = Locate(id);
  Partition& partition = *partitions_[place.partition];
  float* row = partition.row(place.slot);
  if (!partition.created(place.slot)) {
    FillNewRow(id, row);
    partition.MarkCreated(place.slot);
  }
  return row;
}

absl::Span<float* const> Table::FindOrCreateRows(absl::Span<const uint64_t> ids) {
  if (AreThoseOfTheLastPull(ids)) return pulled_.rows;
  pulled_.ids.assign(ids.begin(), ids.end());
  pulled_.rows.resize(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) pulled_.rows[i] = FindOrCreate(ids[i]);
  pulled_.current_at = kNever;
  return pulled_.rows;
}

void Table::CatchUp(absl::Span<float* const> rows) {
  std::array<float*, kRowsTogether> late;
  size_t num_late = 0;
  for (float* row : rows) {
    if (layout().last_step(row) == static_cast<uint32_t>(applied_step_)) continue;
    PrefetchFloats(row + layout().segment(), layout().row_floats() - layout().segment());
    late[num_late++] = row;
  }
  for (size_t i = 0; i < num_late; ++i) optimizer_->CatchUp(applied_step_, late[i]);
}

void Table::Pull(absl::Span<const uint64_t> ids, int width, TakeRows take) {
  const absl::Span<float* const> rows = FindOrCreateRows(ids);
  const bool catch_up = NeedCatchUp();
  const auto prefetch = [&](const float* row) {
    PrefetchFloats(row, width);
    if (catch_up) PrefetchFloats(row + layout().last_step_offset(), 1);  // The state only of rows that need it.
  };
  AlignedFloats copies;
  VisitRows(rows, prefetch, [&](size_t first, absl::Span<float* const> some) {
    if (catch_up) CatchUp(some);
    HandOut(first, {some.data(), some.size()}, width, &copies, take);
  });
  pulled_.current_at = applied_step_;
}

void Table::HandOut(size_t first, absl::Span<const float* const> rows, int width, AlignedFloats* copies,
                    TakeRows take) const {
  if (!max_norm_.has_value()) {
    take(first, rows);
    return;
  }
  std::array<const float*, kRowsTogether> limited;
  copies->Reserve(kRowsTogether * layout().row_floats());
  for (size_t i = 0; i < rows.size(); ++i) {
    float* const copy = copies->data() + i * layout().row_floats();
    std::memcpy(copy, rows[i], width * sizeof(float));
    max_norm_->Apply(copy, std::min(width, layout().segment()));
    limited[i] = copy;
  }
  take(first, {limited.data(), rows.size()});
}

void Table::Pull(absl::Span<const uint64_t> ids, int width, int64_t distance_bytes, uint8_t* out) {
  Pull(ids, width, CopyTo(out, width, distance_bytes));
}

const float* Table::Current(uint64_t id, const float* row, float* scratch) const {
  if (row != nullptr && !optimizer_->moves_idle_rows()) return row;
  if (row != nullptr) {
    std::memcpy(scratch, row, layout().row_floats() * sizeof(float));
  } else {
    std::fill_n(scratch, layout().row_floats(), 0.0f);
    FillNewRow(id, scratch);
  }
  if (optimizer_->moves_idle_rows()) optimizer_->CatchUp(applied_step_, scratch);
  return scratch;
}

void Table::PullReadOnly(absl::Span<const uint64_t> ids, int width, TakeRows take) const {
  AlignedFloats scratch(layout().row_floats());
  AlignedFloats copies;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (i + kRowsAhead < ids.size()) PrefetchFloats(Address(ids[i + kRowsAhead]), layout().row_floats());
    const float* const row = Current(ids[i], Created(ids[i]) ? Address(ids[i]) : nullptr, scratch.data());
    HandOut(i, {&row, 1}, width, &copies, take);
  }
}

void Table::PullReadOnly(absl::Span<const uint64_t> ids, int width, int64_t distance_bytes, uint8_t* out) const {
  PullReadOnly(ids, width, CopyTo(out, width, distance_bytes));
}

void Table::LimitRows(absl::Span<float* const> rows) {
  const bool catch_up = NeedCatchUp();
  VisitRows(
      rows, [&](const float* row) { PrefetchFloats(row, layout().row_floats()); },
      [&](size_t /*first*/, absl::Span<float* const> some) {
        if (catch_up) CatchUp(some);
        for (float* row : some) max_norm_->Apply(row, layout().segment());
      });
  pulled_.current_at = applied_step_;
}

void Table::ApplyGradients(absl::Span<const uint64_t> ids, float* gradients) {
  const absl::Span<float* const> rows = FindOrCreateRows(ids);
  if (max_norm_.has_value()) LimitRows(rows);
  if (!config_.has_padding_idx()) {
    UpdateRows(rows, gradients);
    return;
  }
  const size_t padding = std::find(ids.begin(), ids.end(), static_cast<uint64_t>(config_.padding_idx())) - ids.begin();
  UpdateRows(rows.first(padding), gradients);
  if (padding == ids.size()) return;
  const int segment = layout().segment();
  std::fill_n(gradients + padding * segment, segment, 0.0f);
  UpdateRows(rows.subspan(padding + 1), gradients + (padding + 1) * segment);
}

void Table::UpdateRows(absl::Span<float* const> rows, float* gradients) {
  const bool catch_up = NeedCatchUp();
  const bool clip = config_.has_gradient_clipping();
  const int segment = layout().segment();
  VisitRows(
      rows, [&](const float* row) { PrefetchFloats(row, layout().row_floats()); },
      [&](size_t first, absl::Span<float* const> some) {
        float* const gradient = gradients + first * segment;
        for (size_t i = 0; clip && i < some.size(); ++i) clipper_.Clip(gradient + i * segment, segment);
        if (catch_up) CatchUp(some);
        optimizer_->UpdateRows(gradient, some);
        std::fill_n(gradient, some.size() * segment, 0.0f);  // While they are in the cache.
      });
}

void Table::Begin(uint64_t id, absl::Span<const float> weights) {
  const auto [number, slot] = Locate(id);
  Partition* partition = partitions_[number].get();
  if (partition == nullptr) return;
  float* row = partition->row(slot);
  std::copy(weights.begin(), weights.end(), row);
  optimizer_->InitializeState(row);
  partition->MarkCreated(slot);
}

void Table::CopyRows(absl::Span<const uint64_t> ids, float* rows) const {
  const int floats = layout().row_floats();
  for (const uint64_t id : ids) {
    if (Created(id)) {
      std::copy_n(Address(id), floats, rows);
    } else {
      std::fill_n(rows, floats, 0.0F);
      FillNewRow(id, rows);
    }
    rows += floats;
  }
}

void Table::ReplaceRows(absl::Span<const uint64_t> ids, const float* rows) {
  for (const uint64_t id : ids) {
    const auto [number, slot] = Locate(id);
    Partition& partition = *partitions_[number];
    std::copy_n(rows, layout().row_floats(), partition.row(slot));
    if (!partition.created(slot)) partition.MarkCreated(slot);
    rows += layout().row_floats();
  }
  pulled_.current_at = kNever;
}

absl::Status Table::Restore(const LoadedRow& loaded) {
  if (loaded.id >= static_cast<uint64_t>(config_.num_embeddings())) return CheckIds({loaded.id});
  const auto [number, slot] = Locate(loaded.id);
  Partition* partition = partitions_[number].get();
  if (partition == nullptr) return absl::OkStatus();
  if (partition->created(slot)) {
    return absl::InvalidArgumentError(absl::StrCat("row ", loaded.id, " of table ", config_.name(), " stands twice"));
  }
  if (loaded.fields.size() != schema_.fields.size()) {
    return absl::InvalidArgumentError(absl::StrCat("rows of table ", config_.name(), " have ", loaded.fields.size(),
                                                   " fields in the checkpoint, ", schema_.fields.size(),
                                                   " in the job"));
  }
  for (size_t f = 0; f < schema_.fields.size(); ++f) {
    if (loaded.fields[f].size() == static_cast<size_t>(schema_.fields[f].width)) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("field ", schema_.fields[f].name, " of table ", config_.name(), " has ", loaded.fields[f].size(),
                     " floats a row in the checkpoint, ", schema_.fields[f].width, " in the job"));
  }
  float* row = partition->row(slot);
  const absl::Span<const float> weights = schema_.has_last_step ? loaded.fields.back() : loaded.fields.front();
  std::copy(weights.begin(), weights.end(), row);
  for (size_t f = 0; f < layout().fields().size(); ++f) {
    const absl::Span<const float> state = loaded.fields[f + 1];
    std::copy(state.begin(), state.end(), row + layout().field_offset(static_cast<int>(f)));
  }
  if (schema_.has_last_step) layout().set_last_step(row, static_cast<uint32_t>(loaded.last_step));
  partition->MarkCreated(slot);
  return absl::OkStatus();
}

std::unique_ptr<TableRows> Table::Snapshot() const { return std::make_unique<TableSnapshot>(*this); }

}  // namespace shoal
