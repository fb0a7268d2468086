#include "launcher/process_plan.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "worker/compute/select_device.h"

namespace shoal {

ProcessPlan PlanProcesses(const ClusterConfig& cluster, const ProcessPlanOptions& options) {
  ProcessPlan plan;
  // The launcher and its children always share a host: the coordinator needs no port.
  plan.coordinator_address = absl::StrCat("unix:", options.socket_directory, "/coordinator.sock");
  const auto add = [&](ProcessId id, absl::string_view binary, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {absl::StrCat(options.binary_directory, "/", binary),
                                         absl::StrCat("--coordinator=", plan.coordinator_address)});
    plan.processes.push_back(
        {id, std::move(arguments), absl::StrCat(options.log_directory, "/", ProcessName(id), ".log")});
  };
  for (int i = 0; i < cluster.parameter_servers(); ++i) {
    const std::string listen = cluster.transport() == ClusterConfig::TCP
                                   ? "127.0.0.1:0"
                                   : absl::StrCat("unix:", options.socket_directory, "/ps-", i, ".sock");
    add({PARAMETER_SERVER, i}, "shoal-parameter-server",
        {absl::StrCat("--index=", i), absl::StrCat("--listen=", listen)});
  }
  for (int i = 0; i < cluster.workers(); ++i) {
    std::vector<std::string> arguments = {absl::StrCat("--rank=", i)};
    const absl::optional<int> device = AskedDevice(cluster, i);
    if (device.has_value()) arguments.push_back(absl::StrCat("--device=", *device));
    add({WORKER, i}, "shoal-worker", std::move(arguments));
  }
  return plan;
}

}  // namespace shoal
