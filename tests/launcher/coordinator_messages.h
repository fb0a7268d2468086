// Coordinators of MakeTestJob, what processes say to them, and what comes of it.
#ifndef SHOAL_TESTS_LAUNCHER_COORDINATOR_MESSAGES_H_
#define SHOAL_TESTS_LAUNCHER_COORDINATOR_MESSAGES_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "launcher/coordinator.h"
#include "launcher/coordinator_events.h"
#include "proto/coordinator_service.pb.h"
#include "tests/launcher/test_job.h"

namespace shoal {

inline Coordinator MakeCoordinator(int workers, int servers, uint64_t resume_step = 0, bool dense = false,
                                   int max_restarts = 0) {
  Coordinator::Options options;
  options.job_id = 77;
  options.job = MakeTestJob(workers, servers);
  if (dense) GiveDenseParameters(&options.job);
  options.job.mutable_job()->mutable_cluster()->set_max_restarts(max_restarts);
  options.resume_step = resume_step;
  options.checkpoint_directory = "/run/checkpoints";
  return Coordinator(options);
}

inline void RegisterAll(Coordinator* coordinator, int workers, int servers) {
  for (int i = 0; i < servers; ++i) {
    EXPECT_TRUE(coordinator->Register(MakeRegistration(PARAMETER_SERVER, i)).ok());
  }
  for (int i = 0; i < workers; ++i) EXPECT_TRUE(coordinator->Register(MakeRegistration(WORKER, i)).ok());
  EXPECT_TRUE(coordinator->ready());
}

inline Coordinator MakeReadyCoordinator(int workers, int servers, uint64_t resume_step = 0, bool dense = false) {
  Coordinator coordinator = MakeCoordinator(workers, servers, resume_step, dense);
  RegisterAll(&coordinator, workers, servers);
  return coordinator;
}

inline ProgressReport MakeProgress(int rank, uint64_t step, uint32_t epoch) {
  ProgressReport report;
  report.set_worker_rank(rank);
  report.set_step(step);
  report.set_epoch(epoch);
  return report;
}

inline ProgressReport MakeEpochEnd(int rank, uint32_t epoch, double loss) {
  ProgressReport report = MakeProgress(rank, epoch * 10, epoch);
  report.set_epoch_complete(true);
  *report.mutable_epoch_train() = MakeSums(10, loss);
  *report.mutable_validation() = MakeSums(5, loss / 2);
  report.set_train_seconds(1 + rank);
  report.set_validation_seconds(0.5);
  return report;
}

inline void AddInterval(ProgressReport* report, uint64_t step, double loss) {
  IntervalReport* interval = report->add_intervals();
  interval->set_step(step);
  interval->set_epoch((step - 1) / 10 + 1);
  *interval->mutable_train() = MakeSums(4, loss);
  interval->set_learning_rate(0.5);
  interval->set_seconds(1);
}

inline CheckpointReport MakeCheckpoint(Role role, int index, uint64_t step) {
  CheckpointReport report;
  report.set_role(role);
  report.set_index(index);
  report.set_step(step);
  report.add_files()->set_name(absl::StrCat("tables-", index));
  return report;
}

inline CheckpointReport MakeDenseCheckpoint(uint64_t step, int rank = 0) {
  CheckpointReport report;
  report.set_role(WORKER);
  report.set_index(rank);
  report.set_step(step);
  report.set_part(DENSE_PARAMETERS);
  report.add_files()->set_name("dense.safetensors");
  return report;
}

inline FinishedReport MakeFinished(Role role, int index, uint64_t step = 0) {
  FinishedReport report;
  report.set_role(role);
  report.set_index(index);
  report.set_step(step);
  report.set_peak_memory_bytes(100 + index);
  return report;
}

template <typename T>
std::vector<T> Only(const std::vector<CoordinatorEvent>& events) {
  std::vector<T> result;
  for (const CoordinatorEvent& event : events) {
    if (const T* value = std::get_if<T>(&event)) result.push_back(*value);
  }
  return result;
}

}  // namespace shoal

#endif  // SHOAL_TESTS_LAUNCHER_COORDINATOR_MESSAGES_H_
