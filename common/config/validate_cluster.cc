#include "absl/strings/str_cat.h"
#include "common/config/validate_sections.h"

namespace shoal {
namespace {

void ValidateRowCache(const ClusterConfig& cluster, const MessageCheck& cluster_check) {
  if (cluster.compute() == ClusterConfig::CPU) {
    cluster_check.Problem("row_cache", "is for compute: CUDA or AUTO, compute is CPU");
  }
  const MessageCheck check = cluster_check.Nested("row_cache");
  const RowCacheConfig& cache = cluster.row_cache();
  if (check.Required("bytes")) check.AtLeast("bytes", 1);
  check.AtLeast("max_staleness", 0);
  if (cluster.wire_dtype() != FLOAT32) {
    cluster_check.Problem("row_cache",
                          absl::StrCat("is for wire_dtype: FLOAT32, wire_dtype is ", DType_Name(cluster.wire_dtype()),
                                       ": cached rows take the same steps as the servers' to the bit"));
  }
  if (cluster.max_restarts() > 0) {
    cluster_check.Problem("row_cache", absl::StrCat("is for max_restarts: 0, max_restarts is ", cluster.max_restarts(),
                                                    ": what a GPU keeps is lost with its worker"));
  }
  if (cluster.workers() > 1 && cache.max_staleness() < 1) {
    check.Problem("max_staleness",
                  absl::StrCat("must be at least 1 for ", cluster.workers(), " workers, is ", cache.max_staleness(),
                               ": rows that others change at every step cannot be kept"));
  }
}

}  // namespace

void ValidateCluster(const JobConfig& job, const MessageCheck& check) {
  const ClusterConfig& cluster = job.cluster();
  const MessageCheck cluster_check = check.Nested("cluster");
  cluster_check.AtLeast("parameter_servers", 0);
  cluster_check.AtLeast("workers", 1);
  cluster_check.AtLeast("busy_wait_microseconds", 0);
  cluster_check.AtLeast("max_restarts", 0);
  for (const char* name : {"startup_timeout_seconds", "request_timeout_seconds", "give_up_after_seconds"}) {
    cluster_check.Above(name, 0);
  }
  if (cluster.workers() > 1 && cluster.has_parameter_servers() && cluster.parameter_servers() == 0) {
    cluster_check.Problem("parameter_servers",
                          absl::StrCat("must be at least 1 for ", cluster.workers(),
                                       " workers, is 0: without servers, one worker holds all rows"));
  }
  for (const int device : cluster.devices()) {
    if (device < 0) cluster_check.Problem("devices", absl::StrCat("are numbers from 0, one is ", device));
  }
  if (cluster.devices_size() > 0 && cluster.compute() == ClusterConfig::CPU) {
    cluster_check.Problem("devices", "are for compute: CUDA or AUTO, compute is CPU");
  }
  if (cluster.has_row_cache()) ValidateRowCache(cluster, cluster_check);
  const Network& network = job.model().network();
  const bool balanced = network.has_balanced_batches();
  const int64_t batch_size = balanced
                                 ? int64_t{network.balanced_batches().classes()} * network.balanced_batches().samples()
                                 : job.training().batch_size();
  if (batch_size >= 1 && batch_size < cluster.workers()) {
    cluster_check.Problem(
        "workers", absl::StrCat("must be at most ", balanced ? "the size of balanced_batches" : "training.batch_size",
                                " (", batch_size, "), which is split over them, is ", cluster.workers()));
  }
}

}  // namespace shoal
