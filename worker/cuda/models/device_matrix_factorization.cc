#include "worker/cuda/models/device_matrix_factorization.h"

#include <utility>
#include <vector>

#include "common/base/status_macros.h"
#include "worker/cuda/kernels/block_sums.h"
#include "worker/cuda/models/device_lookups.h"

namespace shoal {
namespace {

// Numbers of the lookups, as of the model.
constexpr int kUser = 0;
constexpr int kItem = 1;
constexpr int kFirstBias = 2;

class DeviceMatrixFactorization : public MatrixFactorizationCompute {
 public:
  DeviceMatrixFactorization(const ComputeDevice* device, std::unique_ptr<DeviceRowCache> cache)
      : device_(*device),
        cache_(std::move(cache)),
        lookups_(device, cache_.get()),
        targets_(device->memory.get(), "the batch's targets"),
        errors_(device->memory.get(), "the batch's errors"),
        gradients_(device->memory.get(), "gradients of the batch's scores"),
        sums_(device->memory.get(), "sums of the batch's errors") {}

  HostMemory* host_memory() const override { return device_.memory->pinned(); }
  RowCache* row_cache() override { return RowsOf(cache_.get()); }
  absl::StatusOr<ErrorSums> Forward(const MatrixFactorizationBatch& batch) override { return Run(batch, false); }
  absl::StatusOr<ErrorSums> ForwardBackward(const MatrixFactorizationBatch& batch) override { return Run(batch, true); }

 private:
  absl::StatusOr<ErrorSums> Run(const MatrixFactorizationBatch& batch, bool backward) {
    if (batch.num_examples == 0) return ErrorSums();
    SHOAL_RETURN_IF_ERROR(CopyBatch(batch, backward));
    SHOAL_RETURN_IF_ERROR(RateExamples(batch, backward));
    if (backward) SHOAL_RETURN_IF_ERROR(AddGradients(batch));
    if (backward) lookups_.EndBatch(batch.host_work);
    SHOAL_RETURN_IF_ERROR(device_.memory->Wait());
    ErrorSums errors;
    for (size_t k = 0; k < host_sums_.size(); k += 2) {
      errors.squared += host_sums_[k];
      errors.absolute += host_sums_[k + 1];
    }
    return errors;
  }

  absl::Status CopyBatch(const MatrixFactorizationBatch& batch, bool backward) {
    std::vector<LookupRows> lookups = {batch.user, batch.item};
    lookups.insert(lookups.end(), batch.biases.begin(), batch.biases.end());
    for (LookupRows& lookup : lookups) lookup.num_places = batch.num_examples;
    std::vector<int> dims(lookups.size(), 1);
    dims[kUser] = dims[kItem] = batch.dim;
    SHOAL_RETURN_IF_ERROR(lookups_.Begin(lookups, dims));
    SHOAL_RETURN_IF_ERROR(targets_.Assign({batch.targets, static_cast<size_t>(batch.num_examples)}));
    // Sorted while the rows travel.
    for (size_t i = 0; backward && i < lookups.size(); ++i) {
      if (lookups_.WantsGradients(static_cast<int>(i))) {
        SHOAL_RETURN_IF_ERROR(lookups_.Groups(static_cast<int>(i)).status());
      }
    }
    return lookups_.CopyRows();
  }

  absl::Status RateExamples(const MatrixFactorizationBatch& batch, bool backward) {
    const TraceRange range(device_.trace.get(), "forward");
    const int64_t num_sums = 2 * NumSums(batch.num_examples);
    SHOAL_RETURN_IF_ERROR(errors_.Reserve(batch.num_examples));
    SHOAL_RETURN_IF_ERROR(gradients_.Reserve(batch.num_examples));
    SHOAL_RETURN_IF_ERROR(sums_.Reserve(num_sums));
    RatingBatch ratings;
    ratings.num_examples = batch.num_examples;
    ratings.dim = batch.dim;
    ratings.users = lookups_.rows(kUser);
    ratings.items = lookups_.rows(kItem);
    ratings.num_biases = static_cast<int>(batch.biases.size());
    for (int b = 0; b < ratings.num_biases; ++b) ratings.biases[b] = lookups_.rows(kFirstBias + b);
    ratings.targets = targets_.data();
    if (batch.output_range) {
      ratings.has_range = true;
      ratings.low = batch.output_range->low;
      ratings.width = batch.output_range->high - batch.output_range->low;
    }
    ratings.gradient_scale = batch.gradient_scale;
    device_.factorization->RateExamples(ratings, {errors_.data(), backward ? gradients_.data() : nullptr});
    device_.factorization->SumErrors(errors_.data(), batch.num_examples, sums_.data());
    host_sums_.resize(num_sums);
    device_.memory->CopyToHost(sums_.data(), num_sums * sizeof(double), host_sums_.data());
    if (batch.errors != nullptr) {
      device_.memory->CopyToHost(errors_.data(), batch.num_examples * sizeof(float), batch.errors);
    }
    return absl::OkStatus();
  }

  absl::Status AddGradients(const MatrixFactorizationBatch& batch) {
    const TraceRange range(device_.trace.get(), "backward");
    for (const auto& [lookup, other] : {std::pair(kUser, kItem), std::pair(kItem, kUser)}) {
      const IndexedRows rows = lookups_.rows(other);
      PlaceTerms terms;
      terms.dim = batch.dim;
      terms.source = rows.rows;
      terms.stride = rows.stride;
      terms.index = rows.index;
      terms.factors = gradients_.data();
      SHOAL_RETURN_IF_ERROR(lookups_.AddGradients(lookup, terms));
      lookups_.CopyGradientsOf(lookup);
    }
    PlaceTerms terms;
    terms.dim = 1;
    terms.source = gradients_.data();
    terms.stride = 1;
    for (size_t b = 0; b < batch.biases.size(); ++b) {
      SHOAL_RETURN_IF_ERROR(lookups_.AddGradients(kFirstBias + static_cast<int>(b), terms));
    }
    return absl::OkStatus();
  }

  const ComputeDevice& device_;
  const std::unique_ptr<DeviceRowCache> cache_;  // May be null.
  DeviceLookups lookups_;
  DeviceArray<float> targets_;
  DeviceArray<float> errors_;
  DeviceArray<float> gradients_;
  DeviceArray<double> sums_;
  std::vector<double> host_sums_;
};

}  // namespace

std::unique_ptr<MatrixFactorizationCompute> MatrixFactorizationOn(const ComputeDevice* device,
                                                                  std::unique_ptr<DeviceRowCache> cache) {
  return std::make_unique<DeviceMatrixFactorization>(device, std::move(cache));
}

}  // namespace shoal
