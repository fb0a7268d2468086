// Matrix factorisation: a rating is the dot product of a user's and an item's row, plus biases.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_MATRIX_FACTORIZATION_H_
#define SHOAL_WORKER_MATRIX_FACTORIZATION_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "proto/job.pb.h"
#include "worker/matrix_factorization_compute.h"
#include "worker/matrix_factorization_kernels.h"
#include "worker/model.h"

namespace shoal {

class MatrixFactorizationModel : public Model {
 public:
  // The model that job.model.matrix_factorization describes. InvalidArgument names the field and the value that cannot
  // be, and for a table that is missing those that there are. `compute` does the arithmetic of losses and gradients.
  static absl::StatusOr<std::unique_ptr<MatrixFactorizationModel>> Create(
      const JobConfig& job, std::unique_ptr<MatrixFactorizationCompute> compute = MatrixFactorizationOnCpu());

  // User, item, then the biases that the job gives: of the user, of the item, global.
  absl::Span<const Lookup> lookups() const override { return lookups_; }
  HostMemory* host_memory() const override { return compute_->host_memory(); }
  RowCache* row_cache() override { return compute_->row_cache(); }
  const ModelColumns& columns() const override { return columns_; }

  absl::Status ForwardBackward(const ModelBatch& batch, MetricSums* sums) override;
  absl::Status Forward(const ModelBatch& batch, MetricSums* sums) override;

  bool has_predictions() const override { return true; }
  absl::Status Predict(const ModelBatch& batch, ReadRows read_rows, std::vector<Prediction>* predictions) override;

 private:
  MatrixFactorizationModel(const MatrixFactorization& config, std::unique_ptr<MatrixFactorizationCompute> compute);

  MatrixFactorizationBatch KernelBatch(const ModelBatch& batch) const;
  // Forward, and backward in training; adds to `sums`.
  absl::Status Compute(MatrixFactorizationBatch batch, bool training, MetricSums* sums);

  const std::unique_ptr<MatrixFactorizationCompute> compute_;
  std::vector<Lookup> lookups_;
  ModelColumns columns_;
  int dim_ = 0;
  absl::optional<MatrixFactorizationBatch::OutputRange> output_range_;
  std::vector<float> errors_;  // Of the last batch.
};

}  // namespace shoal

#endif  // SHOAL_WORKER_MATRIX_FACTORIZATION_H_
