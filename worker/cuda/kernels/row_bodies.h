// Bodies of RowKernels.
#ifndef SHOAL_WORKER_CUDA_KERNELS_ROW_BODIES_H_
#define SHOAL_WORKER_CUDA_KERNELS_ROW_BODIES_H_

#include <cstdint>

#include "common/base/host_device.h"
#include "common/optimizer/row_formulas.h"
#include "worker/cuda/kernels/lanes.h"
#include "worker/cuda/kernels/load_ahead.h"
#include "worker/cuda/kernels/row_kernels.h"

namespace shoal {

// Item i.
struct FillBody {
  uint32_t value;
  uint32_t* to;

  SHOAL_HOST_DEVICE void operator()(int64_t i) const { to[i] = value; }
};

// Item p: the begins of the rows behind the one of place p - 1, up to that of place p.
struct FindBeginsBody {
  const uint32_t* sorted_rows;
  uint32_t* begins;

  SHOAL_HOST_DEVICE void operator()(int64_t p) const {
    const int64_t first = p == 0 ? 0 : int64_t{sorted_rows[p - 1]} + 1;
    for (int64_t r = first; r <= int64_t{sorted_rows[p]}; ++r) begins[r] = static_cast<uint32_t>(p);
  }
};

// Item r, of num_rows + 1.
struct CountChunksBody {
  const uint32_t* begins;
  int64_t num_rows;
  uint32_t* counts;

  SHOAL_HOST_DEVICE void operator()(int64_t r) const {
    counts[r] = r == num_rows ? 0 : (begins[r + 1] - begins[r] + kPlacesPerChunk - 1) / kPlacesPerChunk;
  }
};

// Item r.
struct FillChunkRowsBody {
  const uint32_t* chunk_begins;
  uint32_t* chunk_rows;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t r) const {
    const uint32_t begin = chunk_begins[r];
    lanes.ForEach(chunk_begins[r + 1] - begin, [&](int64_t k) { chunk_rows[begin + k] = static_cast<uint32_t>(r); });
  }
};

SHOAL_HOST_DEVICE inline void ClearSumPadding(const Lanes& lanes, int dim, int segment, float* row) {
  lanes.ForEach(segment - dim, [&](int64_t i) { row[dim + i] = 0; });
}

// Item c, of MaxChunks: the sum of one chunk, to the row's sum where it is the only one, else to partial_sums.
// kPlain: a source row has one place, and all its elements count.
template <bool kPlain>
struct SumChunksBody {
  static constexpr int kElements = 4;  // Sums that a lane keeps in registers.
  static constexpr int kPlaces = 4;    // Whose rows are on their way at a time.
  using Floats = Lanes::RunFloats<kElements>;

  PlaceGroups groups;
  PlaceTerms terms;
  int segment;
  bool add;
  float* partial_sums;
  float* sums;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t c) const {
    if (c >= groups.chunk_begins[groups.num_rows]) return;
    const int64_t row = groups.chunk_rows[c];
    const uint32_t first_chunk = groups.chunk_begins[row];
    const bool alone = groups.chunk_begins[row + 1] - first_chunk == 1;
    const uint32_t begin = groups.begins[row] + (static_cast<uint32_t>(c) - first_chunk) * kPlacesPerChunk;
    const uint32_t row_end = groups.begins[row + 1];
    const uint32_t end = row_end - begin < kPlacesPerChunk ? row_end : begin + kPlacesPerChunk;
    float* const to = alone ? sums + row * segment : partial_sums + c * terms.dim;
    lanes.ForEachRun<kElements>(terms.dim, [&](const auto& run) {
      Floats sum = {};
      if (alone && add) sum = run.Load(to);
      ForEachLoaded<kPlaces>(
          begin, end, [&](int64_t p) { return TermOf(groups.places[p], run); },
          [&](const Term& term) {
            for (int e = 0; e < kElements; ++e) {
              if (term.counts[e]) {
                sum.values[e] = scalar::MulAdd(term.factor, term.floats.values[e], sum.values[e]);
              }
            }
          });
      run.Store(sum, to);
    });
    if (alone) ClearSumPadding(lanes, terms.dim, segment, to);
  }

  // What a place adds to the elements of a run.
  struct Term {
    float factor;
    Floats floats;
    bool counts[kElements];
  };
  template <class Run>
  SHOAL_HOST_DEVICE Term TermOf(uint32_t place, const Run& run) const {
    const uint32_t number = kPlain ? place : place / terms.places_per_source;
    const int64_t row = terms.index != nullptr ? terms.index[number] : number;
    const float* from = terms.source + row * terms.stride;
    if (!kPlain) from += place % terms.places_per_source * terms.inner_stride;
    Term term;
    term.factor = terms.factors != nullptr ? terms.factors[place] : 1.0F;
    term.floats = run.Load(from);
    for (int e = 0; e < kElements; ++e) {
      term.counts[e] = kPlain || terms.winners == nullptr ||
                       (run.Has(e) && terms.winners[row * terms.dim + run.first + e * run.stride] == place);
    }
    return term;
  }
};

