#include "worker/model.h"

#include "absl/status/status.h"
#include "common/base/status_macros.h"
#include "worker/implicit_factorization.h"
#include "worker/matrix_factorization.h"
#include "worker/network_model.h"

namespace shoal {

absl::StatusOr<std::unique_ptr<Model>> CreateModel(const ResolvedJob& job, const Schedule& schedule,
                                                   const TrainingData* data) {
  switch (job.job().model().model_case()) {
    case ModelConfig::kMatrixFactorization: {
      SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<Model> model, MatrixFactorizationModel::Create(job.job()));
      return model;
    }
    case ModelConfig::kNetwork:
      return NetworkModel::Create(job, schedule);
    case ModelConfig::kImplicitFactorization:
      return ImplicitFactorizationModel::Create(job.job(), data);
    case ModelConfig::MODEL_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError(
      "model is missing, expected model { matrix_factorization { ... } }, implicit_factorization or network");
}

}  // namespace shoal
