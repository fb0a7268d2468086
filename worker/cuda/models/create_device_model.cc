#include "worker/cuda/models/create_device_model.h"

#include <utility>

#include "common/base/status_macros.h"
#include "worker/cuda/models/device_implicit_factorization.h"
#include "worker/cuda/models/device_matrix_factorization.h"
#include "worker/cuda/models/device_network_body.h"
#include "worker/cuda/models/device_row_cache.h"
#include "worker/implicit_factorization.h"
#include "worker/matrix_factorization.h"
#include "worker/network_model.h"

namespace shoal {

absl::StatusOr<std::unique_ptr<Model>> CreateDeviceModel(const ComputeDevice* device, const ResolvedJob& job,
                                                         const Schedule& schedule, const TrainingData* data,
                                                         GradientSums* sums) {
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<DeviceRowCache> cache, DeviceRowCache::Create(device, job, schedule));
  device->gemm->SetPrecision(job.job().cluster().matmul_precision());
  switch (job.job().model().model_case()) {
    case ModelConfig::kMatrixFactorization: {
      SHOAL_ASSIGN_OR_RETURN(
          std::unique_ptr<Model> model,
          MatrixFactorizationModel::Create(job.job(), MatrixFactorizationOn(device, std::move(cache))));
      return model;
    }
    case ModelConfig::kImplicitFactorization:
      return ImplicitFactorizationModel::Create(job.job(), data, ImplicitFactorizationOn(device, std::move(cache)));
    case ModelConfig::kNetwork:
      return NetworkModel::Create(
          job, schedule,
          [device, sums, &cache](const NetworkParts* parts, const JobConfig& config, absl::Span<const Lookup> lookups) {
            DeviceNetworkOptions options;
            options.sums = sums;
            return DeviceNetworkBody::Create(device, std::move(cache), parts, config, lookups, options);
          });
    case ModelConfig::MODEL_NOT_SET:
      break;
  }
  return CreateModel(job, schedule, data);  // Says what is missing.
}

}  // namespace shoal
