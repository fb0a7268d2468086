// How the bytes of cluster.row_cache are shared by the job's tables.
#ifndef SHOAL_WORKER_CACHE_ROW_CACHE_PLAN_H_
#define SHOAL_WORKER_CACHE_ROW_CACHE_PLAN_H_

#include <vector>

#include "absl/status/statusor.h"
#include "proto/job.pb.h"
#include "worker/cache/row_cache.h"

namespace shoal {

// By number of the job's table. Tables that can be cached share the bytes, the smaller ones first: each gets what it
// needs, up to an equal share of what is left. The others, and all where the job has no row_cache, get no slots. Of an
// embedded worker those are resident that get all they need and have no padding row, which takes no step.
//
// Not cached are tables that the model does not read, and those with max_norm, gradient_clipping or scale_grad_by_freq,
// which change a row or its gradient where the device does not see it. An error is that of a job that is not valid.
absl::StatusOr<std::vector<RowCache::Table>> PlanRowCache(const ResolvedJob& job);

}  // namespace shoal

#endif  // SHOAL_WORKER_CACHE_ROW_CACHE_PLAN_H_
