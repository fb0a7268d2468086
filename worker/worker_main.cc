// shoal-worker: computes one worker's share of a job. Started by `shoal train`.
#include <CLI/CLI.hpp>
#include <iostream>

#include "common/base/tune_allocator.h"
#include "common/coordination/grpc_coordinator_link.h"
#include "worker/worker.h"

int main(int argc, char** argv) {
  shoal::TuneAllocator();
  CLI::App app("Trains one worker's share of a job. Started by `shoal train`.");
  std::string coordinator;
  int rank = 0;
  app.add_option("--coordinator", coordinator, "Address of the job's coordinator")->required();
  app.add_option("--rank", rank, "Rank of this worker among the job's workers, from 0")->required();
  CLI11_PARSE(app, argc, argv);

  shoal::GrpcCoordinatorLink link(coordinator, {});
  const absl::Status status = shoal::RunWorker(link, rank);
  if (status.ok()) return 0;
  std::cerr << "shoal-worker " << rank << ": " << status << "\n";
  return 1;
}
