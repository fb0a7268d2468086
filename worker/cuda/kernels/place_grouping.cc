#include "worker/cuda/kernels/place_grouping.h"

#include <algorithm>

#include "absl/numeric/bits.h"
#include "common/base/status_macros.h"

namespace shoal {
namespace {

// Bits of the numbers below `end`, at least one.
int BitsBelow(int64_t end) {
  return std::max(1, static_cast<int>(absl::bit_width(static_cast<uint64_t>(std::max<int64_t>(end, 1) - 1))));
}

}  // namespace

PlaceGrouping::PlaceGrouping(const ComputeDevice* device)
    : device_(device),
      sorted_keys_(device->memory.get(), "the batch's sorted rows"),
      places_(device->memory.get(), "the batch's sorted places"),
      begins_(device->memory.get(), "the batch's rows"),
      chunk_begins_(device->memory.get(), "the batch's rows"),
      chunk_rows_(device->memory.get(), "the batch's sums"),
      distinct_ids_(device->memory.get(), "the batch's distinct ids"),
      heads_(device->memory.get(), "the batch's sorted ids"),
      row_of_place_(device->memory.get(), "the batch's places") {}

absl::Status PlaceGrouping::Group(const uint32_t* row_of_place, int64_t num_places, int64_t num_rows) {
  SHOAL_RETURN_IF_ERROR(Sort(row_of_place, num_places, num_rows, num_rows));
  device_->rows->FindBegins(sorted_keys_.data(), num_places, num_rows, begins_.data());
  return FindChunks(num_places, num_rows);
}

absl::Status PlaceGrouping::GroupIds(const uint32_t* ids, int64_t num_places, int64_t num_ids) {
  const int64_t num_rows = std::min(num_places, num_ids);
  SHOAL_RETURN_IF_ERROR(Sort(ids, num_places, num_ids, num_rows));
  SHOAL_RETURN_IF_ERROR(heads_.Reserve(num_places));
  SHOAL_RETURN_IF_ERROR(distinct_ids_.Reserve(num_rows));
  SHOAL_RETURN_IF_ERROR(row_of_place_.Reserve(num_places));
  device_->rows->MarkHeads(sorted_keys_.data(), num_places, heads_.data());
  device_->primitives->ExclusiveSum(heads_.data(), num_places, heads_.data());
  device_->rows->Fill(static_cast<uint32_t>(num_places), num_rows + 1, begins_.data());
  device_->rows->Fill(CachedRows::kNone, num_rows, distinct_ids_.data());
  device_->rows->NumberRows(sorted_keys_.data(), places_.data(), heads_.data(), num_places, begins_.data(),
                            row_of_place_.data(), distinct_ids_.data());
  return FindChunks(num_places, num_rows);
}

absl::Status PlaceGrouping::Sort(const uint32_t* keys, int64_t num_places, int64_t end, int64_t num_rows) {
  SHOAL_RETURN_IF_ERROR(sorted_keys_.Reserve(num_places));
  SHOAL_RETURN_IF_ERROR(places_.Reserve(num_places));
  SHOAL_RETURN_IF_ERROR(begins_.Reserve(num_rows + 1));
  device_->primitives->SortPlaces(keys, num_places, BitsBelow(end), sorted_keys_.data(), places_.data());
  return absl::OkStatus();
}

absl::Status PlaceGrouping::FindChunks(int64_t num_places, int64_t num_rows) {
  SHOAL_RETURN_IF_ERROR(chunk_begins_.Reserve(num_rows + 1));
  SHOAL_RETURN_IF_ERROR(chunk_rows_.Reserve(PlaceGroups::MaxChunks(num_places, num_rows)));
  device_->rows->CountChunks(begins_.data(), num_rows, chunk_begins_.data());
  device_->primitives->ExclusiveSum(chunk_begins_.data(), num_rows + 1, chunk_begins_.data());
  device_->rows->FillChunkRows(chunk_begins_.data(), num_rows, chunk_rows_.data());
  groups_ = {num_places, num_rows, places_.data(), begins_.data(), chunk_begins_.data(), chunk_rows_.data()};
  return absl::OkStatus();
}

}  // namespace shoal
