// Implicit matrix factorisation: examples are pairs of a user and an item, and the model draws other items that the
// user's is to be scored above (job.proto's ImplicitFactorization; formulas in implicit_factorization_kernels.h).
//
// Drawn items are a function of the seed, the step and the place in the global batch (item_negatives.h). With
// reject_known, training draws none that the user has in the training examples, validation none of any example: what
// validation asks for must not help training.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_IMPLICIT_FACTORIZATION_H_
#define SHOAL_WORKER_IMPLICIT_FACTORIZATION_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/data/load_data.h"
#include "proto/job.pb.h"
#include "worker/known_items.h"
#include "worker/losses/implicit_factorization_compute.h"
#include "worker/losses/implicit_factorization_kernels.h"
#include "worker/model.h"

namespace shoal {

class ImplicitFactorizationModel : public Model {
 public:
  // The model that job.model.implicit_factorization describes. `data` as CreateModel's. InvalidArgument names the field
  // and the value that cannot be. `compute` does the arithmetic.
  static absl::StatusOr<std::unique_ptr<Model>> Create(
      const JobConfig& job, const TrainingData* data,
      std::unique_ptr<ImplicitFactorizationCompute> compute = ImplicitFactorizationOnCpu());

  // Users, items, drawn items; then the biases of both kinds of items, where the job gives them.
  absl::Span<const Lookup> lookups() const override { return lookups_; }
  HostMemory* host_memory() const override { return compute_->host_memory(); }
  RowCache* row_cache() override { return compute_->row_cache(); }
  const ModelColumns& columns() const override { return columns_; }
  void DrawIds(const DrawRequest& request, absl::Span<std::vector<uint64_t>> ids) const override;

  absl::Status ForwardBackward(const ModelBatch& batch, MetricSums* sums) override;
  absl::Status Forward(const ModelBatch& batch, MetricSums* sums) override;

 private:
  ImplicitFactorizationModel(const JobConfig& job, std::unique_ptr<ImplicitFactorizationCompute> compute);

  absl::Status AddLookups(const JobConfig& job);
  absl::Status LearnKnownItems(const TrainingData* data);
  ImplicitFactorizationBatch KernelBatch(const ModelBatch& batch) const;

  const ImplicitFactorization config_;
  const std::unique_ptr<ImplicitFactorizationCompute> compute_;
  const uint64_t seed_;
  std::vector<Lookup> lookups_;
  ModelColumns columns_;
  int dim_ = 0;
  int64_t num_items_ = 0;
  // Empty unless reject_known.
  KnownItems known_in_training_;
  KnownItems known_in_validation_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_IMPLICIT_FACTORIZATION_H_
