#include "worker/cuda/models/device_triplet_loss.h"

#include "absl/numeric/bits.h"
#include "common/base/status_macros.h"
#include "worker/cuda/models/device_distance_loss.h"
#include "worker/losses/step_random.h"

namespace shoal {
namespace {

class DeviceTripletLoss final : public DeviceDistanceLoss {
 public:
  DeviceTripletLoss(const ComputeDevice* device, const TripletSpec& spec)
      : DeviceDistanceLoss(device, spec.distance, spec.mining == Triplet::GIVEN, /*has_triplets=*/true),
        spec_(spec),
        keys_(device->memory.get(), "sorted pairs of outputs"),
        sorted_keys_(device->memory.get(), "sorted pairs of outputs"),
        counts_(device->memory.get(), "the outputs' negatives") {}

 private:
  absl::Status MineRows(const LossBatch& batch) override {
    switch (spec_.mining) {
      case Triplet::ALL:
        device_.distances->MineAll(mined_, spec_.cost, derivatives(), totals());
        break;
      case Triplet::HARDEST:
        device_.distances->MineHardest(mined_, spec_.cost, derivatives(), totals());
        break;
      case Triplet::RANDOM_HARD:
      case Triplet::SEMI_HARD:
        return MineSorted(batch);
      case Triplet::GIVEN:
        break;
    }
    return absl::OkStatus();
  }
  void CostTuples() override { device_.distances->CostTriplets(given_, spec_.cost, totals()); }

  absl::Status MineSorted(const LossBatch& batch) {
    SHOAL_RETURN_IF_ERROR(ReserveSort(&keys_, &sorted_keys_));
    SHOAL_RETURN_IF_ERROR(counts_.Reserve(batch.n));
    device_.distances->KeyNegatives(mined_, keys_.data(), counts_.data());
    const int bits = 32 + static_cast<int>(absl::bit_width(static_cast<uint64_t>(batch.n)));
    device_.primitives->SortPlaces(keys_.data(), batch.n * batch.n, bits, sorted_keys_.data(), places().data());
    const StepRandom random(StepRandom::Purpose::kTripletNegatives, batch.seed, batch.step);
    device_.distances->MineSorted(mined_, spec_.cost, {places().data(), counts_.data()},
                                  {spec_.mining == Triplet::RANDOM_HARD, random.key()}, derivatives(), totals());
    return absl::OkStatus();
  }

  const TripletSpec spec_;
  DeviceArray<uint64_t> keys_;
  DeviceArray<uint64_t> sorted_keys_;
  DeviceArray<int32_t> counts_;
};

}  // namespace

std::unique_ptr<DeviceLoss> TripletLossOn(const ComputeDevice* device, const TripletSpec& spec) {
  return std::make_unique<DeviceTripletLoss>(device, spec);
}

}  // namespace shoal
