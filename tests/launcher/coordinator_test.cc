#include "launcher/coordinator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <random>
#include <variant>
#include <vector>

#include "tests/launcher/coordinator_messages.h"
#include "tests/launcher/test_job.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(CoordinatorTest, KnowsWhatEachWorkerHasSaid) {
  Coordinator coordinator = MakeReadyCoordinator(2, 1);
  ProgressReport report;
  report.set_worker_rank(1);
  report.set_epoch(1);
  for (const uint64_t step : {4, 3}) {
    report.set_step(step);
    ASSERT_TRUE(coordinator.ReportProgress(report).ok());
  }
  ASSERT_TRUE(coordinator.ReportFinished(MakeFinished(WORKER, 0, 5)).ok());
  EXPECT_EQ(coordinator.workers()[0].reports, 0U);
  EXPECT_TRUE(coordinator.workers()[0].has_finished);
  EXPECT_EQ(coordinator.workers()[1].reports, 2U);
  EXPECT_EQ(coordinator.workers()[1].step, 4U);
  EXPECT_FALSE(coordinator.workers()[1].has_finished);
}

TEST(CoordinatorTest, EveryoneIsToldOnceAllAreThere) {
  Coordinator coordinator = MakeCoordinator(2, 3);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(coordinator.Register(MakeRegistration(PARAMETER_SERVER, i))->ready());
  EXPECT_FALSE(coordinator.Register(MakeRegistration(WORKER, 1))->ready());
  EXPECT_THAT(coordinator.MissingProcesses(), ElementsAre(ProcessId{WORKER, 0}));

  const absl::StatusOr<RegisterReply> reply = coordinator.Register(MakeRegistration(WORKER, 0));
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_TRUE(reply->ready());
  EXPECT_EQ(reply->job_id(), 77u);
  EXPECT_EQ(reply->incarnation(), 1u);
  EXPECT_EQ(reply->checkpoint_directory(), "/run/checkpoints");
  EXPECT_THAT(reply->parameter_server_addresses(),
              ElementsAre("unix:/run/ps-0.sock", "unix:/run/ps-1.sock", "unix:/run/ps-2.sock"));
  EXPECT_THAT(reply->partition_owner(), ElementsAre(0, 1, 2, 0, 1, 2, 0, 1));
}

TEST(CoordinatorTest, WorkersFindWhatAWorkerPublished) {
  Coordinator coordinator = MakeReadyCoordinator(2, 1);
  EXPECT_FALSE(coordinator.Exchange(MakeExchange(1, "key"))->found());
  const absl::StatusOr<ExchangeReply> published = coordinator.Exchange(MakePublication(0, "key", "value"));
  ASSERT_TRUE(published.ok()) << published.status();
  EXPECT_EQ(published->value(), "value");
  EXPECT_TRUE(coordinator.Exchange(MakeExchange(1, "key"))->found());
  EXPECT_EQ(coordinator.Exchange(MakeExchange(1, "key"))->value(), "value");
  EXPECT_FALSE(coordinator.Exchange(MakeExchange(1, "another key"))->found());
}

TEST(CoordinatorTest, StrangersNeitherPublishNorFind) {
  Coordinator coordinator = MakeCoordinator(2, 1);
  ASSERT_TRUE(coordinator.Register(MakeRegistration(WORKER, 0)).ok());
  ASSERT_TRUE(coordinator.Exchange(MakePublication(0, "key", "value")).ok());
  EXPECT_EQ(coordinator.Exchange(MakePublication(1, "other", "")).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(coordinator.Exchange(MakeExchange(2, "key")).status().code(), absl::StatusCode::kInvalidArgument);
  ExchangeRequest earlier = MakePublication(0, "other", "value");
  earlier.set_incarnation(7);
  const absl::Status status = coordinator.Exchange(earlier).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("incarnation 7"));
  EXPECT_FALSE(coordinator.Exchange(MakeExchange(0, "other"))->found());
}

