// torch.nn.Embedding's max_norm: a row that is longer is scaled down to it, as torch.embedding_renorm_ does.
//
// Thread safety: immutable.
#ifndef SHOAL_COMMON_OPTIMIZER_MAX_NORM_H_
#define SHOAL_COMMON_OPTIMIZER_MAX_NORM_H_

#include "absl/types/optional.h"
#include "proto/job.pb.h"

namespace shoal {

class MaxNorm {
 public:
  // Nothing where the table has no max_norm. REQUIRES: max_norm and norm_type are above 0.
  static absl::optional<MaxNorm> Of(const TableConfig& table);

  // Multiplies the row by max_norm / (norm + 1e-7) if its p-norm is above max_norm; a norm that is no number is not.
  // `n` floats, zero from the row's dim on. The sum runs in a fixed order.
  void Apply(float* row, int n) const;

 private:
  MaxNorm(float limit, float p) : limit_(limit), p_(p) {}

  double Norm(const float* row, int n) const;

  float limit_;
  float p_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_OPTIMIZER_MAX_NORM_H_
