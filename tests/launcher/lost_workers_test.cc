// What the coordinator makes of workers that are lost: their group is formed anew and goes on where it was.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "launcher/coordinator.h"
#include "tests/launcher/coordinator_messages.h"
#include "tests/launcher/test_job.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Of the process that MakeRegistration names, and of the one that takes its place.
int64_t FirstPid(int rank) { return MakeRegistration(WORKER, rank).pid(); }
int64_t SecondPid(int rank) { return FirstPid(rank) + 1000; }

constexpr auto kNone = absl::nullopt;

struct Registering {
  int rank = 0;
  uint32_t incarnation = 0;  // That it joins.
  absl::optional<uint64_t> step = absl::nullopt;
  uint32_t left = 0;
  bool is_second = false;  // Another process than the first.
};

absl::StatusOr<RegisterReply> Register(Coordinator* coordinator, const Registering& registering) {
  RegisterRequest request = MakeRegistration(WORKER, registering.rank);
  if (registering.is_second) request.set_pid(SecondPid(registering.rank));
  request.set_incarnation(registering.incarnation);
  if (registering.left > 0) request.set_left_incarnation(registering.left);
  if (registering.step.has_value()) request.set_step(*registering.step);
  return coordinator->Register(request);
}

bool IsCurrent(Coordinator* coordinator, int rank, uint32_t incarnation) {
  GroupRequest request;
  request.set_worker_rank(rank);
  request.set_incarnation(incarnation);
  return coordinator->CheckGroup(request).value().is_current();
}

FinishedReport FinishedUnder(uint32_t incarnation, int rank, uint64_t step = 30) {
  FinishedReport report = MakeFinished(WORKER, rank, step);
  report.set_incarnation(incarnation);
  return report;
}

// Two workers and a server that train under incarnation 1.
struct Cluster {
  explicit Cluster(bool dense = false, int max_restarts = 3)
      : coordinator(MakeCoordinator(2, 1, /*resume_step=*/0, dense, max_restarts)) {
    RegisterAll(&coordinator, 2, 1);
  }

  void Lose(int rank) { coordinator.LoseWorker(rank, FirstPid(rank)); }
  // Worker 1 is lost, and both come together under incarnation 2. Returns what worker 0 is told.
  RegisterReply ReplaceWorker1(absl::optional<uint64_t> step0, absl::optional<uint64_t> step1) {
    Lose(1);
    EXPECT_TRUE(Register(&coordinator, {1, 2, step1, 0, /*is_second=*/true}).ok());
    return Register(&coordinator, {0, 2, step0}).value();
  }

  Coordinator coordinator;
};

TEST(LostWorkersTest, AllWorkersJoinTheNextIncarnationByItsNumber) {
  Cluster cluster;
  Coordinator& coordinator = cluster.coordinator;
  cluster.Lose(1);
  EXPECT_FALSE(coordinator.ready());
  EXPECT_THAT(coordinator.MissingProcesses(), ElementsAre(ProcessId{WORKER, 1}));

  for (const Registering& asks : {Registering{0, 1, 5, /*left=*/1}, {1, 0, kNone, 0, /*is_second=*/true}}) {
    const absl::StatusOr<RegisterReply> reply = Register(&coordinator, asks);
    ASSERT_TRUE(reply.ok()) << reply.status();
    EXPECT_FALSE(reply->ready());
    EXPECT_EQ(reply->incarnation(), 2u);
    EXPECT_FALSE(reply->has_rejoin());
    EXPECT_EQ(reply->job().total_steps(), 30u) << "what a worker needs to join the servers";
    EXPECT_EQ(reply->parameter_server_addresses_size(), 1);
  }
  EXPECT_THAT(coordinator.MissingProcesses(), IsEmpty()) << "they are there, but have not joined";

  const absl::StatusOr<RegisterReply> waits = Register(&coordinator, {0, 2, 5});
  ASSERT_TRUE(waits.ok()) << waits.status();
  EXPECT_FALSE(waits->ready());
  EXPECT_EQ(waits->incarnation(), 2u);
  EXPECT_FALSE(waits->has_job()) << "which it has been told";
  const absl::StatusOr<RegisterReply> last = Register(&coordinator, {1, 2, 4, 0, /*is_second=*/true});
  ASSERT_TRUE(last.ok()) << last.status();
  EXPECT_TRUE(last->ready());
  EXPECT_EQ(last->incarnation(), 2u);
  EXPECT_TRUE(coordinator.ready());
  EXPECT_EQ(Register(&coordinator, {0, 2, 5})->SerializeAsString(), last->SerializeAsString());
}

