// The features and the tower of a network: from a batch to the tower's outputs, and back to the gradients of rows and
// of dense parameters; on a device, the loss between them too. What runs on the CPU is here; what a device computes is
// in worker/cuda/models.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_NETWORK_BODY_H_
#define SHOAL_WORKER_NETWORK_BODY_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "common/base/aligned_floats.h"
#include "proto/job.pb.h"
#include "worker/collective/gradient_sums.h"
#include "worker/features/network_feature.h"
#include "worker/losses/loss.h"
#include "worker/metric_sums.h"
#include "worker/model.h"
#include "worker/tower/dense_parameters.h"
#include "worker/tower/tower.h"

namespace shoal {

// What a network's job describes, wherever it is computed.
struct NetworkParts {
  std::vector<std::vector<std::unique_ptr<NetworkFeature>>> features;  // By member of an example.
  bool features_read_rows = false;
  int width = 0;                     // Floats a member.
  absl::optional<float> background;  // The first that a feature has.
  std::unique_ptr<Tower> tower;
  std::unique_ptr<DenseParameters> dense;  // The tower's; null where no layer has any.
  std::unique_ptr<Loss> loss;
  int num_feature_lookups = 0;  // Of the model's lookups; the others are the loss's.
  uint64_t seed = 0;

  int num_members() const { return static_cast<int>(features.size()); }
};

class NetworkBody {
 public:
  virtual ~NetworkBody() = default;
  // As Model's.
  virtual HostMemory* host_memory() const { return nullptr; }
  virtual RowCache* row_cache() { return nullptr; }

  // The tower's outputs for all members of each example, [examples * members, out features], in the host's memory,
  // valid until the next Forward.
  virtual absl::StatusOr<ConstMatrixView> Forward(const ModelBatch& batch, bool training) = 0;
  // Given the gradient of the last Forward's outputs, in the host's memory, sets those of dense parameters and adds to
  // those of rows. REQUIRES: the batch is the last Forward's and has examples.
  virtual absl::Status Backward(const ModelBatch& batch, ConstMatrixView output_gradient) = 0;

  // Gradients of dense parameters for a worker without examples. REQUIRES: there are some, as below.
  virtual absl::Status ClearGradients() = 0;
  // As of Model.
  virtual absl::Status ApplyGradients(int64_t step) = 0;
  virtual absl::Status FetchDense() { return absl::OkStatus(); }
  // What Backward, ComputeLoss and ClearGradients have started to sum the gradients of all workers by; null: the caller
  // sums them.
  virtual GradientSums* gradient_sums() { return nullptr; }

  // Whether ComputeLoss does anything.
  virtual bool has_loss() const { return false; }
  // All of a batch: the loss of its outputs, which is added to `sums`, and, in training, what Backward does. Where
  // batch.outputs are gathered, the last Forward was this batch's; else the outputs are the own ones. loss.outputs are
  // not read. REQUIRES: the batch has examples.
  virtual absl::Status ComputeLoss(const ModelBatch& batch, const LossBatch& loss, bool training, MetricSums* sums) {
    static_cast<void>(batch);
    static_cast<void>(loss);
    static_cast<void>(training);
    static_cast<void>(sums);
    return absl::OkStatus();
  }
};

class CpuNetworkBody final : public NetworkBody {
 public:
  // `parts` outlives the object.
  explicit CpuNetworkBody(const NetworkParts* parts) : parts_(*parts) {}

  absl::StatusOr<ConstMatrixView> Forward(const ModelBatch& batch, bool training) override {
    return Compute(batch, training, parts_.num_members(), parts_.tower->num_layers());
  }
  absl::Status Backward(const ModelBatch& batch, ConstMatrixView output_gradient) override;
  absl::Status ClearGradients() override;
  absl::Status ApplyGradients(int64_t step) override;

  // The output of the first `layers` layers of the tower for the first `members` members of each example, valid until
  // the next call or Forward.
  ConstMatrixView Compute(const ModelBatch& batch, bool training, int members, int layers);

 private:
  const NetworkParts& parts_;
  AlignedFloats input_;
  std::vector<int64_t> positions_;
};

// Makes the body of a job's network. `parts` are complete and outlive it; `lookups` are the model's.
using NetworkBodyFactory = std::function<absl::StatusOr<std::unique_ptr<NetworkBody>>(
    const NetworkParts* parts, const JobConfig& job, absl::Span<const Lookup> lookups)>;

}  // namespace shoal

#endif  // SHOAL_WORKER_NETWORK_BODY_H_