TEST(CoordinatorTest, RegisteringAgainGivesTheSameReply) {
  Coordinator coordinator = MakeReadyCoordinator(1, 2);
  const RegisterReply first = *coordinator.Register(MakeRegistration(WORKER, 0));
  const RegisterReply second = *coordinator.Register(MakeRegistration(WORKER, 0));
  EXPECT_EQ(first.SerializeAsString(), second.SerializeAsString());
  EXPECT_EQ(second.parameter_server_addresses_size(), 2);
}

TEST(CoordinatorTest, ASecondProcessCannotTakeAPlace) {
  Coordinator coordinator = MakeCoordinator(2, 1);
  ASSERT_TRUE(coordinator.Register(MakeRegistration(WORKER, 0)).ok());
  RegisterRequest other = MakeRegistration(WORKER, 0);
  other.set_pid(4711);
  const absl::Status status = coordinator.Register(other).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(status.message()), HasSubstr("worker 0 is process 1000"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("4711"));
}

TEST(CoordinatorTest, AnEmbeddedJobHasNoServersAndNoPartitionMap) {
  Coordinator coordinator = MakeCoordinator(1, 0);
  const RegisterReply reply = *coordinator.Register(MakeRegistration(WORKER, 0));
  EXPECT_TRUE(reply.ready());
  EXPECT_THAT(reply.partition_owner(), IsEmpty());
}

TEST(CoordinatorTest, ImpossibleMessagesAreInvalidAndChangeNothing) {
  Coordinator coordinator = MakeReadyCoordinator(2, 1, /*resume_step=*/5);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  RegisterRequest unknown_role = MakeRegistration(WORKER, 0);
  unknown_role.set_role(static_cast<Role>(7));
  RegisterRequest no_address = MakeRegistration(PARAMETER_SERVER, 0);
  no_address.clear_address();
  ProgressReport bad_interval = MakeProgress(0, 6, 1);
  AddInterval(&bad_interval, 31, 1);
  ProgressReport bad_seconds = MakeProgress(0, 6, 1);
  bad_seconds.set_train_seconds(nan);
  ProgressReport bad_device = MakeProgress(0, 6, 1);
  bad_device.set_device(std::string(513, 'x'));
  ProgressReport bad_hits = MakeProgress(0, 6, 1);
  bad_hits.set_row_cache_hits(1);
  CheckpointReport escaping = MakeCheckpoint(PARAMETER_SERVER, 0, 10);
  escaping.add_files()->set_name("../../etc/passwd");
  CheckpointReport twice = MakeCheckpoint(PARAMETER_SERVER, 0, 10);
  twice.add_files()->set_name("tables-0");

  const std::vector<absl::Status> statuses = {
      coordinator.Register(MakeRegistration(WORKER, 2)).status(),
      coordinator.Register(MakeRegistration(PARAMETER_SERVER, 1)).status(),
      coordinator.Register(MakeRegistration(WORKER, -1)).status(),
      coordinator.Register(unknown_role).status(),
      coordinator.Register(no_address).status(),
      coordinator.ReportProgress(MakeProgress(2, 6, 1)).status(),
      coordinator.ReportProgress(MakeProgress(0, 31, 1)).status(),
      coordinator.ReportProgress(MakeProgress(0, 4, 1)).status(),
      coordinator.ReportProgress(MakeProgress(0, 6, 0)).status(),
      coordinator.ReportProgress(MakeProgress(0, 6, 4)).status(),
      coordinator.ReportProgress(bad_interval).status(),
      coordinator.ReportProgress(bad_seconds).status(),
      coordinator.ReportProgress(bad_device).status(),
      coordinator.ReportProgress(bad_hits).status(),
      coordinator.ReportCheckpoint(MakeCheckpoint(PARAMETER_SERVER, 1, 10)).status(),
      coordinator.ReportCheckpoint(MakeCheckpoint(WORKER, 0, 10)).status(),
      coordinator.ReportCheckpoint(MakeCheckpoint(PARAMETER_SERVER, 0, 5)).status(),
      coordinator.ReportCheckpoint(MakeCheckpoint(PARAMETER_SERVER, 0, 31)).status(),
      coordinator.ReportCheckpoint(escaping).status(),
      coordinator.ReportCheckpoint(twice).status(),
      coordinator.ReportFinished(MakeFinished(WORKER, 2)).status(),
      coordinator.ReportFinished(MakeFinished(WORKER, 0, 31)).status(),
  };
  for (size_t i = 0; i < statuses.size(); ++i) {
    EXPECT_EQ(statuses[i].code(), absl::StatusCode::kInvalidArgument) << i << ": " << statuses[i];
  }
  EXPECT_THAT(coordinator.TakeEvents(), IsEmpty());
  EXPECT_EQ(coordinator.last_step(), 5u);
  EXPECT_THAT(coordinator.devices(), IsEmpty());
}

