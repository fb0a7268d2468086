#include "worker/cuda/kernels/place_grouping.h"

#include <algorithm>

#include "absl/numeric/bits.h"
#include "common/base/status_macros.h"

namespace shoal {
namespace {

// Bits of the numbers below `end`, at least one.
int BitsBelow(uint64_t end) { return end == 0 ? 64 : std::max(1, static_cast<int>(absl::bit_width(end - 1))); }

}  // namespace

PlaceGrouping::PlaceGrouping(const ComputeDevice* device)
    : device_(device),
      sorted_rows_(device->memory.get(), "the batch's sorted rows"),
      places_(device->memory.get(), "the batch's sorted places"),
      begins_(device->memory.get(), "the batch's rows"),
      chunk_begins_(device->memory.get(), "the batch's rows"),
      chunk_rows_(device->memory.get(), "the batch's sums"),
      sorted_ids_(device->memory.get(), "the batch's sorted ids"),
      distinct_ids_(device->memory.get(), "the batch's distinct ids"),
      heads_(device->memory.get(), "the batch's sorted ids"),
      row_of_place_(device->memory.get(), "the batch's places") {}

absl::Status PlaceGrouping::Group(const uint32_t* row_of_place, int64_t num_places, int64_t num_rows) {
  SHOAL_RETURN_IF_ERROR(sorted_rows_.Reserve(num_places));
  SHOAL_RETURN_IF_ERROR(places_.Reserve(num_places));
  device_->primitives->SortPlaces(row_of_place, num_places, BitsBelow(std::max<int64_t>(num_rows, 1)),
                                  sorted_rows_.data(), places_.data());
  return FindChunks(num_places, num_rows);
}

absl::Status PlaceGrouping::GroupIds(const uint64_t* ids, int64_t num_places, uint64_t universe) {
  SHOAL_RETURN_IF_ERROR(sorted_ids_.Reserve(num_places));
  SHOAL_RETURN_IF_ERROR(distinct_ids_.Reserve(num_places));
  SHOAL_RETURN_IF_ERROR(heads_.Reserve(num_places + 1));
  SHOAL_RETURN_IF_ERROR(row_of_place_.Reserve(num_places));
  SHOAL_RETURN_IF_ERROR(sorted_rows_.Reserve(num_places));
  SHOAL_RETURN_IF_ERROR(places_.Reserve(num_places));
  device_->primitives->SortPlaces(ids, num_places, BitsBelow(universe), sorted_ids_.data(), places_.data());
  device_->rows->MarkHeads(sorted_ids_.data(), num_places, heads_.data());
  // The one more is the number of all heads.
  device_->memory->Clear(heads_.data() + num_places, sizeof(uint32_t));
  device_->primitives->ExclusiveSum(heads_.data(), num_places + 1, heads_.data());
  device_->rows->NumberRows(sorted_ids_.data(), places_.data(), heads_.data(), num_places, sorted_rows_.data(),
                            row_of_place_.data(), distinct_ids_.data());
  uint32_t num_rows = 0;
  device_->memory->CopyToHost(heads_.data() + num_places, sizeof(num_rows), &num_rows);
  SHOAL_RETURN_IF_ERROR(device_->memory->Wait());
  return FindChunks(num_places, num_rows);
}

absl::Status PlaceGrouping::FindChunks(int64_t num_places, int64_t num_rows) {
  SHOAL_RETURN_IF_ERROR(begins_.Reserve(num_rows + 1));
  SHOAL_RETURN_IF_ERROR(chunk_begins_.Reserve(num_rows + 1));
  SHOAL_RETURN_IF_ERROR(chunk_rows_.Reserve(PlaceGroups::MaxChunks(num_places, num_rows)));
  device_->rows->FindBegins(sorted_rows_.data(), num_places, num_rows, begins_.data());
  device_->rows->CountChunks(begins_.data(), num_rows, chunk_begins_.data());
  device_->primitives->ExclusiveSum(chunk_begins_.data(), num_rows + 1, chunk_begins_.data());
  device_->rows->FillChunkRows(chunk_begins_.data(), num_rows, chunk_rows_.data());
  groups_ = {num_places, num_rows, places_.data(), begins_.data(), chunk_begins_.data(), chunk_rows_.data()};
  return absl::OkStatus();
}

}  // namespace shoal
