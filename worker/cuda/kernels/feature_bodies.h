// Bodies of FeatureKernels.
#ifndef SHOAL_WORKER_CUDA_KERNELS_FEATURE_BODIES_H_
#define SHOAL_WORKER_CUDA_KERNELS_FEATURE_BODIES_H_

#include <cstdint>

#include "common/base/host_device.h"
#include "common/optimizer/row_formulas.h"
#include "worker/cuda/kernels/feature_kernels.h"
#include "worker/cuda/kernels/lanes.h"
#include "worker/cuda/kernels/load_ahead.h"

namespace shoal {

// Item: a place.
struct GatherFeatureBody {
  IndexedRows rows;
  int num_ids;
  int dim;
  FeatureColumns out;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t place) const {
    lanes.Copy(dim, RowOf(rows, place), out.data + place / num_ids * out.stride + place % num_ids * dim);
  }
};

// Item: a bag.
struct SumBagsBody {
  static constexpr int kElements = 4;  // Sums that a lane keeps in registers.
  static constexpr int kPlaces = 4;    // Whose rows are on their way at a time.
  using Floats = Lanes::RunFloats<kElements>;

  BagBatch bags;
  FeatureColumns out;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t bag) const {
    const int64_t begin = bags.offsets[bag];
    const int64_t end = bags.offsets[bag + 1];
    const float scale = bags.mean && end > begin ? 1.0F / static_cast<float>(end - begin) : 1.0F;
    float* const to = out.data + bag * out.stride;
    lanes.ForEachRun<kElements>(bags.dim, [&](const auto& run) {
      Floats sum = {};
      ForEachLoaded<kPlaces>(
          begin, end,
          [&](int64_t place) {
            return Term{bags.weights != nullptr ? bags.weights[place] : 1.0F, run.Load(RowOf(bags.rows, place))};
          },
          [&](const Term& term) {
            for (int e = 0; e < kElements; ++e) {
              sum.values[e] = scalar::MulAdd(term.weight, term.row.values[e], sum.values[e]);
            }
          });
      for (int e = 0; e < kElements; ++e) sum.values[e] *= scale;
      run.Store(sum, to);
    });
  }

  struct Term {
    float weight;
    Floats row;
  };
};

// Item: a bag.
struct MaxBagsBody {
  BagBatch bags;
  FeatureColumns out;
  uint32_t* winners;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t bag) const {
    const int64_t begin = bags.offsets[bag];
    const int64_t end = bags.offsets[bag + 1];
    lanes.ForEach(bags.dim, [&](int64_t e) {
      float largest = 0;
      int64_t winner = begin;
      for (int64_t place = begin; place < end; ++place) {
        const float value = bags.rows.rows[bags.rows.index[place] * bags.rows.stride + e];
        if (place > begin && !(value > largest)) continue;
        largest = value;
        winner = place;
      }
      out.data[bag * out.stride + e] = largest;
      winners[bag * bags.dim + e] = static_cast<uint32_t>(winner);
    });
  }
};

// Item: a bag.
struct ListBagPlacesBody {
  BagBatch bags;
  uint32_t* bag_of_place;
  float* factors;

  SHOAL_HOST_DEVICE void operator()(const Lanes& lanes, int64_t bag) const {
    const int64_t begin = bags.offsets[bag];
    const int64_t size = bags.offsets[bag + 1] - begin;
    const float share = bags.mean ? 1.0F / static_cast<float>(size) : 1.0F;
    lanes.ForEach(size, [&](int64_t i) {
      bag_of_place[begin + i] = static_cast<uint32_t>(bag);
      factors[begin + i] = bags.weights != nullptr ? bags.weights[begin + i] : share;
    });
  }
};

// Item: an example.
struct CopyNumbersBody {
  const float* numbers;
  FeatureColumns out;
  SHOAL_HOST_DEVICE void operator()(int64_t i) const { out.data[i * out.stride] = numbers[i]; }
};

// Item: a pixel.
struct ConvertPixelsBody {
  const uint8_t* pixels;
  int width;
  float scale;
  float shift;
  FeatureColumns out;
  SHOAL_HOST_DEVICE void operator()(int64_t i) const {
    out.data[i / width * out.stride + i % width] = static_cast<float>(pixels[i]) * scale + shift;
  }
};

// FeatureKernels by a launcher: HostLauncher or CudaLauncher.
template <class Launcher>
class FeatureKernelsOn final : public FeatureKernels {
 public:
  explicit FeatureKernelsOn(Launcher launcher) : launcher_(launcher) {}

  void GatherRows(const IndexedRows& rows, int64_t num_examples, int num_ids, int dim,
                  const FeatureColumns& out) override {
    launcher_.ForEachItem(num_examples * num_ids, GatherFeatureBody{rows, num_ids, dim, out});
  }
  void SumBags(const BagBatch& bags, const FeatureColumns& out) override {
    launcher_.ForEachItem(bags.num_examples, SumBagsBody{bags, out});
  }
  void MaxBags(const BagBatch& bags, const FeatureColumns& out, uint32_t* winners) override {
    launcher_.ForEachItem(bags.num_examples, MaxBagsBody{bags, out, winners});
  }
  void ListBagPlaces(const BagBatch& bags, uint32_t* bag_of_place, float* factors) override {
    launcher_.ForEachItem(bags.num_examples, ListBagPlacesBody{bags, bag_of_place, factors});
  }
  void CopyNumbers(const float* numbers, int64_t num_examples, const FeatureColumns& out) override {
    launcher_.ForEachIndex(num_examples, CopyNumbersBody{numbers, out});
  }
  void ConvertPixels(const uint8_t* pixels, int64_t num_examples, int width, float scale, float shift,
                     const FeatureColumns& out) override {
    launcher_.ForEachIndex(num_examples * width, ConvertPixelsBody{pixels, width, scale, shift, out});
  }

 private:
  Launcher launcher_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_FEATURE_BODIES_H_
