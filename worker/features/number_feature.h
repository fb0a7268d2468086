// Numbers of the data as they are.
#ifndef SHOAL_WORKER_FEATURES_NUMBER_FEATURE_H_
#define SHOAL_WORKER_FEATURES_NUMBER_FEATURE_H_

#include <memory>
#include <utility>
#include <vector>

#include "worker/features/network_feature.h"

namespace shoal {

class NumberFeature : public NetworkFeature {
 public:
  static absl::StatusOr<std::unique_ptr<NetworkFeature>> Create(const DenseFeature& config, FeatureInputs* inputs);

  int width() const override { return static_cast<int>(columns_.size()); }
  FeatureSpec spec() const override { return NumberFeatureSpec{columns_}; }
  void Forward(const ModelBatch& batch, float* out, int64_t stride) override;

 private:
  explicit NumberFeature(std::vector<int> columns) : columns_(std::move(columns)) {}

  const std::vector<int> columns_;  // Into ModelBatch::numbers.
};

}  // namespace shoal

#endif  // SHOAL_WORKER_FEATURES_NUMBER_FEATURE_H_
