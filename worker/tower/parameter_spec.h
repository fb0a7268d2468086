// What a layer or a loss says of a dense parameter, and what it gets in return.
#ifndef SHOAL_WORKER_TOWER_PARAMETER_SPEC_H_
#define SHOAL_WORKER_TOWER_PARAMETER_SPEC_H_

#include <cstdint>
#include <string>
#include <vector>

#include "proto/job.pb.h"

namespace shoal {

struct ParameterSpec {
  std::string name;            // As in torch.nn: "weight"; within a tower "0.weight".
  std::vector<int64_t> shape;  // As in torch.nn: [out, in] for a linear layer's weight.
  InitializerConfig initializer;
};

// The memory of one parameter, both blocks in the order of its shape, 64-byte aligned.
struct ParameterRef {
  const float* values = nullptr;
  float* gradient = nullptr;  // Overwritten by each backward pass.
};

}  // namespace shoal

#endif  // SHOAL_WORKER_TOWER_PARAMETER_SPEC_H_