TEST(CoordinatorTest, ReadsOfRowCachesAreThoseOfAllWorkersSoFar) {
  Coordinator coordinator = MakeReadyCoordinator(2, 1);
  EXPECT_EQ(coordinator.row_cache_reads().reads, 0U);
  for (const auto& [rank, reads, hits] : {std::tuple(0, 10, 4), std::tuple(1, 100, 50), std::tuple(0, 20, 13)}) {
    ProgressReport report = MakeProgress(rank, 5, 1);
    report.set_row_cache_reads(reads);
    report.set_row_cache_hits(hits);
    ASSERT_TRUE(coordinator.ReportProgress(report).ok());
  }
  EXPECT_EQ(coordinator.row_cache_reads().reads, 120U);
  EXPECT_EQ(coordinator.row_cache_reads().hits, 63U);
}

TEST(CoordinatorTest, WorkersSayWhatTheyComputeWith) {
  Coordinator coordinator = MakeReadyCoordinator(2, 1);
  ProgressReport report = MakeProgress(1, 5, 1);
  report.set_device("cuda:1, NVIDIA H100, 00000000:02:00.0");
  ASSERT_TRUE(coordinator.ReportProgress(report).ok());
  EXPECT_THAT(coordinator.devices(), ElementsAre(Pair("worker-1", "cuda:1, NVIDIA H100, 00000000:02:00.0")));
}

TEST(CoordinatorTest, ReportsFromWhoHasNotRegisteredAreRefused) {
  Coordinator coordinator = MakeCoordinator(2, 1);
  EXPECT_EQ(coordinator.ReportProgress(MakeProgress(1, 1, 1)).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(coordinator.ReportFinished(MakeFinished(WORKER, 0)).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(CoordinatorTest, AnIntervalIsRecordedOnceAllWorkersHaveReportedIt) {
  Coordinator coordinator = MakeReadyCoordinator(2, 1);
  ProgressReport first = MakeProgress(0, 5, 1);
  AddInterval(&first, 5, 1.0);
  ProgressReport second = MakeProgress(1, 5, 1);
  AddInterval(&second, 5, 2.0);
  ASSERT_TRUE(coordinator.ReportProgress(second).ok());
  EXPECT_THAT(coordinator.TakeEvents(), IsEmpty());
  ASSERT_TRUE(coordinator.ReportProgress(first).ok());
  const std::vector<IntervalRecord> records = Only<IntervalRecord>(coordinator.TakeEvents());
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].step, 5u);
  EXPECT_EQ(records[0].train.examples(), 8u);
  EXPECT_EQ(records[0].train.loss(), 3.0);
  EXPECT_EQ(records[0].learning_rate, 0.5);
}

TEST(CoordinatorTest, SumsRunInRankOrderWhateverTheOrderOfArrival) {
  // (1e16 + 1) + -1e16 and (1e16 + -1e16) + 1 differ in double.
  const std::vector<double> losses = {1e16, 1.0, -1e16};
  std::vector<int> order = {0, 1, 2};
  do {
    Coordinator coordinator = MakeReadyCoordinator(3, 1);
    for (const int rank : order) ASSERT_TRUE(coordinator.ReportProgress(MakeEpochEnd(rank, 1, losses[rank])).ok());
    const std::vector<EpochRecord> records = Only<EpochRecord>(coordinator.TakeEvents());
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].train.loss(), (1e16 + 1.0) + -1e16);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(CoordinatorTest, AnEpochsTimeIsThatOfTheSlowestWorker) {
  Coordinator coordinator = MakeReadyCoordinator(2, 1);
  ASSERT_TRUE(coordinator.ReportProgress(MakeEpochEnd(0, 2, 1)).ok());
  ASSERT_TRUE(coordinator.ReportProgress(MakeEpochEnd(1, 2, 3)).ok());
  const std::vector<EpochRecord> records = Only<EpochRecord>(coordinator.TakeEvents());
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].epoch, 2u);
  EXPECT_EQ(records[0].step, 20u);
  EXPECT_EQ(records[0].train.examples(), 20u);
  EXPECT_EQ(records[0].validation.loss(), 2.0);
  EXPECT_EQ(records[0].train_seconds, 2.0);
  EXPECT_EQ(records[0].validation_seconds, 0.5);
}

