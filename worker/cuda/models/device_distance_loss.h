// The parts of a loss of distances on a device that are the same for all: rows, distances, sums and gradients.
//
// Of the same outputs the same triplets and pairs count as on the CPU. Mined ones take memory for all pairs of rows of
// the global batch, n * n: 8 bytes a pair, and where they are picked by their distance, what sorting all pairs takes.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_MODELS_DEVICE_DISTANCE_LOSS_H_
#define SHOAL_WORKER_CUDA_MODELS_DEVICE_DISTANCE_LOSS_H_

#include <cstdint>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "worker/cuda/kernels/compute_device.h"
#include "worker/cuda/models/device_loss.h"
#include "worker/losses/distance_formula.h"

namespace shoal {

class DeviceDistanceLoss : public DeviceLoss {
 public:
  absl::Status Evaluate(const LossBatch& batch, ConstMatrixView outputs, float* gradients, DeviceLookups&) override;
  void AddSums(const LossBatch& batch, MetricSums* sums) override;

 protected:
  static constexpr int kNumTotals = 3;  // As LossTotals.

  // `has_triplets`: LossTotals::triplets are there.
  DeviceDistanceLoss(const ComputeDevice* device, const DistanceFormula& formula, bool is_given, bool has_triplets);

  // Both set derivatives and totals.
  virtual absl::Status MineRows(const LossBatch& batch) = 0;
  virtual void CostTuples() = 0;
  // What the mean divides by; 0: the sum of weights.
  virtual double GivenDivisor(const LossBatch& batch) const {
    static_cast<void>(batch);
    return 0;
  }

  LossTotals totals() { return {totals_.data(), totals_.data() + num_units_, totals_.data() + 2 * num_units_}; }

  // Room for all pairs sorted. `keys` and `sorted_keys` are the loss's own.
  template <class Key>
  absl::Status ReserveSort(DeviceArray<Key>* keys, DeviceArray<Key>* sorted_keys) {
    const int64_t pairs = mined_.n() * mined_.n();
    if (pairs > std::numeric_limits<int32_t>::max()) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "a global batch of ", mined_.n(), " outputs has more pairs than a device sorts, 2^31: take a smaller ",
          "training.batch_size or training.validation_batch_size"));
    }
    SHOAL_RETURN_IF_ERROR(keys->Reserve(pairs));
    SHOAL_RETURN_IF_ERROR(sorted_keys->Reserve(pairs));
    return places_.Reserve(pairs);
  }

  DeviceArray<uint32_t>& places() { return places_; }
  float* derivatives() { return derivatives_.data(); }

  const ComputeDevice& device_;
  MinedRows mined_;  // Of the last batch, as the next one.
  GivenTuples given_;

 private:
  absl::Status Mine(const LossBatch& batch);
  absl::Status CostGiven(const LossBatch& batch);
  void WriteGradients(const LossBatch& batch, float* gradients);

  const DistanceFormula formula_;
  const bool is_given_;
  const int num_totals_;
  int64_t num_units_ = 0;  // Of the last batch, as the next one.
  DistanceRows rows_;
  DeviceArray<double> inverse_norms_;
  DeviceArray<int64_t> labels_;
  DeviceArray<int64_t> tuples_;
  DeviceArray<float> distances_;
  DeviceArray<float> derivatives_;
  DeviceArray<uint32_t> places_;
  DeviceArray<double> totals_;  // [kNumTotals, units]
  DeviceArray<double> weight_sums_;
  HostArray<double> host_totals_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_MODELS_DEVICE_DISTANCE_LOSS_H_
