// Dense parameters and their optimizer's state as plain floats: what a worker keeps of them while its group is formed
// anew, and gives to those who have lost them.
//
// Thread safety: external.
#ifndef SHOAL_WORKER_SHARE_DENSE_H_
#define SHOAL_WORKER_SHARE_DENSE_H_

#include <vector>

#include "absl/types/span.h"
#include "worker/collective/collective.h"
#include "worker/tower/dense_parameters.h"

namespace shoal {

// Parameter after parameter, each laid out as DenseParameters::layout says.
std::vector<float> CopyDense(DenseParameters& parameters);
// Puts back what CopyDense gave of the same parameters.
void PutDense(const std::vector<float>& floats, DenseParameters& parameters);

// `floats` of worker `source` replace those of all others, bit by bit. All workers call it, with the same sizes; the
// memory stays until `done`.
void ShareDense(Collective& collective, int source, absl::Span<float> floats, Collective::Done done);

}  // namespace shoal

#endif  // SHOAL_WORKER_SHARE_DENSE_H_
