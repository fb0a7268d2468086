// A network: features side by side, a tower over them, a loss of the tower's outputs (job.proto's Network).
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_NETWORK_MODEL_H_
#define SHOAL_WORKER_NETWORK_MODEL_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "common/base/aligned_floats.h"
#include "common/schedule/schedule.h"
#include "proto/job.pb.h"
#include "worker/features/network_feature.h"
#include "worker/losses/loss.h"
#include "worker/model.h"
#include "worker/tower/dense_parameters.h"
#include "worker/tower/tower.h"

namespace shoal {

class NetworkModel : public Model {
 public:
  // The model that job.model.network describes. `schedule` outlives it. InvalidArgument names the field and the value
  // that cannot be.
  static absl::StatusOr<std::unique_ptr<Model>> Create(const ResolvedJob& job, const Schedule& schedule);

  absl::Span<const Lookup> lookups() const override { return inputs_.lookups; }
  const ModelColumns& columns() const override { return inputs_.columns; }
  // The tower's, named tower.0.weight and so on; null where no layer has any.
  DenseParameters* dense_parameters() override { return dense_.get(); }

  int gathered_width() const override { return loss_->needs_global_batch() ? tower_->out_features() : 0; }
  absl::Span<const float> ComputeOutputs(const ModelBatch& batch, bool training) override;
  absl::Status ForwardBackward(const ModelBatch& batch, MetricSums* sums) override;
  absl::Status Forward(const ModelBatch& batch, MetricSums* sums) override;

 private:
  NetworkModel() = default;

  absl::Status AddFeatures(const ResolvedJob& job);
  absl::Status AddTower(const ResolvedJob& job, const Schedule& schedule);
  // The loss's view of the batch, whose own outputs have been computed.
  absl::StatusOr<LossBatch> MakeLossBatch(const ModelBatch& batch) const;

  FeatureInputs inputs_;
  std::vector<std::unique_ptr<NetworkFeature>> features_;
  bool features_read_rows_ = false;
  absl::optional<float> background_;  // The first that a feature has.
  std::unique_ptr<Tower> tower_;
  std::unique_ptr<DenseParameters> dense_;
  std::unique_ptr<Loss> loss_;
  uint64_t seed_ = 0;

  AlignedFloats input_;
  ConstMatrixView outputs_;  // Of the own examples, by the last ComputeOutputs.
  AlignedFloats gradients_;
  std::vector<int64_t> positions_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_NETWORK_MODEL_H_
