#include "launcher/dry_run.h"

#include <google/protobuf/text_format.h>

#include <map>
#include <string>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/base/counted.h"
#include "worker/compute/device_memory_plan.h"

namespace shoal {
namespace {

void PrintMemory(const ClusterConfig& cluster, const MemoryPlan& memory, std::ostream& out) {
  const Role role = cluster.parameter_servers() > 0 ? PARAMETER_SERVER : WORKER;
  out << "# Memory of the rows once all of them exist:\n";
  for (int holder = 0; holder < memory.num_holders; ++holder) {
    out << absl::StrFormat("%s: %d bytes\n", ProcessTitle({role, holder}), memory.HolderBytes(holder));
    for (const TableMemory& table : memory.tables) {
      out << absl::StrFormat("  %s: %s of %d bytes\n", table.table, Counted(table.rows[holder], "row"),
                             table.row_bytes);
    }
  }
}

void PrintDeviceMemory(const ResolvedJob& job, const std::vector<DeviceInfo>& devices, std::ostream& out) {
  const DeviceMemoryPlan plan = PlanDeviceMemory(job);
  out << absl::StrFormat("\n# Memory of each worker on its GPU, at most, beside what CUDA takes: %d bytes\n",
                         plan.TotalBytes());
  for (const DeviceMemoryPlan::Entry& entry : plan.entries) {
    out << absl::StrFormat("  %s: %d bytes\n", entry.name, entry.bytes);
  }
  for (const std::string& what : plan.not_counted) out << "  not counted: " << what << "\n";
  std::map<int, int64_t> wanted;  // By device: several workers may share one.
  for (size_t worker = 0; worker < devices.size(); ++worker) {
    out << absl::StrFormat("worker %d: %s, %d bytes\n", worker, DeviceTitle(devices[worker]),
                           devices[worker].memory_bytes);
    int64_t& bytes = wanted[devices[worker].ordinal];
    bytes += plan.TotalBytes();
    if (bytes > devices[worker].memory_bytes) {
      out << absl::StrFormat("  may not fit: its workers want up to %d bytes\n", bytes);
    }
  }
}

}  // namespace

void PrintDryRun(const ResolvedJob& job, const ProcessPlan& processes, const MemoryPlan& memory,
                 const std::vector<DeviceInfo>& devices, std::ostream& out) {
  std::string text;
  google::protobuf::TextFormat::PrintToString(job.job(), &text);
  out << "# The job, resolved:\n" << text;
  out << absl::StrFormat("\n# Data: %d training and %s, %s skipped; %s an epoch, %d in all\n", job.num_train_examples(),
                         Counted(job.num_validation_examples(), "validation example"),
                         Counted(job.num_skipped_records(), "record"), Counted(job.steps_per_epoch(), "step"),
                         job.total_steps());
  out << "\n# Processes; the coordinator listens at " << processes.coordinator_address
      << ", XXXXXX and ports 0 are chosen by the system:\n";
  for (const PlannedProcess& process : processes.processes) {
    out << ProcessTitle(process.id) << ": " << absl::StrJoin(process.command, " ") << "\n";
  }
  out << "\n";
  PrintMemory(job.job().cluster(), memory, out);
  if (job.job().cluster().compute() == ClusterConfig::CUDA) PrintDeviceMemory(job, devices, out);
}

}  // namespace shoal