TEST(CoordinatorTest, TheSlowestWorkerSetsTheProgress) {
  Coordinator coordinator = MakeReadyCoordinator(2, 1);
  ProgressReport slow = MakeProgress(0, 9, 1);
  *slow.mutable_epoch_train() = MakeSums(9, 1);
  ProgressReport fast = MakeProgress(1, 11, 2);
  *fast.mutable_epoch_train() = MakeSums(1, 1);
  ASSERT_TRUE(coordinator.ReportProgress(slow).ok());
  ASSERT_TRUE(coordinator.ReportProgress(fast).ok());
  // Late: worker 1 was at step 8 before.
  ASSERT_TRUE(coordinator.ReportProgress(MakeProgress(1, 8, 1)).ok());
  const ProgressSnapshot progress = coordinator.Progress();
  EXPECT_EQ(progress.step, 9u);
  EXPECT_EQ(progress.epoch, 1u);
  EXPECT_EQ(progress.epoch_train.examples(), 9u);
}

TEST(CoordinatorTest, ACheckpointIsCompleteOnceAllServersHaveReported) {
  Coordinator coordinator = MakeReadyCoordinator(1, 3);
  for (const int index : {2, 0, 0}) {
    EXPECT_FALSE(coordinator.ReportCheckpoint(MakeCheckpoint(PARAMETER_SERVER, index, 10))->published());
  }
  EXPECT_THAT(coordinator.TakeEvents(), IsEmpty());
  EXPECT_FALSE(coordinator.ReportCheckpoint(MakeCheckpoint(PARAMETER_SERVER, 1, 10))->published());
  const std::vector<CheckpointComplete> complete = Only<CheckpointComplete>(coordinator.TakeEvents());
  ASSERT_EQ(complete.size(), 1u);
  EXPECT_EQ(complete[0].step, 10u);
  ASSERT_EQ(complete[0].files.size(), 3u);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(complete[0].files[i].name(), absl::StrCat("tables-", i));

  coordinator.CheckpointPublished(10);
  EXPECT_TRUE(coordinator.ReportCheckpoint(MakeCheckpoint(PARAMETER_SERVER, 1, 10))->published());
  EXPECT_THAT(coordinator.TakeEvents(), IsEmpty());
}

TEST(CoordinatorTest, TheWorkerOfAnEmbeddedJobHoldsTheCheckpoint) {
  Coordinator coordinator = MakeReadyCoordinator(1, 0);
  ASSERT_TRUE(coordinator.ReportCheckpoint(MakeCheckpoint(WORKER, 0, 10)).ok());
  EXPECT_EQ(Only<CheckpointComplete>(coordinator.TakeEvents()).size(), 1u);
}

// Names of the files of the only complete checkpoint; none where there is not exactly one.
std::vector<std::string> CompleteFiles(Coordinator& coordinator) {
  std::vector<std::string> names;
  const std::vector<CheckpointComplete> complete = Only<CheckpointComplete>(coordinator.TakeEvents());
  if (complete.size() != 1) return names;
  for (const CheckpointFile& file : complete[0].files) names.push_back(file.name());
  return names;
}

