#include "launcher/train.h"

#include <google/protobuf/text_format.h>

#include <filesystem>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/base/counted.h"
#include "common/base/physical_memory.h"
#include "common/base/status_macros.h"
#include "common/base/steady_now.h"
#include "common/checkpoint/checkpoint_directory.h"
#include "common/checkpoint/publish_checkpoint.h"
#include "common/config/environment.h"
#include "common/config/load_job.h"
#include "launcher/device_probe.h"
#include "launcher/dry_run.h"
#include "launcher/exit_codes.h"
#include "launcher/final_knn_accuracy.h"
#include "launcher/metric_values.h"
#include "launcher/metrics_json.h"
#include "launcher/process_plan.h"
#include "launcher/processor_hint.h"
#include "launcher/resolve_compute.h"
#include "launcher/restart_hint.h"
#include "launcher/summary.h"
#include "launcher/train_plan.h"
#include "launcher/training_run.h"

namespace shoal {
namespace {

// Flags that are fields of the job's cluster, in short.
struct ClusterFlag {
  const char* field;
  absl::optional<int> TrainOptions::*value;
};
constexpr ClusterFlag kClusterFlags[] = {{"parameter_servers", &TrainOptions::parameter_servers},
                                         {"workers", &TrainOptions::workers},
                                         {"max_restarts", &TrainOptions::max_restarts}};

std::vector<std::string> AllOverrides(const TrainOptions& options) {
  std::vector<std::string> overrides = options.overrides;
  for (const ClusterFlag& flag : kClusterFlags) {
    const absl::optional<int>& value = options.*flag.value;
    if (value.has_value()) overrides.push_back(absl::StrCat("cluster.", flag.field, "=", *value));
  }
  return overrides;
}

int Fail(const absl::Status& error, std::ostream& err) {
  err << "shoal train: " << absl::StripSuffix(error.message(), "\n") << "\n";
  return ExitCodeOf(error);
}

std::string ShellQuoted(const std::string& argument) {
  if (!argument.empty() && argument.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                                      "_-./=:,@%+[]") == std::string::npos) {
    return argument;
  }
  std::string quoted = "'";
  for (const char c : argument) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

// The command that goes on with a stopped run.
std::string ResumeCommand(const TrainOptions& options, const RunDirectory& directory) {
  std::string command =
      absl::StrCat("shoal train ", ShellQuoted(options.job_file), " --resume --output=", ShellQuoted(directory.path()));
  for (const ClusterFlag& flag : kClusterFlags) {
    const absl::optional<int>& value = options.*flag.value;
    if (value.has_value()) absl::StrAppend(&command, " --", flag.field, "=", *value);
  }
  for (const std::string& set : options.overrides) absl::StrAppend(&command, " --set ", ShellQuoted(set));
  return command;
}

// Where this executable lies; shoal-worker and shoal-parameter-server are beside it.
absl::StatusOr<std::string> BinaryDirectory() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return absl::InternalError(absl::StrCat("cannot read /proc/self/exe: ", error.message()));
  return self.parent_path().string();
}

// The step that training starts from.
uint64_t ResumeStep(const TrainPlan& plan) { return plan.resume.has_value() ? plan.resume->step : 0; }

bool IsTrained(const TrainPlan& plan) { return ResumeStep(plan) >= static_cast<uint64_t>(plan.data.job.total_steps()); }

// Whether nothing is left of a run: one that was killed behind its last checkpoint may lack its last validation.
absl::StatusOr<bool> IsComplete(FileSystem& files, const TrainPlan& plan) {
  if (!IsTrained(plan)) return false;
  // Of a job that has become shorter there is no more to know.
  if (ResumeStep(plan) > static_cast<uint64_t>(plan.data.job.total_steps())) return true;
  SHOAL_ASSIGN_OR_RETURN(const std::string status, SavedStatus(files, plan.directory.summary_file()));
  return status == "finished";
}

// What the run needs before its processes start.
absl::Status WriteInputs(FileSystem& files, const TrainPlan& plan) {
  SHOAL_RETURN_IF_ERROR(plan.directory.Create(files));
  if (!plan.data.job.vocabulary_directory().empty()) {
    SHOAL_RETURN_IF_ERROR(WriteVocabularies(plan.data, plan.directory.vocabulary()));
  }
  std::string text;
  google::protobuf::TextFormat::PrintToString(plan.trainable_job, &text);
  return ReplaceFile(files, plan.directory.job_file(), text);
}

absl::StatusOr<PublishedCheckpoint> Publish(FileSystem& files, const TrainPlan& plan, uint64_t step,
                                            const std::vector<CheckpointFile>& written) {
  const ResolvedJob& job = plan.data.job;
  const std::string checkpoints = plan.directory.checkpoints();
  PublishedCheckpoint published;
  SHOAL_ASSIGN_OR_RETURN(published.digests,
                         PublishCheckpoint(files, checkpoints, step, job, written, job.vocabulary_directory()));
  published.path = CheckpointPath(checkpoints, step);
  return published;
}

TrainingRun::Options RunOptions(FileSystem& files, const TrainPlan& plan, std::string binary_directory) {
  Coordinator::Options coordinator;
  coordinator.job_id = absl::Uniform<uint64_t>(absl::BitGen());
  coordinator.job = plan.data.job;
  if (plan.resume.has_value()) {
    coordinator.resume_from = plan.resume->checkpoint;
    coordinator.resume_step = plan.resume->step;
  }
  coordinator.checkpoint_directory = plan.directory.checkpoints();
  return {
      std::move(coordinator),
      plan.directory,
      std::move(binary_directory),
      TemporaryDirectory(),
      [&](uint64_t step, const std::vector<CheckpointFile>& written) { return Publish(files, plan, step, written); },
      [&] {
        return PruneCheckpoints(files, plan.directory.checkpoints(),
                                plan.data.job.job().training().checkpoint().keep());
      }};
}

// Writes, starts, waits. REQUIRES: there are no threads yet.
absl::StatusOr<TrainingEnd> Train(FileSystem& files, const TrainPlan& plan, SignalWatcher* signals, Summary* summary,
                                  std::ostream& out) {
  SHOAL_ASSIGN_OR_RETURN(std::string binaries, BinaryDirectory());
  SHOAL_RETURN_IF_ERROR(WriteInputs(files, plan));
  const uint64_t resume_step = ResumeStep(plan);
  SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<MetricsLog> metrics,
                         MetricsLog::Open(files, plan.directory.metrics_file(), resume_step));
  if (plan.resume.has_value()) {
    SHOAL_RETURN_IF_ERROR(summary->KeepEpochs(files, plan.directory.summary_file(), resume_step));
    summary->SetCheckpoint(resume_step, plan.resume->checkpoint, plan.resume->digests);
  }
  const ResolvedJob& job = plan.data.job;
  ProgressDisplay::Options display_options;
  display_options.now = SteadyNow;
  display_options.total_steps = job.total_steps();
  display_options.epochs = job.job().training().epochs();
  display_options.batch_size = job.job().training().batch_size();
  DetectTerminal(&display_options);
  ProgressDisplay display(&out, display_options);
  TrainingRun run(RunOptions(files, plan, std::move(binaries)), signals, {&files, &display, metrics.get(), summary});
  return run.Run();
}

