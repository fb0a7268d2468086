// Whether a job has dense parameters: what its launcher must know before any worker has built the model.
#ifndef SHOAL_COMMON_CONFIG_DENSE_LAYERS_H_
#define SHOAL_COMMON_CONFIG_DENSE_LAYERS_H_

#include "proto/job.pb.h"

namespace shoal {

// Whether the model is a network whose tower has a layer with parameters. The layers themselves say which parameters
// they have (worker/tower/tower_layer.h); a test holds the two against each other.
bool HasDenseParameters(const ModelConfig& model);

}  // namespace shoal

#endif  // SHOAL_COMMON_CONFIG_DENSE_LAYERS_H_
