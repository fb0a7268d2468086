#include "worker/share_dense.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace shoal {

std::vector<float> CopyDense(DenseParameters& parameters) {
  std::vector<float> floats;
  for (int p = 0; p < parameters.size(); ++p) {
    floats.insert(floats.end(), parameters.row(p), parameters.row(p) + parameters.layout(p).row_floats());
  }
  return floats;
}

void PutDense(const std::vector<float>& floats, DenseParameters& parameters) {
  const float* from = floats.data();
  for (int p = 0; p < parameters.size(); ++p) {
    const int size = parameters.layout(p).row_floats();
    std::copy_n(from, size, parameters.row(p));
    from += size;
  }
}

void ShareDense(Collective& collective, int source, absl::Span<float> floats, Collective::Done done) {
  std::vector<int64_t> counts(collective.size(), 0);
  counts[source] = static_cast<int64_t>(floats.size());
  absl::Span<const float> mine;
  if (collective.rank() == source) mine = floats;
  collective.AllGather(mine, counts, floats, std::move(done));
}

}  // namespace shoal