// Item r: rows of several chunks, and of none.
struct SumRowsBody {
  static constexpr int kElements = 4;
  static constexpr int kChunks = 4;  // Whose sums are on their way at a time.
  using Floats = Lanes::RunFloats<kElements>;

  PlaceGroups groups;
  int dim;
  int segment;
  bool add;
  const float* partial_sums;
  float* sums;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t r) const {
    const int64_t begin = groups.chunk_begins[r];
    const int64_t end = groups.chunk_begins[r + 1];
    if (end - begin == 1 || (end == begin && add)) return;
    float* const to = sums + r * segment;
    lanes.ForEachRun<kElements>(dim, [&](const auto& run) {
      Floats sum = {};
      if (add) sum = run.Load(to);
      ForEachLoaded<kChunks>(
          begin, end, [&](int64_t c) { return run.Load(partial_sums + c * dim); },
          [&](const Floats& partial) {
            for (int e = 0; e < kElements; ++e) sum.values[e] += partial.values[e];
          });
      run.Store(sum, to);
    });
    ClearSumPadding(lanes, dim, segment, to);
  }
};

// Item i.
struct GatherRowsBody {
  const float* rows;
  int64_t stride;
  const uint32_t* index;
  int width;
  float* to;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t i) const {
    const float* const from = rows + index[i] * stride;
    lanes.Copy(width, from, to + i * width);
  }
};

// Item i.
template <RowUpdate::Rule kRule>
struct ReadCachedRowsBody {
  RowUpdater updater;
  CachedRows cached;
  float* weights;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t i) const {
    const int64_t row_floats = updater.shape.row_floats;
    const int segment = updater.shape.segment;
    const uint32_t slot = cached.slot_of[i];
    const uint32_t pulled = cached.pulled_of != nullptr ? cached.pulled_of[i] : CachedRows::kNone;
    const float* from;
    if (slot == CachedRows::kNone) {
      if (pulled == CachedRows::kNone) return;
      from = cached.passing + pulled * int64_t{segment};
    } else {
      float* const row = cached.rows + slot * row_floats;
      if (pulled == CachedRows::kNone) {
        updater.CatchUp<kRule>(lanes, int64_t{updater.update.step} - 1, row);
      } else {
        lanes.Copy(row_floats, cached.kept + pulled * row_floats, row);
        lanes.Sync();
      }
      from = row;
    }
    lanes.Copy(segment, from, weights + i * segment);
  }
};

// Item i. Unless kMovesIdleRows nothing is to be caught up with.
template <RowUpdate::Rule kRule, bool kMovesIdleRows>
struct UpdateRowsBody {
  RowUpdater updater;
  const uint32_t* index;
  const float* gradients;
  float* rows;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t i) const {
    if (index != nullptr && index[i] == CachedRows::kNone) return;
    float* const row = rows + (index != nullptr ? index[i] : i) * int64_t{updater.shape.row_floats};
    if constexpr (kMovesIdleRows) updater.CatchUp<kRule>(lanes, int64_t{updater.update.step} - 1, row);
    updater.Update<kRule>(lanes, gradients + i * updater.shape.segment, row);
  }
};

// Item i.
struct MarkHeadsBody {
  const uint32_t* sorted_ids;
  uint32_t* heads;

  SHOAL_HOST_DEVICE void operator()(int64_t i) const {
    heads[i] = i == 0 || sorted_ids[i] != sorted_ids[i - 1] ? 1 : 0;
  }
};