TEST(LostWorkersTest, AWorkerThatMissesAnotherFormsTheGroupAnewThoughNobodyIsLost) {
  Cluster cluster;
  EXPECT_TRUE(IsCurrent(&cluster.coordinator, 1, 1));
  EXPECT_EQ(Register(&cluster.coordinator, {0, 1, 5, /*left=*/1})->incarnation(), 2u);
  EXPECT_FALSE(IsCurrent(&cluster.coordinator, 1, 1)) << "by which the other one learns of it";
  EXPECT_TRUE(IsCurrent(&cluster.coordinator, 1, 2));
  EXPECT_FALSE(Register(&cluster.coordinator, {0, 2, 5})->ready());
  EXPECT_TRUE(Register(&cluster.coordinator, {1, 2, 6})->ready());
}

TEST(LostWorkersTest, MessagesThatComeLateChangeNothing) {
  Cluster cluster;
  Coordinator& coordinator = cluster.coordinator;
  const RegisterReply current = cluster.ReplaceWorker1(5, 4);
  ASSERT_TRUE(current.ready());
  for (const Registering& late : {Registering{0}, {0, 1, 9}, {0, 1, 9, /*left=*/1}, {0, 2, 9, /*left=*/1}}) {
    const absl::StatusOr<RegisterReply> reply = Register(&coordinator, late);
    ASSERT_TRUE(reply.ok()) << reply.status();
    EXPECT_EQ(reply->SerializeAsString(), current.SerializeAsString());
  }
  EXPECT_TRUE(absl::IsFailedPrecondition(Register(&coordinator, {1, 2, 9}).status())) << "of the process that was lost";
  EXPECT_TRUE(coordinator.ready());
  EXPECT_TRUE(IsCurrent(&coordinator, 0, 2));
}

TEST(LostWorkersTest, StrangersLearnNothingOfTheGroup) {
  Cluster cluster;
  GroupRequest request;
  request.set_worker_rank(2);
  EXPECT_TRUE(absl::IsInvalidArgument(cluster.coordinator.CheckGroup(request).status()));
  cluster.Lose(1);
  request.set_worker_rank(1);
  EXPECT_TRUE(absl::IsFailedPrecondition(cluster.coordinator.CheckGroup(request).status()));
}

// ---- Where they go on ----------------------------------------------------------------------------------------------

TEST(LostWorkersTest, TheyGoOnBehindTheHighestStepThatAWorkerKnows) {
  for (const bool dense : {false, true}) {
    RejoinPoint point = Cluster(dense).ReplaceWorker1(5, 6).rejoin();
    EXPECT_EQ(point.step(), 6u);
    EXPECT_EQ(point.dense_source(), 1u);
    point = Cluster(dense).ReplaceWorker1(7, kNone).rejoin();
    EXPECT_EQ(point.step(), 7u);
    EXPECT_EQ(point.dense_source(), 0u);
  }
}

