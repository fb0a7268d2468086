#include "worker/model.h"

#include "absl/status/status.h"
#include "common/base/status_macros.h"
#include "worker/matrix_factorization.h"

namespace shoal {

absl::StatusOr<std::unique_ptr<Model>> CreateModel(const JobConfig& job) {
  switch (job.model().model_case()) {
    case ModelConfig::kMatrixFactorization: {
      SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<Model> model, MatrixFactorizationModel::Create(job));
      return model;
    }
    case ModelConfig::MODEL_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("model is missing, expected model { matrix_factorization { ... } }");
}

}  // namespace shoal
