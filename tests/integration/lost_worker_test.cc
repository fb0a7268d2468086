// What the other workers of a Collective see when one goes away.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "tests/support/collectives.h"
#include "worker/collective/in_process_collective.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

enum class Kind { kInProcess, kGloo };

Collectives Connect(Kind kind, int size) {
  return kind == Kind::kGloo ? ConnectGlooCollectives(size, absl::Seconds(60)) : MakeInProcessCollectives(size);
}

class LostWorkerTest : public testing::TestWithParam<std::tuple<Kind, int>> {
 protected:
  Kind kind() const { return std::get<0>(GetParam()); }
  int size() const { return std::get<1>(GetParam()); }
};

TEST_P(LostWorkerTest, TheOthersOperationFailsOnEveryRankAndStaysFailed) {
  Collectives collectives = Connect(kind(), size());
  const int lost = size() - 1;
  const std::unique_ptr<absl::Notification[]> started(new absl::Notification[size()]);
  OnEachRank(collectives, [&](Collective& collective) {
    std::vector<float> data(100000, 1);
    ASSERT_TRUE(SumAndWait(collective, absl::MakeSpan(data)).ok());
    if (collective.rank() == lost) {
      for (int r = 0; r < lost; ++r) started[r].WaitForNotification();
      collectives[lost].reset();
      return;
    }
    absl::Notification ended;
    absl::Status failure;
    collective.AllReduceSum(absl::MakeSpan(data), [&](const absl::Status& status) {
      failure = status;
      ended.Notify();
    });
    started[collective.rank()].Notify();
    ended.WaitForNotification();
    EXPECT_EQ(failure.code(), absl::StatusCode::kUnavailable) << failure;
    EXPECT_THAT(std::string(failure.message()),
                HasSubstr(absl::StrCat("AllReduceSum on rank ", collective.rank(), " of ", size())));
    const std::vector<int64_t> counts(size(), 0);
    EXPECT_EQ(GatherAndWait(collective, {}, counts, {}).code(), absl::StatusCode::kUnavailable);
  });
}

TEST_P(LostWorkerTest, DestructionEndsARunningOperationWithCancelled) {
  Collectives collectives = Connect(kind(), size());
  const absl::Status result = SumAndDestroy(std::move(collectives[0]));
  EXPECT_EQ(result.code(), absl::StatusCode::kCancelled) << result;
}

std::string CaseName(const testing::TestParamInfo<std::tuple<Kind, int>>& info) {
  return absl::StrCat(std::get<0>(info.param) == Kind::kGloo ? "Gloo" : "InProcess", "Of", std::get<1>(info.param));
}

INSTANTIATE_TEST_SUITE_P(Workers, LostWorkerTest,
                         testing::Combine(testing::Values(Kind::kInProcess, Kind::kGloo), testing::Values(2, 4)),
                         CaseName);

}  // namespace
}  // namespace shoal