TEST(CoordinatorTest, ACheckpointWithDenseParametersWaitsForAllParts) {
  std::vector<CheckpointReport> parts = {MakeCheckpoint(PARAMETER_SERVER, 0, 10),
                                         MakeCheckpoint(PARAMETER_SERVER, 1, 10), MakeDenseCheckpoint(10)};
  std::vector<int> order = {0, 1, 2};
  do {
    Coordinator coordinator = MakeReadyCoordinator(2, 2, 0, /*dense=*/true);
    for (const int part : {order[0], order[1], order[0], order[1]}) {
      ASSERT_TRUE(coordinator.ReportCheckpoint(parts[part]).ok());
      ASSERT_THAT(coordinator.TakeEvents(), IsEmpty());
    }
    ASSERT_TRUE(coordinator.ReportCheckpoint(parts[order[2]]).ok());
    EXPECT_THAT(CompleteFiles(coordinator), ElementsAre("tables-0", "tables-1", "dense.safetensors"));
    coordinator.CheckpointPublished(10);
    for (const CheckpointReport& late : parts) EXPECT_TRUE(coordinator.ReportCheckpoint(late)->published());
    EXPECT_THAT(coordinator.TakeEvents(), IsEmpty());
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(CoordinatorTest, AnEmbeddedWorkerReportsBothParts) {
  for (const bool dense_first : {false, true}) {
    Coordinator coordinator = MakeReadyCoordinator(1, 0, 0, /*dense=*/true);
    const CheckpointReport tables = MakeCheckpoint(WORKER, 0, 10);
    const CheckpointReport dense = MakeDenseCheckpoint(10);
    ASSERT_TRUE(coordinator.ReportCheckpoint(dense_first ? dense : tables).ok());
    EXPECT_THAT(coordinator.TakeEvents(), IsEmpty());
    ASSERT_TRUE(coordinator.ReportCheckpoint(dense_first ? tables : dense).ok());
    EXPECT_THAT(CompleteFiles(coordinator), ElementsAre("tables-0", "dense.safetensors"));
  }
}

TEST(CoordinatorTest, DenseParametersComeFromWorker0OfAJobThatHasThem) {
  Coordinator none = MakeReadyCoordinator(2, 1);
  EXPECT_THAT(std::string(none.ReportCheckpoint(MakeDenseCheckpoint(10)).status().message()),
              HasSubstr("worker 0 reports dense parameters: the job has none"));
  Coordinator coordinator = MakeReadyCoordinator(2, 1, /*resume_step=*/5, /*dense=*/true);
  CheckpointReport server = MakeDenseCheckpoint(10);
  server.set_role(PARAMETER_SERVER);
  CheckpointReport unknown = MakeDenseCheckpoint(10);
  unknown.set_part(static_cast<CheckpointPart>(7));
  for (const CheckpointReport& report : {MakeDenseCheckpoint(10, /*rank=*/1), server, unknown, MakeDenseCheckpoint(5),
                                         MakeDenseCheckpoint(31), MakeCheckpoint(WORKER, 0, 10)}) {
    const absl::Status status = coordinator.ReportCheckpoint(report).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << report.ShortDebugString();
  }
  EXPECT_THAT(coordinator.TakeEvents(), IsEmpty());
}

TEST(CoordinatorTest, DenseParametersThatCannotBeWrittenFailTheCheckpoint) {
  Coordinator coordinator = MakeReadyCoordinator(1, 1, 0, /*dense=*/true);
  CheckpointReport failed = MakeDenseCheckpoint(10);
  failed.clear_files();
  failed.set_error("No space left on device");
  ASSERT_TRUE(coordinator.ReportCheckpoint(failed).ok());
  ASSERT_TRUE(coordinator.ReportCheckpoint(MakeCheckpoint(PARAMETER_SERVER, 0, 10)).ok());
  const std::vector<CheckpointFailed> failures = Only<CheckpointFailed>(coordinator.TakeEvents());
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].holder, (ProcessId{WORKER, 0}));
}

