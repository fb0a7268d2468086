// torch.nn.Embedding: the row of each example's id.
#ifndef SHOAL_WORKER_FEATURES_ROW_FEATURE_H_
#define SHOAL_WORKER_FEATURES_ROW_FEATURE_H_

#include <memory>

#include "worker/features/network_feature.h"

namespace shoal {

class RowFeature : public NetworkFeature {
 public:
  static absl::StatusOr<std::unique_ptr<NetworkFeature>> Create(const ResolvedJob& job, const Feature& config,
                                                                FeatureInputs* inputs);

  int width() const override { return dim_; }
  bool reads_rows() const override { return learns_; }
  void Forward(const ModelBatch& batch, float* out, int64_t stride) override;
  void Backward(const ModelBatch& batch, const float* gradient, int64_t stride) override;

 private:
  RowFeature(int lookup, const TableConfig& table)
      : lookup_(lookup), dim_(table.embedding_dim()), learns_(!table.freeze()) {}

  const int lookup_;  // Into ModelBatch::lookups.
  const int dim_;
  const bool learns_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_FEATURES_ROW_FEATURE_H_
