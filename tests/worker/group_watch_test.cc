#include "worker/group_watch.h"

#include <gtest/gtest.h>

#include "absl/synchronization/notification.h"
#include "absl/types/optional.h"
#include "tests/support/scripted_coordinator_link.h"

namespace shoal {
namespace {

constexpr int kRank = 3;
constexpr uint32_t kIncarnation = 7;

// What the watch says, and how often.
class Listener {
 public:
  std::function<void(absl::Status)> Callback() {
    return [this](absl::Status status) {
      ++times_;
      status_ = std::move(status);
      if (times_ == 1) told_.Notify();
    };
  }
  void Await() { told_.WaitForNotification(); }
  // To be read once the watch is gone.
  int times() const { return times_; }
  const absl::Status& status() const { return status_; }

 private:
  absl::Notification told_;
  int times_ = 0;
  absl::Status status_;
};

TEST(GroupWatchTest, TellsOnceThatTheIncarnationIsOver) {
  ScriptedCoordinatorLink link;
  link.EndGroupAfter(3);
  Listener listener;
  {
    GroupWatch watch(&link, kRank, kIncarnation, absl::ZeroDuration(), listener.Callback());
    listener.Await();
  }
  EXPECT_EQ(listener.times(), 1);
  EXPECT_EQ(listener.status(), absl::UnavailableError("the group of incarnation 7 is over"));
  ASSERT_EQ(link.groups().size(), 4u) << "and does not ask again";
  for (const GroupRequest& request : link.groups()) {
    EXPECT_EQ(request.worker_rank(), 3u);
    EXPECT_EQ(request.incarnation(), 7u);
  }
}

TEST(GroupWatchTest, TellsNothingAndEndsAtOnceWhileItWaits) {
  ScriptedCoordinatorLink link;  // Whose group is over.
  Listener listener;
  { GroupWatch watch(&link, kRank, kIncarnation, absl::InfiniteDuration(), listener.Callback()); }
  EXPECT_EQ(listener.times(), 0);
  EXPECT_TRUE(link.groups().empty()) << "it asks after a period";
}

// Fails once, and would say then that the group is over.
class BrokenLink : public ScriptedCoordinatorLink {
 public:
  absl::StatusOr<GroupReply> CheckGroup(const GroupRequest& request) override {
    if (!asked_.HasBeenNotified()) {
      asked_.Notify();
      return absl::UnavailableError("the coordinator is gone");
    }
    return ScriptedCoordinatorLink::CheckGroup(request);
  }
  void AwaitFirst() { asked_.WaitForNotification(); }

 private:
  absl::Notification asked_;
};

TEST(GroupWatchTest, TellsNothingWhereTheCoordinatorCannotBeAsked) {
  BrokenLink link;
  Listener listener;
  {
    GroupWatch watch(&link, kRank, kIncarnation, absl::ZeroDuration(), listener.Callback());
    link.AwaitFirst();
  }
  EXPECT_EQ(listener.times(), 0);
  EXPECT_TRUE(link.groups().empty());
}

}  // namespace
}  // namespace shoal