TEST(CoordinatorTest, Worker0HasNotFinishedBeforeItsDenseParametersAreReported) {
  Coordinator coordinator = MakeReadyCoordinator(2, 1, /*resume_step=*/10, /*dense=*/true);
  ASSERT_TRUE(coordinator.ReportCheckpoint(MakeDenseCheckpoint(20)).ok());
  EXPECT_FALSE(coordinator.ReportFinished(MakeFinished(WORKER, 0, 30))->may_exit());
  EXPECT_FALSE(coordinator.HasFinished({WORKER, 0}));
  EXPECT_TRUE(coordinator.ReportFinished(MakeFinished(WORKER, 1, 30))->may_exit()) << "others hold nothing";
  ASSERT_TRUE(coordinator.ReportCheckpoint(MakeDenseCheckpoint(30)).ok());
  EXPECT_TRUE(coordinator.ReportFinished(MakeFinished(WORKER, 0, 30))->may_exit());
  EXPECT_FALSE(coordinator.ReportFinished(MakeFinished(PARAMETER_SERVER, 0))->may_exit());
  ASSERT_TRUE(coordinator.ReportCheckpoint(MakeCheckpoint(PARAMETER_SERVER, 0, 30)).ok());
  EXPECT_THAT(CompleteFiles(coordinator), ElementsAre("tables-0", "dense.safetensors"));
  coordinator.CheckpointPublished(30);
  // Late, when the parts are forgotten.
  EXPECT_TRUE(coordinator.ReportFinished(MakeFinished(WORKER, 0, 30))->may_exit());
  EXPECT_TRUE(coordinator.ReportFinished(MakeFinished(PARAMETER_SERVER, 0))->may_exit());
}

TEST(CoordinatorTest, AWorkerThatStopsWhereItStartedHasNothingToSave) {
  Coordinator coordinator = MakeReadyCoordinator(1, 0, /*resume_step=*/10, /*dense=*/true);
  EXPECT_TRUE(coordinator.ReportFinished(MakeFinished(WORKER, 0, 10))->may_exit());
}

TEST(CoordinatorTest, AFailedPartFailsTheCheckpointAndNamesItsHolder) {
  Coordinator coordinator = MakeReadyCoordinator(1, 2);
  CheckpointReport failed = MakeCheckpoint(PARAMETER_SERVER, 1, 10);
  failed.clear_files();
  failed.set_error("No space left on device");
  ASSERT_TRUE(coordinator.ReportCheckpoint(failed).ok());
  ASSERT_TRUE(coordinator.ReportCheckpoint(failed).ok());
  ASSERT_TRUE(coordinator.ReportCheckpoint(MakeCheckpoint(PARAMETER_SERVER, 0, 10)).ok());
  const std::vector<CoordinatorEvent> events = coordinator.TakeEvents();
  const std::vector<CheckpointFailed> failures = Only<CheckpointFailed>(events);
  EXPECT_EQ(events.size(), 1u);
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].holder, (ProcessId{PARAMETER_SERVER, 1}));
  EXPECT_EQ(failures[0].error, "No space left on device");
}

TEST(CoordinatorTest, AReportOfNothingIsAFailure) {
  Coordinator coordinator = MakeReadyCoordinator(1, 1, 0, /*dense=*/true);
  CheckpointReport tables = MakeCheckpoint(PARAMETER_SERVER, 0, 10);
  tables.clear_files();
  CheckpointReport dense = MakeDenseCheckpoint(20);
  dense.clear_files();
  for (const CheckpointReport& report : {tables, dense}) {
    ASSERT_TRUE(coordinator.ReportCheckpoint(report).ok());
    const std::vector<CheckpointFailed> failures = Only<CheckpointFailed>(coordinator.TakeEvents());
    ASSERT_EQ(failures.size(), 1u);
    EXPECT_EQ(failures[0].error, "failed without a message");
  }
}