TEST(LostWorkersTest, EachTimeTheyGoOnWhereThatGroupIs) {
  Cluster cluster(/*dense=*/true);
  ASSERT_TRUE(cluster.coordinator.ReportCheckpoint(MakeDenseCheckpoint(10)).ok());
  ASSERT_EQ(cluster.ReplaceWorker1(10, kNone).rejoin().dense_saved_step(), 10u);
  const RegisterReply between = Register(&cluster.coordinator, {1, 2, 12, /*left=*/2, /*is_second=*/true}).value();
  EXPECT_EQ(between.incarnation(), 3u);
  EXPECT_FALSE(between.has_rejoin());
  ASSERT_TRUE(Register(&cluster.coordinator, {0, 3, 11}).ok());
  const RejoinPoint point = Register(&cluster.coordinator, {1, 3, 12, 0, /*is_second=*/true})->rejoin();
  EXPECT_EQ(point.step(), 12u);
  EXPECT_EQ(point.dense_source(), 1u);
  EXPECT_EQ(point.dense_saved_step(), 10u);
}

TEST(LostWorkersTest, WhatIsReportedSinceDoesNotChangeWhereTheyGoOn) {
  Cluster cluster(/*dense=*/true);
  const RegisterReply first = cluster.ReplaceWorker1(10, kNone);
  for (const int rank : {0, 1}) ASSERT_TRUE(cluster.coordinator.ReportProgress(MakeEpochEnd(rank, 1, 1)).ok());
  ASSERT_TRUE(cluster.coordinator.ReportCheckpoint(MakeDenseCheckpoint(10)).ok());
  const RegisterReply late = Register(&cluster.coordinator, {1, 2, kNone, 0, /*is_second=*/true}).value();
  EXPECT_EQ(late.SerializeAsString(), first.SerializeAsString()) << "all workers do the same";
}

TEST(LostWorkersTest, AnEpochThatNotAllHaveReportedIsOwed) {
  struct {
    std::vector<int> reporters;
    uint64_t step;
    bool is_reported;
  } const cases[] = {{{0, 1}, 10, true}, {{0}, 10, false}, {{}, 10, false}, {{0, 1}, 11, false}, {{0, 1}, 20, false}};
  for (const auto& test : cases) {
    Cluster cluster;
    for (const int rank : test.reporters) {
      ASSERT_TRUE(cluster.coordinator.ReportProgress(MakeEpochEnd(rank, 1, 1)).ok());
    }
    const RejoinPoint point = cluster.ReplaceWorker1(test.step, 3).rejoin();
    EXPECT_EQ(point.epoch_reported(), test.is_reported) << test.reporters.size() << " reports, step " << test.step;
  }
}

TEST(LostWorkersTest, TheyKnowWhichDenseParametersHaveBeenSaved) {
  Cluster cluster(/*dense=*/true);
  ASSERT_TRUE(cluster.coordinator.ReportCheckpoint(MakeDenseCheckpoint(20)).ok());
  ASSERT_TRUE(cluster.coordinator.ReportCheckpoint(MakeDenseCheckpoint(10)).ok());
  ASSERT_TRUE(cluster.coordinator.ReportCheckpoint(MakeCheckpoint(PARAMETER_SERVER, 0, 30)).ok());
  EXPECT_EQ(cluster.ReplaceWorker1(19, kNone).rejoin().dense_saved_step(), 20u) << "though others know less";
}

TEST(LostWorkersTest, AStepThatTheRunDoesNotHaveIsRefused) {
  Cluster cluster;
  EXPECT_TRUE(absl::IsInvalidArgument(Register(&cluster.coordinator, {0, 1, 31}).status()));
  Coordinator resumed = MakeCoordinator(2, 1, /*resume_step=*/10, /*dense=*/false, /*max_restarts=*/3);
  EXPECT_TRUE(absl::IsInvalidArgument(Register(&resumed, {0, 1, 9}).status()));
}

