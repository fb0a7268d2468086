// How much memory the rows of a job take once all of them exist, by table and by process that holds partitions.
#ifndef SHOAL_LAUNCHER_MEMORY_PLAN_H_
#define SHOAL_LAUNCHER_MEMORY_PLAN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/job.pb.h"

namespace shoal {

struct TableMemory {
  std::string table;
  int64_t row_bytes = 0;      // Weights, optimizer state and padding.
  std::vector<int64_t> rows;  // By holder.
};

struct MemoryPlan {
  // Parameter servers, or the one worker of an embedded job.
  int num_holders = 0;
  std::vector<TableMemory> tables;

  int64_t HolderBytes(int holder) const;
  int64_t TotalBytes() const;
};

// A line for the user where all rows together would not fit into `host_bytes`, the memory of the one machine with all
// holders; else, or where that is 0, nothing. It is no error: rows are created when they are first read.
std::string MemoryWarning(const MemoryPlan& plan, int64_t host_bytes);

// InvalidArgument names the field of the schedule or of an optimizer that cannot be.
absl::StatusOr<MemoryPlan> PlanMemory(const ResolvedJob& job);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_MEMORY_PLAN_H_