// Item i.
struct NumberRowsBody {
  const uint32_t* sorted_ids;
  const uint32_t* places;
  const uint32_t* head_sums;
  uint32_t* begins;
  uint32_t* row_of_place;
  uint32_t* distinct_ids;

  SHOAL_HOST_DEVICE void operator()(int64_t i) const {
    const bool is_head = i == 0 || sorted_ids[i] != sorted_ids[i - 1];
    const uint32_t row = head_sums[i] - (is_head ? 0 : 1);
    row_of_place[places[i]] = row;
    if (!is_head) return;
    begins[row] = static_cast<uint32_t>(i);
    distinct_ids[row] = sorted_ids[i];
  }
};

// RowKernels by a launcher: HostLauncher or CudaLauncher.
template <class Launcher>
class RowKernelsOn final : public RowKernels {
 public:
  explicit RowKernelsOn(Launcher launcher) : launcher_(launcher) {}

  void FindBegins(const uint32_t* sorted_rows, int64_t num_places, int64_t num_rows, uint32_t* begins) override {
    Fill(static_cast<uint32_t>(num_places), num_rows + 1, begins);  // Also of rows behind the last place's.
    launcher_.ForEachIndex(num_places, FindBeginsBody{sorted_rows, begins});
  }
  void CountChunks(const uint32_t* begins, int64_t num_rows, uint32_t* counts) override {
    launcher_.ForEachIndex(num_rows + 1, CountChunksBody{begins, num_rows, counts});
  }
  void FillChunkRows(const uint32_t* chunk_begins, int64_t num_rows, uint32_t* chunk_rows) override {
    launcher_.ForEachItem(num_rows, FillChunkRowsBody{chunk_begins, chunk_rows});
  }
  void SumTerms(const PlaceGroups& groups, const PlaceTerms& terms, int segment, bool add, float* partial_sums,
                float* sums) override {
    const int64_t max_chunks = PlaceGroups::MaxChunks(groups.num_places, groups.num_rows);
    if (terms.places_per_source == 1 && terms.winners == nullptr) {
      launcher_.ForEachItem(max_chunks, SumChunksBody<true>{groups, terms, segment, add, partial_sums, sums});
    } else {
      launcher_.ForEachItem(max_chunks, SumChunksBody<false>{groups, terms, segment, add, partial_sums, sums});
    }
    launcher_.ForEachItem(groups.num_rows, SumRowsBody{groups, terms.dim, segment, add, partial_sums, sums});
  }
  void GatherRows(const float* rows, int64_t stride, const uint32_t* index, int64_t count, int width,
                  float* to) override {
    launcher_.ForEachItem(count, GatherRowsBody{rows, stride, index, width, to});
  }
  void ReadCachedRows(const RowUpdater& updater, const CachedRows& cached, int64_t count, float* weights) override {
    updater.WithRule([&](auto rule) {
      launcher_.ForEachItem(count, ReadCachedRowsBody<rule.value>{updater, cached, weights});
    });
  }
  void UpdateRows(const RowUpdater& updater, const uint32_t* index, int64_t count, const float* gradients,
                  float* rows) override {
    updater.WithRule([&](auto rule) {
      if (updater.moves_idle_rows()) {
        launcher_.ForEachItem(count, UpdateRowsBody<rule.value, true>{updater, index, gradients, rows});
      } else {
        launcher_.ForEachItem(count, UpdateRowsBody<rule.value, false>{updater, index, gradients, rows});
      }
    });
  }
  void Fill(uint32_t value, int64_t count, uint32_t* to) override {
    launcher_.ForEachIndex(count, FillBody{value, to});
  }
  void MarkHeads(const uint32_t* sorted_ids, int64_t count, uint32_t* heads) override {
    launcher_.ForEachIndex(count, MarkHeadsBody{sorted_ids, heads});
  }
  void NumberRows(const uint32_t* sorted_ids, const uint32_t* places, const uint32_t* head_sums, int64_t count,
                  uint32_t* begins, uint32_t* row_of_place, uint32_t* distinct_ids) override {
    launcher_.ForEachIndex(count, NumberRowsBody{sorted_ids, places, head_sums, begins, row_of_place, distinct_ids});
  }

 private:
  Launcher launcher_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_ROW_BODIES_H_