TEST(CoordinatorTest, AHolderWithoutTablesHasNoFiles) {
  Coordinator::Options options;
  options.job = MakeTestJob(1, 0);
  GiveDenseParameters(&options.job);
  options.job.mutable_job()->clear_tables();
  Coordinator coordinator(options);
  ASSERT_TRUE(coordinator.Register(MakeRegistration(WORKER, 0)).ok());
  CheckpointReport tables = MakeCheckpoint(WORKER, 0, 10);
  tables.clear_files();
  ASSERT_TRUE(coordinator.ReportCheckpoint(tables).ok());
  ASSERT_TRUE(coordinator.ReportCheckpoint(MakeDenseCheckpoint(10)).ok());
  EXPECT_THAT(CompleteFiles(coordinator), ElementsAre("dense.safetensors"));
}

TEST(CoordinatorTest, AStopRequestReachesEveryWorker) {
  Coordinator coordinator = MakeReadyCoordinator(2, 1);
  EXPECT_FALSE(coordinator.ReportProgress(MakeProgress(0, 1, 1))->stop_requested());
  coordinator.RequestStop();
  for (const int rank : {0, 1, 0}) {
    EXPECT_TRUE(coordinator.ReportProgress(MakeProgress(rank, 2, 1))->stop_requested());
  }
}

TEST(CoordinatorTest, ServersMayExitOnceAllWorkersHaveFinishedAndTheLastStepIsSaved) {
  Coordinator coordinator = MakeReadyCoordinator(2, 1);
  coordinator.CheckpointPublished(20);
  EXPECT_TRUE(coordinator.ReportFinished(MakeFinished(WORKER, 1, 30))->may_exit());
  EXPECT_FALSE(coordinator.ReportFinished(MakeFinished(PARAMETER_SERVER, 0))->may_exit());
  // The same worker twice does not stand for the other one.
  EXPECT_TRUE(coordinator.ReportFinished(MakeFinished(WORKER, 1, 30))->may_exit());
  coordinator.CheckpointPublished(30);
  EXPECT_FALSE(coordinator.ReportFinished(MakeFinished(PARAMETER_SERVER, 0))->may_exit());
  EXPECT_FALSE(coordinator.HasFinished({PARAMETER_SERVER, 0}));
  EXPECT_TRUE(coordinator.ReportFinished(MakeFinished(WORKER, 0, 30))->may_exit());
  EXPECT_TRUE(coordinator.ReportFinished(MakeFinished(PARAMETER_SERVER, 0))->may_exit());
  EXPECT_TRUE(coordinator.HasFinished({PARAMETER_SERVER, 0}));
  EXPECT_EQ(coordinator.peak_memory_bytes().at("worker-1"), 101u);
}

TEST(CoordinatorTest, ServersWaitForTheCheckpointOfTheLastStep) {
  Coordinator coordinator = MakeReadyCoordinator(1, 1);
  coordinator.CheckpointPublished(20);
  ASSERT_TRUE(coordinator.ReportFinished(MakeFinished(WORKER, 0, 30)).ok());
  EXPECT_FALSE(coordinator.ReportFinished(MakeFinished(PARAMETER_SERVER, 0))->may_exit());
  coordinator.CheckpointPublished(30);
  EXPECT_TRUE(coordinator.ReportFinished(MakeFinished(PARAMETER_SERVER, 0))->may_exit());
}

// What a run leaves behind, without the order of arrival.
struct Outcome {
  std::vector<std::string> intervals;
  std::vector<std::string> epochs;
  std::vector<std::string> checkpoints;
  friend bool operator==(const Outcome& a, const Outcome& b) {
    return a.intervals == b.intervals && a.epochs == b.epochs && a.checkpoints == b.checkpoints;
  }
};