void WarnOfMachine(const TrainPlan& plan, std::ostream& out) {
  const std::string warning = MemoryWarning(plan.memory, PhysicalMemoryBytes());
  if (!warning.empty()) out << warning << "\n";
  const int processors = static_cast<int>(std::thread::hardware_concurrency());
  const JobConfig& job = plan.data.job.job();
  for (const std::string& hint : {ProcessorHint(job.cluster(), processors), RestartHint(job)}) {
    if (!hint.empty()) out << hint << "\n";
  }
}

void ReportSkipped(const TrainPlan& plan, std::ostream& out) {
  const SkippedRecords& skipped = plan.data.skipped;
  if (skipped.count == 0) return;
  out << Counted(skipped.count, "bad record") << (skipped.count == 1 ? " is" : " are")
      << " left out (data.on_bad_record: SKIP)" << skipped.Details() << "\n";
}

void Announce(const TrainOptions& options, const TrainPlan& plan, std::ostream& out) {
  const ResolvedJob& job = plan.data.job;
  const ClusterConfig& cluster = job.job().cluster();
  out << absl::StrFormat(
      "%s: %d training and %s, %s; %s\n", job.job().name(), job.num_train_examples(),
      Counted(job.num_validation_examples(), "validation example"), Counted(job.total_steps(), "step"),
      cluster.parameter_servers() == 0 ? "embedded"
                                       : absl::StrCat(Counted(cluster.parameter_servers(), "parameter server"), ", ",
                                                      Counted(cluster.workers(), "worker")));
  // What users had before there was a choice needs no line.
  if (cluster.compute() == ClusterConfig::CUDA) {
    out << "workers compute with CUDA";
    if (cluster.matmul_precision() != ClusterConfig::HIGHEST) {
      out << ", matmul_precision " << ClusterConfig::MatmulPrecision_Name(cluster.matmul_precision());
    }
    out << "\n";
  }
  if (cluster.wire_dtype() != FLOAT32) {
    out << "rows and gradients are rounded to " << DType_Name(cluster.wire_dtype()) << " on their way (wire_dtype)\n";
  }
  ReportSkipped(plan, out);
  for (const PretrainedTable& table : plan.pretrained) {
    out << absl::StrFormat("table %s: %s with a pretrained vector at the start, %d without; %s of the file unused\n",
                           table.table, Counted(table.match.num_matched, "row"), table.match.num_missing,
                           Counted(table.match.num_unused, "word"));
  }
  WarnOfMachine(plan, out);
  if (plan.resume.has_value()) {
    out << "resuming from " << plan.resume->checkpoint
        << (IsTrained(plan) ? ": all steps are trained, the run had not ended\n" : "\n");
  } else if (options.resume) {
    out << "no checkpoint in " << plan.directory.checkpoints() << ": starting from step 0\n";
  }
  out << "output: " << plan.directory.path() << "\n";
}

