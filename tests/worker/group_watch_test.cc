#include "worker/group_watch.h"

#include <gtest/gtest.h>

#include <functional>
#include <utility>

#include "absl/synchronization/notification.h"
#include "absl/types/optional.h"
#include "tests/support/scripted_coordinator_link.h"

namespace shoal {
namespace {

constexpr int kRank = 3;
constexpr uint32_t kIncarnation = 7;

struct AtThreadEnd {
  ~AtThreadEnd() {
    if (end != nullptr && !end->HasBeenNotified()) end->Notify();
  }
  absl::Notification* end = nullptr;
};

// When the thread that calls this ends, unless it has been notified then.
void NotifyAtThreadEnd(absl::Notification* end) {
  thread_local AtThreadEnd at_end;
  at_end.end = end;
}

// What the watch says, and how often.
class Listener {
 public:
  std::function<void(absl::Status)> Callback() {
    return [this](absl::Status status) {
      ++times_;
      status_ = std::move(status);
      if (times_ == 1) {
        NotifyAtThreadEnd(&settled_);
      } else if (times_ == 2) {
        settled_.Notify();
      }
    };
  }
  // Until the watch has told something and ended, or told it twice.
  void Await() { settled_.WaitForNotification(); }
  // To be read once the watch is gone.
  int times() const { return times_; }
  const absl::Status& status() const { return status_; }

 private:
  absl::Notification settled_;
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
    if (std::exchange(fails_, false)) {
      NotifyAtThreadEnd(&settled_);
      return absl::UnavailableError("the coordinator is gone");
    }
    if (!settled_.HasBeenNotified()) settled_.Notify();
    return ScriptedCoordinatorLink::CheckGroup(request);
  }
  // Until whoever has asked has ended, or asks again.
  void Await() { settled_.WaitForNotification(); }

 private:
  absl::Notification settled_;
  bool fails_ = true;
};

TEST(GroupWatchTest, TellsNothingWhereTheCoordinatorCannotBeAsked) {
  BrokenLink link;
  Listener listener;
  {
    GroupWatch watch(&link, kRank, kIncarnation, absl::ZeroDuration(), listener.Callback());
    link.Await();
  }
  EXPECT_EQ(listener.times(), 0);
  EXPECT_TRUE(link.groups().empty());
}

}  // namespace
}  // namespace shoal
