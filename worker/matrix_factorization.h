// Matrix factorisation: a rating is the dot product of a user's and an item's row, plus biases.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_MATRIX_FACTORIZATION_H_
#define SHOAL_WORKER_MATRIX_FACTORIZATION_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "proto/job.pb.h"
#include "worker/matrix_factorization_kernels.h"
#include "worker/model.h"

namespace shoal {

class MatrixFactorizationModel : public Model {
 public:
  // The model that job.model.matrix_factorization describes. InvalidArgument names the field and the value that cannot
  // be, and for a table that is missing those that there are.
  static absl::StatusOr<std::unique_ptr<MatrixFactorizationModel>> Create(const JobConfig& job);

  // User, item, then the biases that the job gives: of the user, of the item, global.
  absl::Span<const Lookup> lookups() const override { return lookups_; }
  absl::Span<const std::string> id_columns() const override { return id_columns_; }
  absl::Span<const std::string> number_columns() const override { return number_columns_; }

  void ForwardBackward(const ModelBatch& batch, MetricSums* sums) override;
  void Forward(const ModelBatch& batch, MetricSums* sums) override;

 private:
  explicit MatrixFactorizationModel(const MatrixFactorization& config);

  MatrixFactorizationBatch KernelBatch(const ModelBatch& batch) const;

  std::vector<Lookup> lookups_;
  std::vector<std::string> id_columns_;
  std::vector<std::string> number_columns_;
  int dim_ = 0;
  absl::optional<MatrixFactorizationBatch::OutputRange> output_range_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_MATRIX_FACTORIZATION_H_