// `checkpoint`: what the run would have gone on from, if anything.
int ConcludeEarly(const TrainOptions& options, const RunDirectory& directory, const std::string& checkpoint,
                  std::ostream& out) {
  out << "stopped before training began: "
      << (checkpoint.empty() ? "nothing had been trained yet" : absl::StrCat(checkpoint, " stands"))
      << "; go on with: " << ResumeCommand(options, directory) << "\n";
  return kExitStopped;
}

// A signal came during the scan of the data.
int ConcludeScan(FileSystem& files, const TrainOptions& options, const RunDirectory& directory, std::ostream& out) {
  absl::StatusOr<CheckpointLocation> latest = absl::NotFoundError("");
  if (options.resume) latest = LatestCheckpoint(files, directory.checkpoints());
  return ConcludeEarly(options, directory, latest.ok() ? latest->path : "", out);
}

// What can be done about a run that ended without having saved its last step.
std::string Advice(const TrainOptions& options, const TrainPlan& plan, const Summary& summary) {
  std::string checkpoint = summary.checkpoint();
  if (checkpoint.empty() && plan.resume.has_value()) checkpoint = plan.resume->checkpoint;
  return absl::StrCat(checkpoint.empty() ? "no checkpoint had been saved yet; start over with: "
                                         : absl::StrCat("the latest checkpoint is ", checkpoint, "; resume with: "),
                      ResumeCommand(options, plan.directory));
}

