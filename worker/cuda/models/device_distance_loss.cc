#include "worker/cuda/models/device_distance_loss.h"

#include <algorithm>
#include <cmath>

#include "worker/cuda/kernels/block_sums.h"
#include "worker/metric_sums.h"

namespace shoal {

static_assert(GivenTuples::kSize == LossBatch::kTupleSize);

DeviceDistanceLoss::DeviceDistanceLoss(const ComputeDevice* device, const DistanceFormula& formula, bool is_given,
                                       bool has_triplets)
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

absl::Status DeviceDistanceLoss::Evaluate(const LossBatch& batch, ConstMatrixView outputs, float* gradients,
                                          DeviceLookups&) {
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

void DeviceDistanceLoss::AddSums(const LossBatch& batch, MetricSums* sums) {
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

absl::Status DeviceDistanceLoss::Mine(const LossBatch& batch) {
  SHOAL_RETURN_IF_ERROR(labels_.Assign(batch.labels));
  SHOAL_RETURN_IF_ERROR(distances_.Reserve(batch.n * batch.n));
  SHOAL_RETURN_IF_ERROR(derivatives_.Reserve(batch.n * batch.n));
  device_.distances->Distances(rows_, distances_.data());
  mined_ = {rows_, labels_.data(), distances_.data()};
  return MineRows(batch);
}

absl::Status DeviceDistanceLoss::CostGiven(const LossBatch& batch) {
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

void DeviceDistanceLoss::WriteGradients(const LossBatch& batch, float* gradients) {
  const MeanScale scale = {weight_sums_.data(), NumSums(num_units_), GivenDivisor(batch)};
  const RowGradients own = {batch.begin, batch.end, gradients};
  if (is_given_) {
    device_.distances->GivenGradients(given_, scale, own);
  } else {
    device_.distances->MinedGradients(mined_, derivatives_.data(), scale, own);
  }
}

}  // namespace shoal
