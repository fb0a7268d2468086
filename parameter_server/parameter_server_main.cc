// shoal-parameter-server: serves the partitions that the coordinator assigns to it. Started by `shoal train`.
#include <CLI/CLI.hpp>

#include "common/base/tune_process.h"
#include "common/coordination/grpc_coordinator_link.h"
#include "parameter_server/server_process.h"

int main(int argc, char** argv) {
  shoal::TuneProcess();
  CLI::App app("Serves partitions of embedding tables to the workers of a job. Started by `shoal train`.");
  std::string coordinator;
  std::string listen;
  int index = 0;
  app.add_option("--coordinator", coordinator, "Address of the job's coordinator")->required();
  app.add_option("--index", index, "Number of this server among the job's servers, from 0")->required();
  app.add_option("--listen", listen, "Address to serve at: unix:/path, or host:0 for any free port")->required();
  CLI11_PARSE(app, argc, argv);

  shoal::GrpcCoordinatorLink link(coordinator, {});
  return shoal::RunParameterServer(link, index, listen).ok() ? 0 : 1;
}