TEST(LostWorkersTest, IntervalsThatTheLostOneOwesAreRecordedWithoutIt) {
  Cluster cluster;
  ProgressReport report = MakeProgress(0, 10, 1);
  AddInterval(&report, 5, 1);
  AddInterval(&report, 10, 1);
  ASSERT_TRUE(cluster.coordinator.ReportProgress(report).ok());
  cluster.Lose(1);
  EXPECT_THAT(cluster.coordinator.TakeEvents(), IsEmpty());
  ASSERT_TRUE(Register(&cluster.coordinator, {0, 2, 7}).ok());
  ASSERT_TRUE(Register(&cluster.coordinator, {1, 2, 7, 0, /*is_second=*/true}).ok());
  const std::vector<IntervalRecord> records = Only<IntervalRecord>(cluster.coordinator.TakeEvents());
  ASSERT_EQ(records.size(), 1u) << "the one up to step 10 comes again";
  EXPECT_EQ(records[0].step, 5u);
}

TEST(LostWorkersTest, NobodyGoesOnWithoutDenseParameters) {
  Cluster cluster(/*dense=*/true);
  cluster.Lose(0);
  cluster.Lose(1);
  EXPECT_TRUE(Register(&cluster.coordinator, {0, 2, kNone, 0, /*is_second=*/true}).ok());
  for (int time = 0; time < 2; ++time) {
    const absl::Status status = Register(&cluster.coordinator, {1, 2, kNone, 0, /*is_second=*/true}).status();
    EXPECT_EQ(status, absl::FailedPreconditionError("no worker is left that holds the dense parameters"));
  }
  EXPECT_FALSE(cluster.coordinator.CanReplace(1)) << "nor would it help that others try it again";
}

// ---- How often -----------------------------------------------------------------------------------------------------

TEST(LostWorkersTest, WorkersMayMissEachOtherAsOftenAsWorkersMayBeLost) {
  for (const uint32_t max_restarts : {0u, 2u}) {
    Cluster cluster(/*dense=*/false, static_cast<int>(max_restarts));
    for (uint32_t incarnation = 1; incarnation <= max_restarts; ++incarnation) {
      ASSERT_TRUE(Register(&cluster.coordinator, {1, incarnation, 5, /*left=*/incarnation}).ok());
      for (const int rank : {0, 1}) ASSERT_TRUE(Register(&cluster.coordinator, {rank, incarnation + 1, 5}).ok());
      ASSERT_TRUE(cluster.coordinator.ready());
    }
    const uint32_t last = max_restarts + 1;
    const absl::Status status = Register(&cluster.coordinator, {1, last, 5, /*left=*/last}).status();
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_THAT(std::string(status.message()),
                HasSubstr(absl::StrCat("worker 1 cannot go on without the others: they have come together anew ",
                                       max_restarts, " times (cluster.max_restarts)")));
    EXPECT_TRUE(IsCurrent(&cluster.coordinator, 0, last));
  }
}

TEST(LostWorkersTest, WhoNoticesALossOfWhichTheLauncherKnowsCountsNothing) {
  Cluster cluster(/*dense=*/false, /*max_restarts=*/1);
  cluster.Lose(1);
  EXPECT_EQ(Register(&cluster.coordinator, {0, 1, 5, /*left=*/1})->incarnation(), 2u);
  EXPECT_EQ(cluster.coordinator.restarts(), 1);
}

TEST(LostWorkersTest, ALossOfWhichTheLauncherLearnsLaterCountsNothingMore) {
  Cluster cluster(/*dense=*/false, /*max_restarts=*/1);
  ASSERT_TRUE(Register(&cluster.coordinator, {0, 1, 5, /*left=*/1}).ok());
  ASSERT_TRUE(Register(&cluster.coordinator, {0, 2, 5}).ok());
  EXPECT_FALSE(cluster.coordinator.CanReplace(0)) << "it has joined: the others did not leave because of it";
  ASSERT_TRUE(cluster.coordinator.CanReplace(1));
  cluster.Lose(1);
  EXPECT_EQ(cluster.coordinator.restarts(), 1);
  EXPECT_FALSE(cluster.coordinator.CanReplace(0));
  EXPECT_TRUE(IsCurrent(&cluster.coordinator, 0, 2)) << "worker 0 need not join again";
  EXPECT_TRUE(Register(&cluster.coordinator, {1, 2, 5, 0, /*is_second=*/true})->ready());
}

