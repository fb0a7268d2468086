#include "worker/cuda/models/device_lookups.h"

#include "common/base/status_macros.h"
#include "common/optimizer/row_layout.h"

namespace shoal {

DeviceLookups::Block::Block(const ComputeDevice& device)
    : rows(device.memory.get(), "the batch's rows"), gradients(device.memory.get(), "the batch's row gradients") {}

DeviceLookups::Index::Index(const ComputeDevice* device)
    : rows(device->memory.get(), "the batch's index"), grouping(device) {}

DeviceLookups::DeviceLookups(const ComputeDevice* device, DeviceRowCache* cache)
    : device_(device), cache_(cache), partial_sums_(device->memory.get(), "partial sums of row gradients") {}

absl::Status DeviceLookups::Begin(absl::Span<const LookupRows> lookups, absl::Span<const int> dims) {
  num_blocks_ = 0;
  num_indices_ = 0;
  places_.clear();
  for (size_t i = 0; i < lookups.size(); ++i) {
    SHOAL_ASSIGN_OR_RETURN(Block* const block, FindOrAddBlock(lookups[i], dims[i]));
    SHOAL_ASSIGN_OR_RETURN(Index* const index, FindOrCopyIndex(lookups[i]));
    places_.push_back({block, index});
  }
  return absl::OkStatus();
}

absl::StatusOr<DeviceLookups::Block*> DeviceLookups::FindOrAddBlock(const LookupRows& lookup, int dim) {
  for (size_t i = 0; i < num_blocks_; ++i) {
    if (blocks_[i]->host_rows != lookup.rows || blocks_[i]->cached != lookup.cached) continue;
    ++blocks_[i]->num_lookups;
    return blocks_[i].get();
  }
  if (num_blocks_ == blocks_.size()) blocks_.push_back(std::make_unique<Block>(*device_));
  Block& block = *blocks_[num_blocks_++];
  block.host_rows = lookup.rows;
  block.cached = lookup.cached;
  block.host_gradients = lookup.gradients;
  block.num_rows = lookup.num_rows;
  block.segment = SegmentFloats(dim);
  block.num_lookups = 1;
  block.has_sums = false;
  block.is_copied = false;
  SHOAL_RETURN_IF_ERROR(block.rows.Reserve(block.size()));
  if (lookup.gradients != nullptr) SHOAL_RETURN_IF_ERROR(block.gradients.Reserve(block.size()));
  return &block;
}

absl::StatusOr<DeviceLookups::Index*> DeviceLookups::FindOrCopyIndex(const LookupRows& lookup) {
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
  index.is_grouped = false;
  if (index.num_places == 0) return &index;
  if (lookup.index != nullptr) {
    SHOAL_RETURN_IF_ERROR(index.rows.Assign({lookup.index, static_cast<size_t>(index.num_places)}));
  } else {
    SHOAL_RETURN_IF_ERROR(index.rows.Reserve(index.num_places));
    device_->memory->Clear(index.rows.data(), index.num_places * sizeof(uint32_t));
  }
  return &index;
}

absl::Status DeviceLookups::CopyRows() {
  const TraceRange range(device_->trace.get(), "rows of the batch");
  for (size_t i = 0; i < num_blocks_; ++i) {
    Block& block = *blocks_[i];
    if (block.size() == 0) continue;
    if (block.cached != nullptr) {
      SHOAL_RETURN_IF_ERROR(cache_->Read(*block.cached, block.rows.data()));
    } else {
      device_->memory->CopyToDevice(block.host_rows, block.size() * sizeof(float), block.rows.data());
    }
  }
  return absl::OkStatus();
}

IndexedRows DeviceLookups::rows(int lookup) const {
  const Place& place = places_[lookup];
  return {place.block->rows.data(), place.block->segment, place.index->rows.data()};
}

absl::StatusOr<const PlaceGroups*> DeviceLookups::Groups(int lookup) {
  Index& index = *places_[lookup].index;
  if (!index.is_grouped) {
    SHOAL_RETURN_IF_ERROR(index.grouping.Group(index.rows.data(), index.num_places, index.num_rows));
    index.is_grouped = true;
  }
  return &index.grouping.groups();
}

absl::Status DeviceLookups::AddGradients(int lookup, const PlaceGroups& groups, const PlaceTerms& terms) {
  Block& block = *places_[lookup].block;
  if (block.host_gradients == nullptr) return absl::OkStatus();
  SHOAL_RETURN_IF_ERROR(partial_sums_.Reserve(PlaceGroups::MaxChunks(groups.num_places, groups.num_rows) * terms.dim));
  device_->rows->SumTerms(groups, terms, block.segment, /*add=*/block.has_sums, partial_sums_.data(),
                          block.gradients.data());
  block.has_sums = true;
  return absl::OkStatus();
}

absl::Status DeviceLookups::AddGradients(int lookup, const PlaceTerms& terms) {
  if (places_[lookup].block->host_gradients == nullptr) return absl::OkStatus();
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

void DeviceLookups::CopyGradients() {
  for (size_t i = 0; i < num_blocks_; ++i) CopyGradients(*blocks_[i]);
}

void DeviceLookups::CopyGradientsOf(int lookup) {
  Block& block = *places_[lookup].block;
  if (block.num_lookups == 1) CopyGradients(block);
}

void DeviceLookups::CopyGradients(Block& block) {
  if (block.host_gradients == nullptr || block.is_copied) return;
  block.is_copied = true;
  const size_t bytes = block.size() * sizeof(float);
  if (block.has_sums) device_->memory->CopyToHost(block.gradients.data(), bytes, block.host_gradients);
  if (block.cached == nullptr || bytes == 0 || !cache_->Updates(block.cached->table)) return;
  if (!block.has_sums) device_->memory->Clear(block.gradients.data(), bytes);
  cache_->Update(*block.cached, block.gradients.data());
}

}  // namespace shoal
