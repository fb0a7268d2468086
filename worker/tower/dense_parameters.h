// The dense parameters of a model: values, gradients and optimizer state, whole on every worker.
//
// Workers start from the same bits and apply the same summed gradients, so they stay the same. Gradients are one block,
// for one all-reduce a step. Optimizers are those of tables: a parameter is one row of as many floats as it has
// elements, with DENSE_EQUIVALENT semantics, that is torch.optim's on dense gradients. Row-wise Adagrad keeps one
// accumulator a parameter. Every step updates every parameter.
//
// Initial values are Philox of (seed, parameter name) as a table's row 0 (common/initializer/row_initializer.h). Names
// must not be table names, which have no dots.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_TOWER_DENSE_PARAMETERS_H_
#define SHOAL_WORKER_TOWER_DENSE_PARAMETERS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/aligned_floats.h"
#include "common/checkpoint/saved_parameter.h"
#include "common/optimizer/row_optimizer.h"
#include "common/schedule/schedule.h"
#include "proto/job.pb.h"
#include "worker/tower/parameter_spec.h"

namespace shoal {

class DenseParameters {
 public:
  // `optimizer` is that of a resolved job's training; `schedule` outlives the object. InvalidArgument names the
  // parameter and what is wrong: two of one name, a shape without elements or with more than 2^28, or, of the
  // optimizer, the field and the value that cannot be.
  static absl::StatusOr<std::unique_ptr<DenseParameters>> Create(absl::Span<const ParameterSpec> specs,
                                                                 const OptimizerConfig& optimizer, uint64_t seed,
                                                                 const Schedule& schedule);

  // In the order of Create's specs. The memory stays where it is.
  int size() const { return static_cast<int>(parameters_.size()); }
  ParameterRef Ref(int parameter);

  // A parameter's values and state, laid out so, for whoever updates them elsewhere and puts them back.
  const RowLayout& layout(int parameter) const { return parameters_[parameter].optimizer->layout(); }
  float* row(int parameter) { return parameters_[parameter].row; }
  // Begins a step, as ApplyGradients, but changes nothing: what it is to do, to all parameters alike. REQUIRES: there
  // is one.
  RowUpdate BeginStep(int64_t step);

  // All gradients, for an all-reduce: one after the other, each padded with zeros to a multiple of 16 floats.
  absl::Span<float> gradients() { return {gradients_.data(), gradient_floats_}; }
  // For a step without examples: a backward pass overwrites them all.
  void ClearGradients();

  // One optimizer step with the gradients as they are; they are not cleared. REQUIRES: `step` is one more than the last
  // applied one, or than that after which the restored parameters were saved; the first is 1.
  void ApplyGradients(int64_t step);

  // In the order of Create's specs; valid until the next change.
  std::vector<SavedParameter> Save() const;
  // Puts back what Save gave, in any order. InvalidArgument: a parameter is missing, unknown or of another
  // shape, or its state is not this optimizer's; then nothing has changed.
  absl::Status Restore(absl::Span<const SavedParameter> saved);

 private:
  struct Parameter {
    ParameterSpec spec;
    int size;  // Elements.
    std::unique_ptr<RowOptimizer> optimizer;
    float* row;  // Values, then state: optimizer->layout().
    float* gradient;
  };

  DenseParameters() = default;

  absl::Status Add(const ParameterSpec& spec, const OptimizerConfig& optimizer, uint64_t seed,
                   const Schedule& schedule);
  static SavedParameter SavedOf(const Parameter& parameter);
  static absl::Status CheckFits(const SavedParameter& saved, const Parameter& parameter);
  static void RestoreOne(const SavedParameter& saved, const Parameter& parameter);

  std::vector<Parameter> parameters_;
  std::vector<AlignedFloats> rows_;  // By parameter.
  AlignedFloats gradients_;
  size_t gradient_floats_ = 0;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_TOWER_DENSE_PARAMETERS_H_
