#include "worker/collective/in_process_collective.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace shoal {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(InProcessCollectiveTest, TheLastCallCompletesTheOperationForAll) {
  const auto collectives = MakeInProcessCollectives(2);
  std::vector<float> first = {1, 2};
  std::vector<float> second = {10, 20};
  std::vector<int> done;
  collectives[1]->AllReduceSum(absl::MakeSpan(second), [&](const absl::Status&) { done.push_back(1); });
  EXPECT_THAT(done, IsEmpty());
  collectives[0]->AllReduceSum(absl::MakeSpan(first), [&](const absl::Status&) { done.push_back(0); });
  EXPECT_THAT(done, ElementsAre(0, 1));
  EXPECT_THAT(first, ElementsAre(11, 22));
  EXPECT_THAT(second, ElementsAre(11, 22));
}

TEST(InProcessCollectiveTest, CallbacksAreDeliveredByTheExecutorInItsOrder) {
  std::vector<std::function<void()>> callbacks;
  const auto collectives =
      MakeInProcessCollectives(2, [&](std::function<void()> callback) { callbacks.push_back(std::move(callback)); });
  std::vector<float> data[2] = {{1}, {2}};
  std::vector<int> done;
  for (int rank : {0, 1}) {
    collectives[rank]->AllReduceSum(absl::MakeSpan(data[rank]), [&done, rank](const absl::Status& status) {
      EXPECT_TRUE(status.ok());
      done.push_back(rank);
    });
  }
  EXPECT_THAT(done, IsEmpty());
  ASSERT_THAT(callbacks, SizeIs(2));
  callbacks[1]();
  EXPECT_THAT(done, ElementsAre(1));
  // The next operation of a worker that has been told, before the other has.
  collectives[1]->AllReduceSum(absl::MakeSpan(data[1]), [](const absl::Status&) {});
  callbacks[0]();
  EXPECT_THAT(done, ElementsAre(1, 0));
  EXPECT_THAT(data[0], ElementsAre(3));
}

TEST(InProcessCollectiveTest, WorkersThatCallDifferentlyAreTold) {
  const auto collectives = MakeInProcessCollectives(2);
  std::vector<float> data(3, 1);
  absl::Status statuses[2];
  collectives[0]->AllReduceSum(absl::MakeSpan(data), [&](const absl::Status& status) { statuses[0] = status; });
  collectives[1]->AllGather(absl::MakeSpan(data).first(2), {1, 2}, absl::MakeSpan(data),
                            [&](const absl::Status& status) { statuses[1] = status; });
  EXPECT_EQ(statuses[0].code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(statuses[1].message()),
              AllOf(HasSubstr("AllGather on rank 1 of 2"), HasSubstr("rank 0 calls AllReduceSum of 3 floats")));
}

TEST(InProcessCollectiveTest, CountsThatDifferAreAnError) {
  const auto collectives = MakeInProcessCollectives(2);
  std::vector<float> all(3);
  absl::Status result;
  collectives[0]->AllGather(absl::MakeSpan(all).first(1), {1, 2}, absl::MakeSpan(all), [](const absl::Status&) {});
  collectives[1]->AllGather(absl::MakeSpan(all).first(1), {2, 1}, absl::MakeSpan(all),
                            [&](const absl::Status& status) { result = status; });
  EXPECT_EQ(result.code(), absl::StatusCode::kFailedPrecondition);
}

TEST(InProcessCollectiveTest, AWorkerThatHasGoneIsNamed) {
  auto collectives = MakeInProcessCollectives(3);
  std::vector<float> data = {1};
  absl::Status result;
  collectives[1]->AllReduceSum(absl::MakeSpan(data), [&](const absl::Status& status) { result = status; });
  collectives[2].reset();
  EXPECT_EQ(result, absl::UnavailableError("AllReduceSum on rank 1 of 3: rank 2 has gone"));
}

}  // namespace
}  // namespace shoal
