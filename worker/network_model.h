// A network: features side by side, a tower over them, a loss of the tower's outputs (job.proto's Network).
//
// An example of given triplets or pairs has several members. Each is a row of the tower's input, the members of an
// example one behind the other: [examples * members, width].
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
#include "worker/network_body.h"
#include "worker/tower/dense_parameters.h"
#include "worker/tower/tower.h"

namespace shoal {

class NetworkModel : public Model {
 public:
  // The model that job.model.network describes. `schedule` outlives it. InvalidArgument names the field and the value
  // that cannot be. `make_body` says where losses and gradients are computed: on the CPU where there is none, as
  // embeddings and predictions always are, with dense_parameters() as they are there.
  static absl::StatusOr<std::unique_ptr<Model>> Create(const ResolvedJob& job, const Schedule& schedule,
                                                       const NetworkBodyFactory& make_body = nullptr);

  absl::Span<const Lookup> lookups() const override { return inputs_.lookups; }
  HostMemory* host_memory() const override { return device_body_ ? device_body_->host_memory() : nullptr; }
  RowCache* row_cache() override { return device_body_ ? device_body_->row_cache() : nullptr; }
  const ModelColumns& columns() const override { return inputs_.columns; }
  void DrawIds(const DrawRequest& request, absl::Span<std::vector<uint64_t>> ids) const override {
    parts_.loss->DrawIds(request, ids);
  }
  // The tower's, named tower.0.weight and so on; null where no layer has any.
  DenseParameters* dense_parameters() override { return parts_.dense.get(); }
  absl::Status ApplyGradients(int64_t step) override { return body().ApplyGradients(step); }
  absl::Status FetchDense() override { return body().FetchDense(); }
  void SumGradients(Collective* collective, Collective::Done done) override;

  int gathered_width() const override {
    return parts_.loss->needs_global_batch() ? parts_.num_members() * parts_.tower->out_features() : 0;
  }
  absl::StatusOr<absl::Span<const float>> ComputeOutputs(const ModelBatch& batch, bool training) override;
  absl::Status ForwardBackward(const ModelBatch& batch, MetricSums* sums) override;
  absl::Status Forward(const ModelBatch& batch, MetricSums* sums) override;

  ConstMatrixView ComputeEmbeddings(const ModelBatch& batch, int layers) override;
  bool has_predictions() const override { return parts_.loss->predicts_classes(); }
  absl::Status Predict(const ModelBatch& batch, ReadRows read_rows, std::vector<Prediction>* predictions) override;

 private:
  NetworkModel() = default;

  NetworkBody& body() { return device_body_ ? *device_body_ : static_cast<NetworkBody&>(cpu_body_); }
  absl::Status AddFeatures(const ResolvedJob& job);
  absl::Status AddMember(const ResolvedJob& job, int member);
  absl::Status AddTower(const ResolvedJob& job, const Schedule& schedule);
  absl::Status AddLoss(const ResolvedJob& job);
  // The loss's view of the batch, but for outputs.
  absl::StatusOr<LossBatch> MakeLossBatch(const ModelBatch& batch);
  absl::Status Compute(const ModelBatch& batch, bool training, MetricSums* sums);
  // With the body's outputs and the host's loss.
  absl::Status ComputeOnHost(const ModelBatch& batch, LossBatch loss_batch, bool training, MetricSums* sums);
  // The members of so many examples as tuples.
  void FillTuples(const ModelBatch& batch, int64_t examples);

  FeatureInputs inputs_;  // Lookups of the features, then of the loss.
  NetworkParts parts_;
  CpuNetworkBody cpu_body_{&parts_};
  std::unique_ptr<NetworkBody> device_body_;  // Null: the CPU's.
  int same_column_ = -1;                      // Of given pairs: into ModelColumns::numbers.

  ConstMatrixView outputs_;  // Of the own examples, by the last Forward of the body.
  AlignedFloats gradients_;
  std::vector<int64_t> tuples_;  // Of given triplets and pairs, as LossBatch::tuples.
};

}  // namespace shoal

#endif  // SHOAL_WORKER_NETWORK_MODEL_H_
