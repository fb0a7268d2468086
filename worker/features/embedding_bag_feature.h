// torch.nn.EmbeddingBag: the rows of each example's bag of ids, as their mean, sum or elementwise maximum, or as the
// sum of the rows times the ids' weights (per_sample_weights; mode SUM alone reads them). An empty bag is zeros. The
// gradient of a maximum goes to the first row that has it, as in PyTorch.
#ifndef SHOAL_WORKER_FEATURES_EMBEDDING_BAG_FEATURE_H_
#define SHOAL_WORKER_FEATURES_EMBEDDING_BAG_FEATURE_H_

#include <memory>
#include <vector>

#include "worker/features/network_feature.h"

namespace shoal {

class EmbeddingBagFeature : public NetworkFeature {
 public:
  static absl::StatusOr<std::unique_ptr<NetworkFeature>> Create(const ResolvedJob& job, const BagFeature& config,
                                                                FeatureInputs* inputs);

  int width() const override { return dim_; }
  FeatureSpec spec() const override { return BagFeatureSpec{lookup_, dim_, mode_}; }
  bool reads_rows() const override { return learns_; }
  void Forward(const ModelBatch& batch, float* out, int64_t stride) override;
  void Backward(const ModelBatch& batch, const float* gradient, int64_t stride) override;

 private:
  EmbeddingBagFeature(int lookup, const TableConfig& table, BagFeature::Mode mode)
      : lookup_(lookup), dim_(table.embedding_dim()), learns_(!table.freeze()), mode_(mode) {}

  void ForwardMax(const LookupRows& lookup, int64_t example, float* out);

  const int lookup_;  // Into ModelBatch::lookups.
  const int dim_;
  const bool learns_;
  const BagFeature::Mode mode_;
  std::vector<uint32_t> winners_;  // MAX: by example and element, the row that has the maximum.
};

}  // namespace shoal

#endif  // SHOAL_WORKER_FEATURES_EMBEDDING_BAG_FEATURE_H_
