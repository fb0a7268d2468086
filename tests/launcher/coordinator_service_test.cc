#include "launcher/coordinator_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <thread>
#include <vector>

#include "common/coordination/grpc_coordinator_link.h"
#include "tests/launcher/child_test_util.h"
#include "tests/launcher/test_job.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Coordinator::Options MakeOptions(int workers, int servers) {
  Coordinator::Options options;
  options.job_id = 5;
  options.job = MakeTestJob(workers, servers);
  return options;
}

bool IsReadable(int fd) {
  pollfd polled = {fd, POLLIN, 0};
  return poll(&polled, 1, 0) == 1;
}

TEST(CoordinatorServiceTest, ServesOverAUnixSocket) {
  const TestDirectory directory;
  auto server = CoordinatorServer::Start("unix:" + (directory / "coordinator.sock"), MakeOptions(1, 0));
  ASSERT_TRUE(server.ok()) << server.status();
  GrpcCoordinatorLink link((*server)->address(), {});
  const absl::StatusOr<RegisterReply> reply = link.Register(MakeRegistration(WORKER, 0));
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_TRUE(reply->ready());
  EXPECT_EQ(reply->job_id(), 5u);
}

TEST(CoordinatorServiceTest, ThePortIsChosenByTheSystem) {
  auto first = CoordinatorServer::Start("127.0.0.1:0", MakeOptions(1, 0));
  auto second = CoordinatorServer::Start("127.0.0.1:0", MakeOptions(1, 0));
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_THAT((*first)->address(), Not(HasSubstr(":0")));
  EXPECT_NE((*first)->address(), (*second)->address());
  EXPECT_TRUE(GrpcCoordinatorLink((*second)->address(), {}).Register(MakeRegistration(WORKER, 0)).ok());
}

TEST(CoordinatorServiceTest, AnAddressThatIsTakenIsAnErrorThatNamesIt) {
  auto first = CoordinatorServer::Start("127.0.0.1:0", MakeOptions(1, 0));
  ASSERT_TRUE(first.ok());
  const absl::Status status = CoordinatorServer::Start((*first)->address(), MakeOptions(1, 0)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr((*first)->address()));
}

TEST(CoordinatorServiceTest, TheCoordinatorsErrorsReachTheCaller) {
  auto server = CoordinatorServer::Start("127.0.0.1:0", MakeOptions(1, 0));
  ASSERT_TRUE(server.ok());
  const absl::Status status =
      GrpcCoordinatorLink((*server)->address(), {}).Register(MakeRegistration(WORKER, 9)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("worker rank 9 is out of range: the job has 1 worker"));
}

TEST(CoordinatorServiceTest, AcceptedMessagesWakeTheLauncherAndRefusedOnesDoNot) {
  auto server = CoordinatorServer::Start("127.0.0.1:0", MakeOptions(1, 0));
  ASSERT_TRUE(server.ok());
  GrpcCoordinatorLink link((*server)->address(), {});
  EXPECT_FALSE(link.Register(MakeRegistration(WORKER, 9)).ok());
  EXPECT_FALSE(IsReadable((*server)->wake_event().fd()));
  EXPECT_TRUE(link.Register(MakeRegistration(WORKER, 0)).ok());
  EXPECT_TRUE(IsReadable((*server)->wake_event().fd()));
  (*server)->wake_event().Clear();
  EXPECT_FALSE(IsReadable((*server)->wake_event().fd()));
}

TEST(CoordinatorServiceTest, AWorkerFindsWhatAnotherHasPublished) {
  auto server = CoordinatorServer::Start("127.0.0.1:0", MakeOptions(2, 1));
  ASSERT_TRUE(server.ok());
  GrpcCoordinatorLink first((*server)->address(), {});
  GrpcCoordinatorLink second((*server)->address(), {});
  ASSERT_TRUE(first.Register(MakeRegistration(WORKER, 0)).ok());
  ASSERT_TRUE(second.Register(MakeRegistration(WORKER, 1)).ok());
  EXPECT_FALSE(second.Exchange(MakeExchange(1, "key"))->found());
  ASSERT_TRUE(first.Exchange(MakePublication(0, "key", "value")).ok());
  EXPECT_EQ(second.Exchange(MakeExchange(1, "key"))->value(), "value");
}

TEST(CoordinatorServiceTest, AWorkerLearnsThatItsGroupIsOver) {
  Coordinator::Options options = MakeOptions(2, 1);
  options.job.mutable_job()->mutable_cluster()->set_max_restarts(1);
  auto server = CoordinatorServer::Start("127.0.0.1:0", options);
  ASSERT_TRUE(server.ok());
  GrpcCoordinatorLink link((*server)->address(), {});
  GroupRequest request;
  request.set_incarnation(1);
  EXPECT_TRUE(absl::IsFailedPrecondition(link.CheckGroup(request).status())) << "it has not registered";
  ASSERT_TRUE(link.Register(MakeRegistration(WORKER, 0)).ok());
  ASSERT_TRUE(link.Register(MakeRegistration(WORKER, 1)).ok());
  const absl::StatusOr<GroupReply> before = link.CheckGroup(request);
  ASSERT_TRUE(before.ok()) << before.status();
  EXPECT_TRUE(before->is_current());
  (*server)->Visit([](Coordinator& coordinator) { coordinator.LoseWorker(1, MakeRegistration(WORKER, 1).pid()); });
  EXPECT_FALSE(link.CheckGroup(request)->is_current());
}

TEST(CoordinatorServiceTest, ManyProcessesReportAtOnce) {
  constexpr int kWorkers = 8;
  auto server = CoordinatorServer::Start("127.0.0.1:0", MakeOptions(kWorkers, 1));
  ASSERT_TRUE(server.ok());
  std::vector<std::thread> workers;
  for (int rank = 0; rank < kWorkers; ++rank) {
    workers.emplace_back([&server, rank] {
      GrpcCoordinatorLink link((*server)->address(), {});
      EXPECT_TRUE(link.Register(MakeRegistration(WORKER, rank)).ok());
      for (uint64_t step = 1; step <= 30; ++step) {
        ProgressReport report;
        report.set_worker_rank(rank);
        report.set_step(step);
        report.set_epoch((step - 1) / 10 + 1);
        IntervalReport* interval = report.add_intervals();
        interval->set_step(step);
        interval->set_epoch(report.epoch());
        EXPECT_TRUE(link.ReportProgress(report).ok());
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  size_t events = 0;
  (*server)->Visit([&](Coordinator& coordinator) {
    events = coordinator.TakeEvents().size();
    EXPECT_EQ(coordinator.Progress().step, 30u);
  });
  EXPECT_EQ(events, 30u);
}

}  // namespace
}  // namespace shoal
