#include "launcher/memory_plan.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/byte_size.h"
#include "common/base/status_macros.h"
#include "common/optimizer/row_optimizer.h"
#include "common/schedule/schedule.h"

namespace shoal {
namespace {

// Row id lies in partition id mod P, partition p with holder p mod H.
std::vector<int64_t> RowsByHolder(int64_t num_rows, int num_partitions, int num_holders) {
  std::vector<int64_t> rows(num_holders);
  for (int p = 0; p < num_partitions; ++p) {
    if (num_rows > p) rows[p % num_holders] += (num_rows - p + num_partitions - 1) / num_partitions;
  }
  return rows;
}

}  // namespace

int64_t MemoryPlan::HolderBytes(int holder) const {
  int64_t bytes = 0;
  for (const TableMemory& table : tables) bytes += table.rows[holder] * table.row_bytes;
  return bytes;
}

int64_t MemoryPlan::TotalBytes() const {
  int64_t bytes = 0;
  for (int holder = 0; holder < num_holders; ++holder) bytes += HolderBytes(holder);
  return bytes;
}

std::string MemoryWarning(const MemoryPlan& plan, int64_t host_bytes) {
  if (host_bytes == 0 || plan.TotalBytes() <= host_bytes) return "";
  return absl::StrCat("warning: the rows of the tables take ", ByteSize(plan.TotalBytes()),
                      " once all of them exist, and this machine has ", ByteSize(host_bytes),
                      " of memory; rows exist from when they are first read, so what counts is how many the data has");
}

absl::StatusOr<MemoryPlan> PlanMemory(const ResolvedJob& job) {
  SHOAL_ASSIGN_OR_RETURN(const Schedule schedule,
                         Schedule::Create(job.job().training(), job.steps_per_epoch(), job.total_steps()));
  MemoryPlan plan;
  plan.num_holders = std::max(1, job.job().cluster().parameter_servers());
  for (const TableConfig& table : job.job().tables()) {
    SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<RowOptimizer> optimizer, CreateRowOptimizer(table, schedule));
    plan.tables.push_back({table.name(), optimizer->layout().row_floats() * int64_t{sizeof(float)},
                           RowsByHolder(table.num_embeddings(), table.num_partitions(), plan.num_holders)});
  }
  return plan;
}

}  // namespace shoal
