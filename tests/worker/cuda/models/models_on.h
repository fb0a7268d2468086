// Models of whole jobs on a device.
#ifndef SHOAL_TESTS_WORKER_CUDA_MODELS_MODELS_ON_H_
#define SHOAL_TESTS_WORKER_CUDA_MODELS_MODELS_ON_H_

#include "worker/cuda/models/create_device_model.h"
#include "worker/model.h"

namespace shoal {

// `device` outlives the models.
inline ModelFactory ModelsOn(const ComputeDevice* device) {
  return [device](const ResolvedJob& job, const Schedule& schedule, const TrainingData* data) {
    return CreateDeviceModel(device, job, schedule, data);
  };
}

}  // namespace shoal

#endif  // SHOAL_TESTS_WORKER_CUDA_MODELS_MODELS_ON_H_