TEST(LostWorkersTest, AnotherLossLeavesTheMissedOneWithoutCost) {
  Coordinator coordinator = MakeCoordinator(3, 1, 0, /*dense=*/false, /*max_restarts=*/2);
  RegisterAll(&coordinator, 3, 1);
  ASSERT_TRUE(Register(&coordinator, {1, 1, 5, /*left=*/1}).ok());
  for (const int rank : {1, 2}) ASSERT_TRUE(Register(&coordinator, {rank, 2, 5}).ok());
  coordinator.LoseWorker(1, FirstPid(1));
  EXPECT_EQ(coordinator.restarts(), 2);
  ASSERT_TRUE(coordinator.CanReplace(0)) << "the others have left because of it";
  coordinator.LoseWorker(0, FirstPid(0));
  EXPECT_EQ(coordinator.restarts(), 2);
}

TEST(LostWorkersTest, WhoDoesNotComeBackIsAbsentAndWhoIsStartedAnewIsNot) {
  Cluster cluster;
  Coordinator& coordinator = cluster.coordinator;
  EXPECT_THAT(coordinator.AbsentWorkers(), IsEmpty());
  cluster.Lose(1);
  EXPECT_THAT(coordinator.AbsentWorkers(), ElementsAre(0));
  ASSERT_TRUE(Register(&coordinator, {1, 0, kNone, 0, /*is_second=*/true}).ok());
  ASSERT_TRUE(Register(&coordinator, {0, 2, 5}).ok());
  EXPECT_THAT(coordinator.AbsentWorkers(), IsEmpty()) << "worker 1 reads its data";
  ASSERT_TRUE(Register(&coordinator, {1, 2, 5, 0, /*is_second=*/true})->ready());
  ASSERT_TRUE(Register(&coordinator, {0, 2, 5, /*left=*/2}).ok());
  EXPECT_EQ(coordinator.incarnation(), 3u);
  EXPECT_THAT(coordinator.AbsentWorkers(), ElementsAre(0, 1));
}

TEST(LostWorkersTest, AWorkerIsReplacedWhereTheJobCanGoOnWithoutIt) {
  Coordinator embedded = MakeCoordinator(1, 0, 0, /*dense=*/false, /*max_restarts=*/3);
  RegisterAll(&embedded, 1, 0);
  EXPECT_FALSE(embedded.CanReplace(0)) << "it holds the tables";

  Coordinator early = MakeCoordinator(2, 1, 0, /*dense=*/false, /*max_restarts=*/3);
  ASSERT_TRUE(early.Register(MakeRegistration(WORKER, 0)).ok());
  ASSERT_TRUE(early.Register(MakeRegistration(WORKER, 1)).ok());
  EXPECT_FALSE(early.CanReplace(0)) << "not all have been there";

  for (const bool dense : {false, true}) {
    Coordinator only = MakeCoordinator(1, 1, 0, dense, /*max_restarts=*/3);
    RegisterAll(&only, 1, 1);
    EXPECT_EQ(only.CanReplace(0), !dense);

    Cluster cluster(dense);
    EXPECT_TRUE(cluster.coordinator.CanReplace(0));
    EXPECT_TRUE(cluster.coordinator.CanReplace(1));
    cluster.Lose(1);
    EXPECT_EQ(cluster.coordinator.CanReplace(0), !dense);
  }

  Coordinator three = MakeCoordinator(3, 1, 0, /*dense=*/true, /*max_restarts=*/3);
  RegisterAll(&three, 3, 1);
  three.LoseWorker(2, FirstPid(2));
  EXPECT_TRUE(three.CanReplace(1)) << "worker 0 is there and may hold the dense parameters";

  Cluster finished;
  for (const int rank : {0, 1}) {
    EXPECT_TRUE(finished.coordinator.CanReplace(rank));
    ASSERT_TRUE(finished.coordinator.ReportFinished(FinishedUnder(1, rank)).ok());
  }
  EXPECT_FALSE(finished.coordinator.CanReplace(0)) << "it is not needed any more";
}

