#include "worker/cuda/models/device_contrastive_loss.h"

#include <algorithm>

#include "common/base/status_macros.h"
#include "worker/cuda/models/device_distance_loss.h"
#include "worker/losses/contrastive.h"

namespace shoal {
namespace {

class DeviceContrastiveLoss final : public DeviceDistanceLoss {
 public:
  DeviceContrastiveLoss(const ComputeDevice* device, const ContrastiveSpec& spec)
      : DeviceDistanceLoss(device, spec.distance, spec.mining == Contrastive::GIVEN, /*has_triplets=*/false),
        spec_(spec),
        keys_(device->memory.get(), "sorted pairs of outputs"),
        sorted_keys_(device->memory.get(), "sorted pairs of outputs") {}

 private:
  absl::Status MineRows(const LossBatch& batch) override {
    SHOAL_RETURN_IF_ERROR(ReserveSort(&keys_, &sorted_keys_));
    device_.distances->KeyPairs(mined_, keys_.data());
    device_.primitives->SortPlaces(keys_.data(), batch.n * batch.n, 32, sorted_keys_.data(), places().data());
    const int64_t same = ContrastiveLoss::CountSamePairs(batch.labels);
    const int64_t different = batch.n * (batch.n - 1) / 2 - same;
    device_.distances->MinePairs(mined_, spec_.cost, {sorted_keys_.data(), places().data(), std::min(same, different)},
                                 derivatives(), totals());
    return absl::OkStatus();
  }
  void CostTuples() override { device_.distances->CostPairs(given_, spec_.cost, totals()); }
  double GivenDivisor(const LossBatch& batch) const override {
    return spec_.mining == Contrastive::GIVEN ? batch.mean_divisor : 0;
  }

  const ContrastiveSpec spec_;
  DeviceArray<uint32_t> keys_;
  DeviceArray<uint32_t> sorted_keys_;
};

}  // namespace

std::unique_ptr<DeviceLoss> ContrastiveLossOn(const ComputeDevice* device, const ContrastiveSpec& spec) {
  return std::make_unique<DeviceContrastiveLoss>(device, spec);
}

}  // namespace shoal
