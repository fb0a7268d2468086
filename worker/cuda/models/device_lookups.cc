#include "worker/cuda/models/device_lookups.h"

#include "common/base/status_macros.h"
#include "common/optimizer/row_layout.h"

namespace shoal {

DeviceLookups::Block::Block(const ComputeDevice& device)
    : rows(device.memory.get(), "the batch's rows"), gradients(device.memory.get(), "the batch's row gradients") {}

DeviceLookups::DistinctIds::DistinctIds(const ComputeDevice* device)
    : ids(device->memory.get(), "the batch's ids"), grouping(device) {}

DeviceLookups::Index::Index(const ComputeDevice* device)
    : copied(device->memory.get(), "the batch's index"), grouping(device) {}

DeviceLookups::DeviceLookups(const ComputeDevice* device, DeviceRowCache* cache)
    : device_(device), cache_(cache), partial_sums_(device->memory.get(), "partial sums of row gradients") {}

absl::Status DeviceLookups::Begin(absl::Span<const LookupRows> lookups, absl::Span<const int> dims) {
  num_blocks_ = 0;
  num_indices_ = 0;
  num_distinct_ids_ = 0;
  places_.clear();
  for (size_t i = 0; i < lookups.size(); ++i) {
    SHOAL_ASSIGN_OR_RETURN(Block* const block, FindOrAddBlock(lookups[i], dims[i]));
    SHOAL_ASSIGN_OR_RETURN(Index* const index, FindOrCopyIndex(lookups[i], block->ids));
    places_.push_back({block, index});
  }
  return absl::OkStatus();
}

absl::StatusOr<DeviceLookups::Block*> DeviceLookups::FindOrAddBlock(const LookupRows& lookup, int dim) {
  for (size_t i = 0; i < num_blocks_; ++i) {
    Block& block = *blocks_[i];
    if (block.host_rows != lookup.rows || block.cached != lookup.cached || block.resident != lookup.resident) continue;
    ++block.num_lookups;
    return &block;
  }
  if (num_blocks_ == blocks_.size()) blocks_.push_back(std::make_unique<Block>(*device_));
  Block& block = *blocks_[num_blocks_++];
  block.host_rows = lookup.rows;
  block.cached = lookup.cached;
  block.resident = lookup.resident;
  SHOAL_ASSIGN_OR_RETURN(block.ids, FindDistinctIds(lookup));
  block.host_gradients = lookup.gradients;
  block.wants_gradients =
      lookup.gradients != nullptr || (lookup.resident != nullptr && cache_->resident().Updates(lookup.resident->table));
  block.num_rows = lookup.num_rows;
  block.segment = SegmentFloats(dim);
  block.num_lookups = 1;
  block.has_sums = false;
  block.is_copied = false;
  SHOAL_RETURN_IF_ERROR(block.rows.Reserve(block.size()));
  if (block.wants_gradients) SHOAL_RETURN_IF_ERROR(block.gradients.Reserve(block.size()));
  return &block;
}

absl::StatusOr<const DeviceLookups::DistinctIds*> DeviceLookups::FindDistinctIds(const LookupRows& lookup) {
  if (lookup.resident == nullptr) return nullptr;
  const absl::Span<const uint32_t> host = lookup.resident->ids;
  for (size_t i = 0; i < num_distinct_ids_; ++i) {
    if (distinct_ids_[i]->host.data() == host.data()) return distinct_ids_[i].get();
  }
  if (num_distinct_ids_ == distinct_ids_.size()) distinct_ids_.push_back(std::make_unique<DistinctIds>(device_));
  DistinctIds& distinct = *distinct_ids_[num_distinct_ids_++];
  distinct.host = host;
  SHOAL_RETURN_IF_ERROR(distinct.ids.Assign(host));
  SHOAL_RETURN_IF_ERROR(
      distinct.grouping.GroupIds(distinct.ids.data(), static_cast<int64_t>(host.size()), lookup.resident->num_ids));
  return &distinct;
}

absl::StatusOr<DeviceLookups::Index*> DeviceLookups::FindOrCopyIndex(const LookupRows& lookup, const DistinctIds* ids) {
  for (size_t i = 0; i < num_indices_; ++i) {
    const Index& index = *indices_[i];
    if (index.host == lookup.index && index.num_places == lookup.num_places && index.num_rows == lookup.num_rows) {
      return indices_[i].get();
    }
  }
  if (num_indices_ == indices_.size()) indices_.push_back(std::make_unique<Index>(device_));
  Index& index = *indices_[num_indices_++];
  index.host = lookup.index;
  index.num_places = lookup.num_places;
  index.num_rows = lookup.num_rows;
  index.rows = nullptr;
  index.groups = nullptr;
  if (index.num_places == 0) return &index;
  if (ids != nullptr && lookup.index != nullptr) {
    index.rows = ids->grouping.row_of_place() + (lookup.index - ids->host.data());
    const bool reads_all = index.num_places == static_cast<int64_t>(ids->host.size());
    if (reads_all) index.groups = &ids->grouping.groups();
    return &index;
  }
  if (lookup.index != nullptr) {
    SHOAL_RETURN_IF_ERROR(index.copied.Assign({lookup.index, static_cast<size_t>(index.num_places)}));
  } else {
    SHOAL_RETURN_IF_ERROR(index.copied.Reserve(index.num_places));
    device_->memory->Clear(index.copied.data(), index.num_places * sizeof(uint32_t));
  }
  index.rows = index.copied.data();
  return &index;
}

absl::Status DeviceLookups::CopyRows() {
  const TraceRange range(device_->trace.get(), "rows of the batch");
  for (size_t i = 0; i < num_blocks_; ++i) {
    if (blocks_[i]->size() > 0) SHOAL_RETURN_IF_ERROR(ReadRows(*blocks_[i]));
  }
  return absl::OkStatus();
}

absl::Status DeviceLookups::ReadRows(Block& block) {
  if (block.cached != nullptr) return cache_->Read(*block.cached, block.rows.data());
  if (block.resident != nullptr) {
    return cache_->resident().Read(*block.resident, block.ids->grouping.distinct_ids(), block.num_rows,
                                   block.rows.data());
  }
  device_->memory->CopyToDevice(block.host_rows, block.size() * sizeof(float), block.rows.data());
  return absl::OkStatus();
}

IndexedRows DeviceLookups::rows(int lookup) const {
  const Place& place = places_[lookup];
  return {place.block->rows.data(), place.block->segment, place.index->rows};
}

absl::StatusOr<const PlaceGroups*> DeviceLookups::Groups(int lookup) {
  Index& index = *places_[lookup].index;
  if (index.groups == nullptr) {
    SHOAL_RETURN_IF_ERROR(index.grouping.Group(index.rows, index.num_places, index.num_rows));
    index.groups = &index.grouping.groups();
  }
  return index.groups;
}

absl::Status DeviceLookups::AddGradients(int lookup, const PlaceGroups& groups, const PlaceTerms& terms) {
  Block& block = *places_[lookup].block;
  if (!block.wants_gradients) return absl::OkStatus();
  SHOAL_RETURN_IF_ERROR(partial_sums_.Reserve(PlaceGroups::MaxChunks(groups.num_places, groups.num_rows) * terms.dim));
  device_->rows->SumTerms(groups, terms, block.segment, /*add=*/block.has_sums, partial_sums_.data(),
                          block.gradients.data());
  block.has_sums = true;
  return absl::OkStatus();
}

absl::Status DeviceLookups::AddGradients(int lookup, const PlaceTerms& terms) {
  if (!WantsGradients(lookup)) return absl::OkStatus();
  SHOAL_ASSIGN_OR_RETURN(const PlaceGroups* const groups, Groups(lookup));
  return AddGradients(lookup, *groups, terms);
}

absl::Status DeviceLookups::KeepGradients(float* gradients) {
  for (size_t i = 0; i < num_blocks_; ++i) {
    Block& block = *blocks_[i];
    if (block.host_gradients != gradients || gradients == nullptr) continue;
    SHOAL_RETURN_IF_ERROR(block.gradients.Assign({gradients, block.size()}));
    block.has_sums = true;
  }
  return absl::OkStatus();
}

void DeviceLookups::EndBatch(const std::function<void()>& host_work) {
  for (size_t i = 0; i < num_blocks_; ++i) CopyGradients(*blocks_[i]);
  if (host_work) host_work();
}

void DeviceLookups::CopyGradientsOf(int lookup) {
  Block& block = *places_[lookup].block;
  if (block.num_lookups == 1) CopyGradients(block);
}

void DeviceLookups::CopyGradients(Block& block) {
  if (!block.wants_gradients || block.is_copied) return;
  block.is_copied = true;
  const size_t bytes = block.size() * sizeof(float);
  const bool to_host = block.host_gradients != nullptr;
  if (block.has_sums && to_host) device_->memory->CopyToHost(block.gradients.data(), bytes, block.host_gradients);
  const bool is_cached = block.cached != nullptr && cache_->Updates(block.cached->table);
  if (bytes == 0 || (!is_cached && block.resident == nullptr)) return;
  if (!block.has_sums) device_->memory->Clear(block.gradients.data(), bytes);
  if (is_cached) {
    cache_->Update(*block.cached, block.gradients.data());
  } else {
    cache_->resident().Update(*block.resident, block.ids->grouping.distinct_ids(), block.num_rows,
                              block.gradients.data());
  }
}

}  // namespace shoal
