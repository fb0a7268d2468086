// Plays shoal-worker and shoal-parameter-server for the launcher's tests: registers, reports, finishes, and goes wrong
// as the job's name says.
#include <signal.h>
#include <unistd.h>

#include <climits>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/config/dense_layers.h"
#include "common/coordination/grpc_coordinator_link.h"
#include "tests/launcher/test_job.h"
#include "worker/worker_registration.h"

namespace {

using shoal::GrpcCoordinatorLink;

[[noreturn]] void Die(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

template <typename T>
T Check(absl::StatusOr<T> result) {
  if (!result.ok()) Die(result.status());
  return *std::move(result);
}

shoal::RegisterReply Join(GrpcCoordinatorLink& link, const shoal::RegisterRequest& request) {
  while (true) {
    shoal::RegisterReply reply = Check(link.Register(request));
    if (reply.ready()) return reply;
    absl::SleepFor(absl::Milliseconds(2));
  }
}

// A worker's, whose servers have nothing to say where its group is formed anew.
shoal::RegisterReply Join(GrpcCoordinatorLink& link, shoal::WorkerRegistration& registration) {
  while (true) {
    shoal::RegisterReply reply = Check(link.Register(registration.request()));
    switch (registration.Next(reply)) {
      case shoal::WorkerRegistration::Action::kTrain:
        return reply;
      case shoal::WorkerRegistration::Action::kJoinServers:
        registration.OnServersJoined(reply, {shoal::RejoinReply()});
        break;
      case shoal::WorkerRegistration::Action::kAskAgain:
        absl::SleepFor(absl::Milliseconds(2));
    }
  }
}

void AwaitEndOfGroup(GrpcCoordinatorLink& link, int rank, uint32_t incarnation) {
  shoal::GroupRequest request;
  request.set_worker_rank(rank);
  request.set_incarnation(incarnation);
  while (Check(link.CheckGroup(request)).is_current()) absl::SleepFor(absl::Milliseconds(2));
}

void SaveCheckpoint(GrpcCoordinatorLink& link, shoal::Role role, int index, uint64_t step) {
  shoal::CheckpointReport report;
  report.set_role(role);
  report.set_index(index);
  report.set_step(step);
  report.add_files()->set_name(absl::StrCat("tables-", index));
  Check(link.ReportCheckpoint(report));
}

void SaveDenseParameters(GrpcCoordinatorLink& link, uint64_t step) {
  shoal::CheckpointReport report;
  report.set_role(shoal::WORKER);
  report.set_step(step);
  report.set_part(shoal::DENSE_PARAMETERS);
  report.add_files()->set_name("dense.safetensors");
  Check(link.ReportCheckpoint(report));
}

// `attempts`: how often at most it asks whether it may exit.
void Finish(GrpcCoordinatorLink& link, shoal::Role role, int index, uint64_t step, uint32_t incarnation,
            int attempts = INT_MAX) {
  shoal::FinishedReport report;
  report.set_role(role);
  report.set_index(index);
  report.set_step(step);
  report.set_incarnation(incarnation);
  report.set_peak_memory_bytes(1000 + index);
  while (!Check(link.ReportFinished(report)).may_exit() && --attempts > 0) absl::SleepFor(absl::Milliseconds(2));
}

bool SummaryHasEpoch(uint64_t epoch) {
  std::ifstream file(std::getenv("SHOAL_FAKE_SUMMARY"));
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return absl::StrContains(text, absl::StrCat("\"epoch\": ", epoch, ","));
}

void AwaitSummaryOf(uint64_t epoch) {
  const absl::Time give_up = absl::Now() + absl::Seconds(60);
  while (!SummaryHasEpoch(epoch)) {
    if (absl::Now() > give_up) Die(absl::DeadlineExceededError(absl::StrCat("the summary never had epoch ", epoch)));
    absl::SleepFor(absl::Milliseconds(2));
  }
}

shoal::ProgressReport MakeReport(int rank, uint64_t step, uint64_t steps_per_epoch) {
  shoal::ProgressReport report;
  report.set_worker_rank(rank);
  report.set_step(step);
  report.set_epoch((step - 1) / steps_per_epoch + 1);
  *report.mutable_epoch_train() = shoal::MakeSums(10, 5);
  report.set_train_seconds(0.5);
  if (step % steps_per_epoch == 0) {
    report.set_epoch_complete(true);
    *report.mutable_validation() = shoal::MakeSums(5, 1);
  }
  shoal::IntervalReport* interval = report.add_intervals();
  interval->set_step(step);
  interval->set_epoch(report.epoch());
  *interval->mutable_train() = shoal::MakeSums(1, 1);
  interval->set_seconds(0.1);
  return report;
}

// The step in which something goes wrong, if anything does.
constexpr uint64_t kFatalStep = 7;

void GoWrong(const std::string& scenario, int rank, bool is_first_group) {
  if (scenario == "crash" && rank == 1) {
    std::fprintf(stderr, "about to fail\n");
    std::exit(9);
  }
  if (rank == 1 && (scenario == "doomed" || (scenario == "killed" && is_first_group))) raise(SIGKILL);
  if (scenario == "quiet" && rank == 0) std::exit(0);
}

// Whether the group that `join` tells of ends at kFatalStep: a worker is lost, or worker 0 leaves it.
bool Ends(const shoal::RegisterReply& join) {
  const std::string& scenario = join.job().job().name();
  const bool is_first_group = join.incarnation() == 1;
  if (join.job().job().cluster().max_restarts() == 0) return false;
  return scenario == "doomed" || (is_first_group && (scenario == "killed" || scenario == "apart"));
}

struct Taken {
  uint64_t last_step;
  bool group_is_over = false;
};

Taken TrainSteps(GrpcCoordinatorLink& link, const shoal::RegisterReply& join, int rank) {
  const std::string& scenario = join.job().job().name();
  const uint64_t steps_per_epoch = join.job().steps_per_epoch();
  const uint64_t begin = join.has_rejoin() ? join.rejoin().step() : join.resume_step();
  bool signalled = false;
  for (uint64_t step = begin + 1; step <= static_cast<uint64_t>(join.job().total_steps()); ++step) {
    if (step == kFatalStep) {
      GoWrong(scenario, rank, join.incarnation() == 1);
      if (Ends(join)) {
        if (scenario != "apart" || rank != 0) AwaitEndOfGroup(link, rank, join.incarnation());
        return {step - 1, /*group_is_over=*/true};
      }
    }
    const bool stop = Check(link.ReportProgress(MakeReport(rank, step, steps_per_epoch))).stop_requested();
    if (stop && scenario != "deaf") return {step};
    if (scenario == "patient" && step % steps_per_epoch == 0) AwaitSummaryOf(step / steps_per_epoch);
    if ((scenario != "stop" && scenario != "deaf") || step < 3) continue;
    if (!signalled) {
      kill(getppid(), SIGTERM);
      if (scenario == "deaf") kill(getppid(), SIGINT);
    }
    signalled = true;
    --step;  // Goes no further before the launcher has taken the signal.
  }
  return {static_cast<uint64_t>(join.job().total_steps())};
}

std::string Flag(int argc, char** argv, absl::string_view name) {
  for (int i = 1; i < argc; ++i) {
    absl::string_view argument = argv[i];
    if (absl::ConsumePrefix(&argument, absl::StrCat("--", name, "="))) return std::string(argument);
  }
  return "";
}

int RunWorker(GrpcCoordinatorLink& link, int rank) {
  shoal::WorkerRegistration registration(rank, getpid());
  shoal::RegisterReply join = Join(link, registration);
  const std::string scenario = join.job().job().name();
  if (scenario == "slow") kill(getppid(), SIGINT);
  while (scenario == "slow" || scenario == "mute") pause();
  Taken taken = TrainSteps(link, join, rank);
  while (taken.group_is_over) {
    registration.OnLeft(join, taken.last_step);
    join = Join(link, registration);
    taken = TrainSteps(link, join, rank);
  }
  const uint64_t step = taken.last_step;
  if (join.parameter_server_addresses().empty()) SaveCheckpoint(link, shoal::WORKER, rank, step);
  const bool forgetful = scenario == "forgetful";
  if (rank == 0 && shoal::HasDenseParameters(join.job().job().model()) && !forgetful) SaveDenseParameters(link, step);
  Finish(link, shoal::WORKER, rank, step, join.incarnation(), forgetful ? 1 : INT_MAX);
  if (scenario == "late" && rank == 1) raise(SIGKILL);
  return 0;
}

int RunServer(GrpcCoordinatorLink& link, int index, const std::string& listen) {
  if (std::getenv("SHOAL_FAKE_MUTE_SERVERS") != nullptr) {
    if (std::getenv("SHOAL_FAKE_SIGNAL") != nullptr) kill(getppid(), SIGTERM);
    std::fprintf(stderr, "waiting for nobody\n");
    while (true) pause();
  }
  shoal::RegisterRequest request = shoal::MakeRegistration(shoal::PARAMETER_SERVER, index);
  request.set_address(listen);
  const shoal::RegisterReply join = Join(link, request);
  SaveCheckpoint(link, shoal::PARAMETER_SERVER, index, join.job().total_steps());
  Finish(link, shoal::PARAMETER_SERVER, index, 0, join.incarnation());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  int number = 0;
  const bool is_worker = absl::SimpleAtoi(Flag(argc, argv, "rank"), &number);
  if (!is_worker && !absl::SimpleAtoi(Flag(argc, argv, "index"), &number)) return 64;
  GrpcCoordinatorLink link(Flag(argc, argv, "coordinator"), {});
  if (is_worker) return RunWorker(link, number);
  return RunServer(link, number, Flag(argc, argv, "listen"));
}
