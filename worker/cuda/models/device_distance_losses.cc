#include "worker/cuda/models/device_distance_losses.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/numeric/bits.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "worker/cuda/kernels/block_sums.h"
#include "worker/losses/contrastive.h"
#include "worker/losses/step_random.h"
#include "worker/metric_sums.h"

namespace shoal {
namespace {

static_assert(GivenTuples::kSize == LossBatch::kTupleSize);

// The parts of a loss of distances that are the same for all: rows, distances, sums and gradients.
class DeviceDistanceLoss : public DeviceLoss {
 public:
  absl::Status Evaluate(const LossBatch& batch, ConstMatrixView outputs, float* gradients, DeviceLookups&) override {
    rows_ = {outputs, formula_};
    if (formula_.is_cosine()) {
      SHOAL_RETURN_IF_ERROR(inverse_norms_.Reserve(outputs.rows));
      device_.distances->InverseNorms(outputs, inverse_norms_.data());
      rows_.inverse_norms = inverse_norms_.data();
    }
    num_units_ = is_given_ ? static_cast<int64_t>(batch.tuples.size()) / GivenTuples::kSize : batch.n;
    SHOAL_RETURN_IF_ERROR(totals_.Reserve(kNumTotals * num_units_));
    SHOAL_RETURN_IF_ERROR(is_given_ ? CostGiven(batch) : Mine(batch));
    SHOAL_RETURN_IF_ERROR(weight_sums_.Reserve(NumSums(num_units_)));
    device_.losses->SumDoubles(totals().weights, num_units_, weight_sums_.data());
    host_totals_.Reserve(kNumTotals * num_units_);
    host_totals_.Copy(totals_.data(), num_totals_ * num_units_);
    if (gradients != nullptr) WriteGradients(batch, gradients);
    return absl::OkStatus();
  }

  void AddSums(const LossBatch& batch, MetricSums* sums) override {
    sums->set_examples(sums->examples() + (batch.end - batch.begin) / batch.rows_per_example);
    const double* const losses = host_totals_.data();
    const double* const weights = losses + num_units_;
    if (std::any_of(weights, weights + num_units_, [](double weight) { return std::isnan(weight); })) {
      sums->set_loss(std::numeric_limits<double>::quiet_NaN());
      return;
    }
    const int64_t rows_per_unit = is_given_ ? batch.rows_per_example : 1;
    MetricBatch metrics;
    for (int64_t unit = batch.begin / rows_per_unit; unit < batch.end / rows_per_unit; ++unit) {
      sums->set_loss(sums->loss() + losses[unit]);
      sums->set_loss_weight(sums->loss_weight() + weights[unit]);
      if (num_totals_ < kNumTotals) continue;
      metrics.triplets = metrics.triplets.value_or(0) + static_cast<int64_t>(weights[unit + num_units_]);
      metrics.nonzero_triplets = metrics.nonzero_triplets.value_or(0) + static_cast<int64_t>(weights[unit]);
    }
    AddMetrics(metrics, sums);
  }

 protected:
  static constexpr int kNumTotals = 3;  // As LossTotals.

  // `has_triplets`: LossTotals::triplets are there.
  DeviceDistanceLoss(const ComputeDevice* device, const DistanceFormula& formula, bool is_given, bool has_triplets)
      : device_(*device),
        formula_(formula),
        is_given_(is_given),
        num_totals_(has_triplets ? kNumTotals : kNumTotals - 1),
        inverse_norms_(device->memory.get(), "norms of the outputs"),
        labels_(device->memory.get(), "the batch's labels"),
        tuples_(device->memory.get(), "the batch's tuples"),
        distances_(device->memory.get(), "distances of the outputs"),
        derivatives_(device->memory.get(), "gradients of distances"),
        places_(device->memory.get(), "sorted pairs of outputs"),
        totals_(device->memory.get(), "the batch's losses"),
        weight_sums_(device->memory.get(), "sums of the batch's losses"),
        host_totals_(device->memory.get()) {}

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

  const ComputeDevice& device_;
  MinedRows mined_;
  GivenTuples given_;
  DeviceArray<uint32_t>& places() { return places_; }
  float* derivatives() { return derivatives_.data(); }

 private:
  absl::Status Mine(const LossBatch& batch) {
    SHOAL_RETURN_IF_ERROR(labels_.Assign(batch.labels));
    SHOAL_RETURN_IF_ERROR(distances_.Reserve(batch.n * batch.n));
    SHOAL_RETURN_IF_ERROR(derivatives_.Reserve(batch.n * batch.n));
    device_.distances->Distances(rows_, distances_.data());
    mined_ = {rows_, labels_.data(), distances_.data()};
    return MineRows(batch);
  }

  absl::Status CostGiven(const LossBatch& batch) {
    given_.rows = rows_;
    given_.count = num_units_;
    given_.others = batch.rows_per_example - 1;
    SHOAL_RETURN_IF_ERROR(tuples_.Assign(batch.tuples));
    SHOAL_RETURN_IF_ERROR(distances_.Reserve(given_.count * given_.others));
    SHOAL_RETURN_IF_ERROR(derivatives_.Reserve(given_.count * given_.others));
    given_.tuples = tuples_.data();
    given_.distances = distances_.data();
    given_.derivatives = derivatives_.data();
    CostTuples();
    return absl::OkStatus();
  }

  void WriteGradients(const LossBatch& batch, float* gradients) {
    const MeanScale scale = {weight_sums_.data(), NumSums(num_units_), GivenDivisor(batch)};
    const RowGradients own = {batch.begin, batch.end, gradients};
    if (is_given_) {
      device_.distances->GivenGradients(given_, scale, own);
    } else {
      device_.distances->MinedGradients(mined_, derivatives_.data(), scale, own);
    }
  }

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

std::unique_ptr<DeviceLoss> TripletLossOn(const ComputeDevice* device, const TripletSpec& spec) {
  return std::make_unique<DeviceTripletLoss>(device, spec);
}

std::unique_ptr<DeviceLoss> ContrastiveLossOn(const ComputeDevice* device, const ContrastiveSpec& spec) {
  return std::make_unique<DeviceContrastiveLoss>(device, spec);
}

}  // namespace shoal