int Conclude(const TrainOptions& options, const TrainPlan& plan, const TrainingEnd& end, const Summary& summary,
             std::ostream& out) {
  switch (end.kind) {
    case TrainingEnd::kKilled:
      out << "killed; " << Advice(options, plan, summary) << "\n";
      return kExitKilled + end.signal;
    case TrainingEnd::kStopped:
      if (end.step == ResumeStep(plan)) {
        return ConcludeEarly(options, plan.directory, plan.resume.has_value() ? plan.resume->checkpoint : "", out);
      }
      out << absl::StrFormat("stopped after step %d of %d; resume with: %s\n", end.step, plan.data.job.total_steps(),
                             ResumeCommand(options, plan.directory));
      return kExitStopped;
    case TrainingEnd::kFinished:
      break;
  }
  std::vector<std::string> facts;
  const double speed = summary.ExamplesPerSecond();
  if (speed > 0) facts.push_back(absl::StrFormat("%.0f examples/s", speed));
  if (!plan.data.job.job().tables().empty()) facts.push_back("weights " + summary.digests().weights);
  if (!summary.digests().dense.empty()) facts.push_back("dense parameters " + summary.digests().dense);
  out << "finished: " << absl::StrJoin(facts, "; ") << "\ncheckpoint: " << summary.checkpoint()
      << "\nsummary: " << plan.directory.summary_file() << "\n";
  if (const RowCacheReads& cache = summary.row_cache_reads(); cache.reads > 0) {
    out << absl::StrFormat("row cache: %.2f%% of %d rows were there\n", 100 * cache.hit_rate(), cache.reads);
  }
  return kExitOk;
}

// Measures what the job asks for of the trained model, and adds it to the summary.
absl::Status MeasureTrained(FileSystem& files, const TrainPlan& plan, SignalWatcher* signals, Summary* summary,
                            std::ostream& out) {
  SHOAL_ASSIGN_OR_RETURN(
      const absl::optional<double> accuracy,
      FinalKnnAccuracy(files, plan.data.job, summary->checkpoint(), [signals] { return signals->Take().has_value(); }));
  if (!accuracy.has_value()) return absl::OkStatus();
  out << absl::StrFormat("validation %s %s\n", kKnnAccuracy, MetricText(*accuracy));
  summary->SetKnnAccuracy(*accuracy);
  return summary->Write(files, plan.directory.summary_file());
}

// Training is complete, but what should be known of it is not.
int ConcludeUnmeasured(const absl::Status& error, const TrainPlan& plan, std::ostream& out, std::ostream& err) {
  out << "training is complete, but " << kKnnAccuracy << " is not measured; measure it with: shoal evaluate "
      << ShellQuoted(plan.directory.path()) << "\n";
  return absl::IsCancelled(error) ? kExitStopped : Fail(error, err);
}

int DryRun(const TrainPlan& plan, const ResolvedCompute& compute, std::ostream& out, std::ostream& err) {
  const absl::StatusOr<std::string> binaries = BinaryDirectory();
  if (!binaries.ok()) return Fail(binaries.status(), err);
  const ProcessPlan processes =
      PlanProcesses(plan.data.job.job().cluster(),
                    {*binaries, absl::StrCat(TemporaryDirectory(), "/shoal-XXXXXX"), plan.directory.logs()});
  PrintDryRun(plan.data.job, processes, plan.memory, compute.devices, out);
  ReportSkipped(plan, out);
  WarnOfMachine(plan, out);
  return kExitOk;
}

absl::StatusOr<ResolvedCompute> FindCompute(const JobConfig& job) {
  SHOAL_ASSIGN_OR_RETURN(const std::string binaries, BinaryDirectory());
  return ResolveCompute(job, [&] { return ProbeDevices(binaries); });
}

