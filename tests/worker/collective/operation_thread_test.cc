#include "worker/collective/operation_thread.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/notification.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

absl::Status Connected() { return absl::OkStatus(); }

TEST(OperationThreadTest, OperationsRunInTheOrderInWhichTheyAreStarted) {
  std::vector<int> order;
  absl::Notification all_started;
  {
    OperationThread thread(0, 2, Connected);
    for (int i = 0; i < 5; ++i) {
      thread.Start(
          "AllReduceSum",
          [&, i] {
            all_started.WaitForNotification();
            order.push_back(i);
            return absl::OkStatus();
          },
          [&, i](const absl::Status& status) {
            EXPECT_TRUE(status.ok()) << status;
            order.push_back(10 + i);
          });
    }
    EXPECT_TRUE(thread.has_operations());
    all_started.Notify();
  }
  EXPECT_THAT(order, ElementsAre(0, 10, 1, 11, 2, 12, 3, 13, 4, 14));
}

TEST(OperationThreadTest, TheFirstErrorIsFinalAndNamesOperationAndRank) {
  std::vector<absl::Status> ends;
  bool ran = false;
  {
    OperationThread thread(1, 4, Connected);
    const auto note = [&](const absl::Status& status) { ends.push_back(status); };
    thread.Start(
        "AllGather", [] { return absl::UnavailableError("rank 3 has gone"); }, note);
    thread.Start(
        "AllReduceSum",
        [&] {
          ran = true;
          return absl::OkStatus();
        },
        note);
  }
  const absl::Status expected = absl::UnavailableError("AllGather on rank 1 of 4: rank 3 has gone");
  EXPECT_THAT(ends, ElementsAre(expected, expected));
  EXPECT_FALSE(ran);
}

TEST(OperationThreadTest, WithoutAConnectionNothingRuns) {
  std::vector<absl::Status> ends;
  {
    OperationThread thread(0, 2, [] { return absl::DeadlineExceededError("nobody came"); });
    EXPECT_EQ(thread.AwaitConnected(), absl::DeadlineExceededError("connecting on rank 0 of 2: nobody came"));
    thread.Start("AllReduceSum", Connected, [&](const absl::Status& status) { ends.push_back(status); });
  }
  ASSERT_THAT(ends, SizeIs(1));
  EXPECT_EQ(ends[0].code(), absl::StatusCode::kDeadlineExceeded);
}

TEST(OperationThreadTest, AnOperationHasEndedWhenDoneIsCalled) {
  OperationThread thread(0, 1, Connected);
  absl::Notification done;
  bool had_operations = true;
  thread.Start("AllReduceSum", Connected, [&](const absl::Status&) {
    had_operations = thread.has_operations();
    done.Notify();
  });
  done.WaitForNotification();
  EXPECT_FALSE(had_operations);
}

}  // namespace
}  // namespace shoal
