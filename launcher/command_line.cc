#include "launcher/command_line.h"

#include <CLI/CLI.hpp>
#include <string>

#include "launcher/exit_codes.h"
#include "launcher/train.h"

namespace shoal {
namespace {

void AddTrain(CLI::App& app, TrainOptions& options, int& exit_code, std::ostream& out, std::ostream& err) {
  CLI::App* train = app.add_subcommand("train", "Train the job of a job file");
  train->add_option("JOB", options.job_file, "Job file, Protobuf text format (docs/job_file.md)")->required();
  train->add_option("--parameter_servers", options.parameter_servers,
                    "Parameter-server processes; 0: embedded in the one worker (cluster.parameter_servers)");
  train->add_option("--workers", options.workers, "Worker processes (cluster.workers)");
  train->add_option("--output", options.output, "Folder to write; default runs/<name>-<date>-<time>");
  train->add_flag("--resume", options.resume, "Go on from the latest checkpoint in --output, if there is one");
  train->add_option("--set", options.overrides, "Override a field of the job, for example training.epochs=3")
      ->type_name("FIELD=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  train->add_flag("--dry_run", options.dry_run, "Print the resolved job, processes and memory, and start nothing");
  train->callback([&] { exit_code = RunTrain(options, out, err); });
}

}  // namespace

int RunCommandLine(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  CLI::App app("shoal trains embedding tables that are sharded over parameter servers", "shoal");
  app.set_version_flag("--version", "shoal " SHOAL_VERSION);
  app.require_subcommand(1);
  int exit_code = kExitOk;
  TrainOptions train;
  AddTrain(app, train, exit_code, out, err);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 reports by exceptions, --help and --version too, which have its exit code 0.
    return app.exit(error, out, err) == 0 ? kExitOk : kExitUsage;
  }
  return exit_code;
}

}  // namespace shoal
