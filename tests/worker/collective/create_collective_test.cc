#include "worker/collective/create_collective.h"

#include <gtest/gtest.h>

#include <thread>

#include "common/coordination/grpc_coordinator_link.h"
#include "launcher/coordinator_service.h"
#include "tests/launcher/test_job.h"
#include "tests/support/collectives.h"
#include "tests/support/scripted_coordinator_link.h"

namespace shoal {
namespace {

TEST(CreateCollectiveTest, AJobOfOneWorkerNeedsNobody) {
  RegisterReply assignment;
  *assignment.mutable_job() = MakeTestJob(/*workers=*/1, /*servers=*/0);
  ScriptedCoordinatorLink link;
  const auto collective = CreateCollective(assignment, /*rank=*/0, &link);
  ASSERT_TRUE(collective.ok()) << collective.status();
  EXPECT_EQ((*collective)->size(), 1);
  EXPECT_TRUE(link.exchanges().empty());
}

TEST(CreateCollectiveTest, WorkersFindEachOtherThroughTheCoordinatorsService) {
  Coordinator::Options options;
  options.job = MakeTestJob(/*workers=*/2, /*servers=*/0);
  auto server = CoordinatorServer::Start("127.0.0.1:0", options);
  ASSERT_TRUE(server.ok()) << server.status();
  std::vector<std::thread> workers;
  for (int rank : {0, 1}) {
    workers.emplace_back([&server, rank] {
      GrpcCoordinatorLink link((*server)->address(), {});
      absl::StatusOr<RegisterReply> assignment = link.Register(MakeRegistration(WORKER, rank));
      while (assignment.ok() && !assignment->ready()) assignment = link.Register(MakeRegistration(WORKER, rank));
      ASSERT_TRUE(assignment.ok()) << assignment.status();
      const auto collective = CreateCollective(*assignment, rank, &link);
      ASSERT_TRUE(collective.ok()) << collective.status();
      EXPECT_EQ((*collective)->rank(), rank);
      EXPECT_EQ((*collective)->size(), 2);
      std::vector<float> data(5, static_cast<float>(rank + 1));
      ASSERT_TRUE(SumAndWait(**collective, absl::MakeSpan(data)).ok());
      EXPECT_EQ(data, std::vector<float>(5, 3));
    });
  }
  for (std::thread& worker : workers) worker.join();
}

}  // namespace
}  // namespace shoal