// ---- What else they say --------------------------------------------------------------------------------------------

TEST(LostWorkersTest, WhatWorkersPublishedBeforeIsGone) {
  Cluster cluster;
  Coordinator& coordinator = cluster.coordinator;
  ASSERT_TRUE(coordinator.Exchange(MakePublication(0, "address", "old")).ok());
  cluster.ReplaceWorker1(5, 4);
  const absl::Status status = coordinator.Exchange(MakeExchange(0, "address")).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  ExchangeRequest request = MakeExchange(1, "address");
  request.set_incarnation(2);
  EXPECT_FALSE(coordinator.Exchange(request)->found());
  request.set_value("new");
  EXPECT_EQ(coordinator.Exchange(request)->value(), "new") << "another worker may publish it";
}

TEST(LostWorkersTest, AServerIsServedWhileTheWorkersComeTogether) {
  Cluster cluster;
  const auto ask = [&] { return cluster.coordinator.Register(MakeRegistration(PARAMETER_SERVER, 0)).value(); };
  cluster.Lose(1);
  EXPECT_TRUE(ask().ready()) << "workers cannot join it before";
  EXPECT_EQ(ask().incarnation(), 1u) << "later ones it learns of from them";
  ASSERT_TRUE(Register(&cluster.coordinator, {0, 2, 5}).ok());
  ASSERT_TRUE(Register(&cluster.coordinator, {1, 2, 5, 0, /*is_second=*/true})->ready());
  EXPECT_EQ(ask().incarnation(), 1u);
}

TEST(LostWorkersTest, WorkersThatMayBeNeededExitTogether) {
  Cluster cluster;
  EXPECT_FALSE(cluster.coordinator.ReportFinished(FinishedUnder(1, 0))->may_exit());
  EXPECT_TRUE(cluster.coordinator.HasFinished({WORKER, 0}));
  EXPECT_FALSE(cluster.coordinator.ReportFinished(FinishedUnder(1, 0))->may_exit()) << "the same one twice";
  EXPECT_TRUE(cluster.coordinator.ReportFinished(FinishedUnder(1, 1))->may_exit());
  EXPECT_TRUE(cluster.coordinator.ReportFinished(FinishedUnder(1, 0))->may_exit());
  Cluster steady(/*dense=*/false, /*max_restarts=*/0);
  EXPECT_TRUE(steady.coordinator.ReportFinished(MakeFinished(WORKER, 0, 30))->may_exit());
}

TEST(LostWorkersTest, AWorkerThatHadFinishedHasNotOnceAnotherIsLost) {
  Cluster cluster;
  Coordinator& coordinator = cluster.coordinator;
  ASSERT_TRUE(coordinator.ReportFinished(FinishedUnder(1, 0)).ok());
  cluster.ReplaceWorker1(29, 29);
  for (const bool is_late : {false, true}) {
    if (is_late) {
      EXPECT_FALSE(coordinator.ReportFinished(FinishedUnder(1, 0))->may_exit());
    }
    EXPECT_FALSE(coordinator.HasFinished({WORKER, 0}));
    EXPECT_FALSE(coordinator.workers()[0].has_finished);
  }
  EXPECT_FALSE(coordinator.ReportFinished(FinishedUnder(2, 1))->may_exit());
  EXPECT_FALSE(coordinator.WorkersHaveFinished());
  EXPECT_TRUE(coordinator.ReportFinished(FinishedUnder(2, 0))->may_exit());
  EXPECT_TRUE(coordinator.WorkersHaveFinished());
}

}  // namespace
}  // namespace shoal