// With AUTO replaced by what it comes to, and without the fields that this has no use for.
JobConfig WithComputeSettled(const JobConfig& job, const ResolvedCompute& compute) {
  JobConfig settled = job;
  if (job.cluster().compute() != ClusterConfig::AUTO) return settled;
  settled.mutable_cluster()->set_compute(compute.compute);
  if (compute.devices.empty()) settled.mutable_cluster()->clear_devices();
  if (compute.compute == ClusterConfig::CPU) settled.mutable_cluster()->clear_row_cache();
  return settled;
}

// Plans and does it. REQUIRES: `job` is valid.
int TrainJob(const TrainOptions& options, const JobConfig& job, std::ostream& out, std::ostream& err) {
  FileSystem& files = PosixFileSystem();
  const std::string output =
      options.output.empty() ? DefaultRunPath(job.name(), absl::Now(), absl::LocalTimeZone()) : options.output;
  // Before the scan of the data, which can be long.
  const absl::StatusOr<std::unique_ptr<SignalWatcher>> signals = SignalWatcher::Create();
  if (!signals.ok()) return Fail(signals.status(), err);
  // Before the scan, too: what cannot be computed need not be read.
  absl::StatusOr<ResolvedCompute> compute = FindCompute(job);
  if (options.dry_run && ExitCodeOf(compute.status()) == kExitUnavailable) {
    // A job for another machine can be looked at here.
    out << "# Not on this machine: " << compute.status().message() << "\n";
    compute = ResolvedCompute{ClusterConfig::CUDA, {}, ""};
  }
  if (!compute.ok()) return Fail(compute.status(), err);
  if (!compute->why_cpu.empty()) out << "cluster.compute: AUTO computes on the CPU: " << compute->why_cpu << "\n";
  const absl::StatusOr<TrainPlan> plan = PlanTraining(files, WithComputeSettled(job, *compute), output, options.resume,
                                                      [&] { return (*signals)->Take().has_value(); });
  if (absl::IsCancelled(plan.status())) return ConcludeScan(files, options, RunDirectory(output), out);
  if (!plan.ok()) return Fail(plan.status(), err);
  if (options.dry_run) return DryRun(*plan, *compute, out, err);
  const absl::StatusOr<bool> complete = IsComplete(files, *plan);
  if (!complete.ok()) return Fail(complete.status(), err);
  if (*complete) {
    out << absl::StrFormat("training is complete: %s holds step %d of %d\n", plan->resume->checkpoint,
                           plan->resume->step, plan->data.job.total_steps());
    return kExitOk;
  }
  const absl::StatusOr<RunLock> lock = ClaimRun(files, *plan, options.resume);
  if (!lock.ok()) return Fail(lock.status(), err);
  Announce(options, *plan, out);
  Summary summary(plan->data.job);
  const absl::StatusOr<TrainingEnd> end = Train(files, *plan, signals->get(), &summary, out);
  if (!end.ok()) {
    const int exit_code = Fail(end.status(), err);
    err << Advice(options, *plan, summary) << "\n";
    return exit_code;
  }
  absl::Status measured;
  if (end->kind == TrainingEnd::kFinished) measured = MeasureTrained(files, *plan, signals->get(), &summary, out);
  const int exit_code = Conclude(options, *plan, *end, summary, out);
  return measured.ok() ? exit_code : ConcludeUnmeasured(measured, *plan, out, err);
}

}  // namespace

int RunTrain(const TrainOptions& options, std::ostream& out, std::ostream& err) {
  if (options.resume && options.output.empty()) {
    err << "shoal train: --resume needs --output=DIR, the run to go on with\n";
    return kExitUsage;
  }
  std::vector<Diagnostic> problems;
  const absl::StatusOr<JobConfig> job = LoadJob(options.job_file, AllOverrides(options), ProcessEnvironment, &problems);
  if (job.ok()) return TrainJob(options, *job, out, err);
  for (const Diagnostic& problem : problems) err << FormatDiagnostic(problem) << "\n";
  if (problems.empty()) err << "shoal train: " << job.status().message() << "\n";
  return kExitBadJob;
}

}  // namespace shoal