Outcome OutcomeOf(const std::vector<CoordinatorEvent>& events) {
  Outcome outcome;
  for (const IntervalRecord& record : Only<IntervalRecord>(events)) {
    outcome.intervals.push_back(absl::StrCat(record.step, " ", record.epoch, " ", record.train.SerializeAsString()));
  }
  for (const EpochRecord& record : Only<EpochRecord>(events)) {
    outcome.epochs.push_back(absl::StrCat(record.epoch, " ", record.train.SerializeAsString(), " ",
                                          record.validation.SerializeAsString(), " ", record.train_seconds));
  }
  for (const CheckpointComplete& complete : Only<CheckpointComplete>(events)) {
    outcome.checkpoints.push_back(absl::StrCat(complete.step));
    for (const CheckpointFile& file : complete.files) outcome.checkpoints.back() += " " + file.name();
  }
  std::sort(outcome.intervals.begin(), outcome.intervals.end());
  std::sort(outcome.epochs.begin(), outcome.epochs.end());
  std::sort(outcome.checkpoints.begin(), outcome.checkpoints.end());
  return outcome;
}

using Message = std::function<void(Coordinator&)>;

// All messages of a run of 3 workers and 2 servers, with dense parameters, after registration.
std::vector<Message> MessagesOfARun() {
  std::vector<Message> messages;
  for (int rank = 0; rank < 3; ++rank) {
    for (uint64_t step = 5; step <= 30; step += 5) {
      ProgressReport report = step % 10 == 0 ? MakeEpochEnd(rank, step / 10, 0.1 * (rank + 1) * step)
                                             : MakeProgress(rank, step, step / 10 + 1);
      AddInterval(&report, step, 0.1 * (rank + 1) + step);
      messages.push_back([=](Coordinator& c) { EXPECT_TRUE(c.ReportProgress(report).ok()); });
    }
    messages.push_back([=](Coordinator& c) { EXPECT_TRUE(c.ReportFinished(MakeFinished(WORKER, rank, 30)).ok()); });
  }
  for (int index = 0; index < 2; ++index) {
    for (uint64_t step = 10; step <= 30; step += 10) {
      messages.push_back(
          [=](Coordinator& c) { EXPECT_TRUE(c.ReportCheckpoint(MakeCheckpoint(PARAMETER_SERVER, index, step)).ok()); });
    }
  }
  for (uint64_t step = 10; step <= 30; step += 10) {
    messages.push_back([=](Coordinator& c) { EXPECT_TRUE(c.ReportCheckpoint(MakeDenseCheckpoint(step)).ok()); });
  }
  return messages;
}

TEST(CoordinatorTest, DuplicatedAndShuffledMessagesGiveTheSameOutcome) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  const std::vector<Message> messages = MessagesOfARun();
  Coordinator undisturbed = MakeReadyCoordinator(3, 2, 0, /*dense=*/true);
  for (const Message& message : messages) message(undisturbed);
  const Outcome expected = OutcomeOf(undisturbed.TakeEvents());
  ASSERT_EQ(expected.intervals.size(), 6u);
  ASSERT_EQ(expected.epochs.size(), 3u);
  ASSERT_EQ(expected.checkpoints.size(), 3u);

  for (int round = 0; round < 200; ++round) {
    std::vector<Message> disturbed = messages;
    for (const Message& message : messages) {
      if (random() % 2 == 0) disturbed.push_back(message);
    }
    std::shuffle(disturbed.begin(), disturbed.end(), random);
    Coordinator coordinator = MakeReadyCoordinator(3, 2, 0, /*dense=*/true);
    for (const Message& message : disturbed) message(coordinator);
    ASSERT_EQ(OutcomeOf(coordinator.TakeEvents()), expected) << "round " << round;
    EXPECT_EQ(coordinator.Progress().step, 30u);
    coordinator.CheckpointPublished(30);
    // A worker repeats what may have come before its part of the checkpoint.
    EXPECT_TRUE(coordinator.ReportFinished(MakeFinished(WORKER, 0, 30))->may_exit());
    EXPECT_TRUE(coordinator.ReportFinished(MakeFinished(PARAMETER_SERVER, 0))->may_exit());
  }
}

}  // namespace
}  // namespace shoal
