// Where rank 0 saves the dense parameters of a checkpoint.
#ifndef SHOAL_WORKER_DENSE_SINK_H_
#define SHOAL_WORKER_DENSE_SINK_H_

#include <cstdint>

#include "absl/status/status.h"
#include "worker/tower/dense_parameters.h"

namespace shoal {

class DenseSink {
 public:
  virtual ~DenseSink() = default;
  // Saves the parameters as they are after `step`. An error ends the job.
  virtual absl::Status SaveDense(const DenseParameters& parameters, uint64_t step) = 0;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_DENSE_SINK_H_
