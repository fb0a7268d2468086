// Clipping of a row's gradient: by value, or by its Euclidean norm as torch.nn.utils.clip_grad_norm_ does.
//
// Thread safety: immutable.
#ifndef SHOAL_COMMON_OPTIMIZER_GRADIENT_CLIPPING_H_
#define SHOAL_COMMON_OPTIMIZER_GRADIENT_CLIPPING_H_

#include "absl/status/statusor.h"
#include "proto/job.pb.h"

namespace shoal {

class GradientClipper {
 public:
  // A configuration without a limit clips nothing. InvalidArgument names the field and the value that cannot be.
  static absl::StatusOr<GradientClipper> Create(const GradientClipping& config);

  // Clips the gradient that all workers' shares add up to, in place. `n` floats: a row's segment.
  void Clip(float* gradient, int n) const;

 private:
  explicit GradientClipper(const GradientClipping& config);

  GradientClipping::ClippingCase kind_;
  float limit_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_OPTIMIZER_GRADIENT_CLIPPING_H_
