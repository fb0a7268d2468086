// shoal-worker: computes one worker's share of a job. Started by `shoal train`.
//
// Exit codes: 0, the work is done, or a device was listed; 1, the worker failed; 64, the command line is wrong; 69,
// --devices and there is no device.
#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "absl/types/optional.h"
#include "common/base/tune_process.h"
#include "common/coordination/grpc_coordinator_link.h"
#include "worker/compute/device_list.h"
#include "worker/worker.h"

namespace {

int ListDevices(const shoal::Accelerator& accelerator, bool as_json) {
  const shoal::DeviceList devices = accelerator.ListDevices();
  std::cout << (as_json ? DeviceListJson(devices) : DeviceListText(devices));
  return devices.ok() ? EX_OK : EX_UNAVAILABLE;
}

}  // namespace

int main(int argc, char** argv) {
  shoal::TuneProcess();
  CLI::App app("Trains one worker's share of a job. Started by `shoal train`.");
  std::string coordinator;
  int rank = -1;
  int device = -1;
  bool devices = false;
  bool json = false;
  app.add_option("--coordinator", coordinator, "Address of the job's coordinator");
  app.add_option("--rank", rank, "Rank of this worker among the job's workers, from 0");
  app.add_option("--device", device, "GPU to compute with, where the job does; default: the rank modulo their number")
      ->check(CLI::NonNegativeNumber);
  CLI::Option* const list = app.add_flag("--devices", devices, "List the GPUs that this worker can compute with");
  app.add_flag("--json", json, "List them as JSON")->needs(list);
  CLI11_PARSE(app, argc, argv);

  const std::unique_ptr<shoal::Accelerator> accelerator = shoal::MakeAccelerator();
  if (devices) return ListDevices(*accelerator, json);
  if (coordinator.empty() || rank < 0) {
    std::cerr << "shoal-worker: needs --coordinator=ADDRESS and --rank=N from 0, or --devices\n";
    return EX_USAGE;
  }
  shoal::GrpcCoordinatorLink link(coordinator, {});
  const absl::Status status =
      shoal::RunWorker(link, rank, *accelerator, device < 0 ? absl::nullopt : absl::make_optional(device));
  if (status.ok()) return 0;
  std::cerr << "shoal-worker " << rank << ": " << status << "\n";
  return 1;
}
