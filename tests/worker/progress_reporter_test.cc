#include "worker/progress_reporter.h"

#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/types/optional.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/scripted_coordinator_link.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;

ProgressReport ReportOf(uint64_t step) {
  ProgressReport report;
  report.set_step(step);
  return report;
}

// A coordinator that answers the first report only once it is told to, and asks to stop in every answer.
class SlowLink : public ScriptedCoordinatorLink {
 public:
  absl::StatusOr<ProgressReply> ReportProgress(const ProgressReport& report) override {
    if (report.step() == 1) {
      first_came_.Notify();
      go_on_.WaitForNotification();
    }
    steps_.push_back(report.step());
    absl::StatusOr<ProgressReply> reply = ScriptedCoordinatorLink::ReportProgress(report);
    if (reply.ok()) reply->set_stop_requested(true);
    return reply;
  }

  void AwaitFirst() { first_came_.WaitForNotification(); }
  void GoOn() { go_on_.Notify(); }
  // To be read once all reports are answered.
  const std::vector<uint64_t>& steps() const { return steps_; }

 private:
  absl::Notification first_came_;
  absl::Notification go_on_;
  std::vector<uint64_t> steps_;
};

TEST(ProgressReporterTest, SendingDoesNotWaitForTheCoordinator) {
  SlowLink link;
  ProgressReporter reporter(&link);
  for (uint64_t step = 1; step <= 3; ++step) EXPECT_TRUE(reporter.Send(ReportOf(step)).ok());
  link.AwaitFirst();
  EXPECT_FALSE(reporter.last_reply()->stop_requested());
  link.GoOn();
  EXPECT_TRUE(reporter.Flush().ok());
  EXPECT_THAT(link.steps(), ElementsAre(1, 2, 3));
  EXPECT_TRUE(reporter.last_reply()->stop_requested());
}

TEST(ProgressReporterTest, NoReportIsLostWhereMoreComeThanMayWait) {
  SlowLink link;
  ProgressReporter reporter(&link);
  ASSERT_TRUE(reporter.Send(ReportOf(1)).ok());
  link.AwaitFirst();
  const uint64_t last = 3 * ProgressReporter::kMaxWaiting;
  // It holds the first report until this thread has to wait for it.
  std::thread release([&] { link.GoOn(); });
  for (uint64_t step = 2; step <= last; ++step) ASSERT_TRUE(reporter.Send(ReportOf(step)).ok());
  ASSERT_TRUE(reporter.Flush().ok());
  release.join();
  ASSERT_EQ(link.steps().size(), last);
  for (uint64_t step = 1; step <= last; ++step) EXPECT_EQ(link.steps()[step - 1], step);
}

TEST(ProgressReporterTest, DestructionWaitsForTheReportUnderWay) {
  SlowLink link;
  absl::optional<ProgressReporter> reporter(&link);
  ASSERT_TRUE(reporter->Send(ReportOf(1)).ok());
  link.AwaitFirst();
  std::thread release([&] { link.GoOn(); });
  reporter.reset();
  EXPECT_THAT(link.steps(), ElementsAre(1));
  release.join();
}

TEST(ProgressReporterTest, WhatWaitsIsDroppedWithTheReporter) {
  SlowLink link;
  {
    ProgressReporter reporter(&link);
    for (uint64_t step = 1; step <= 3; ++step) ASSERT_TRUE(reporter.Send(ReportOf(step)).ok());
    link.AwaitFirst();
    reporter.Stop();  // What destruction does, before it waits for the report that the link still holds.
    link.GoOn();
  }
  EXPECT_THAT(link.steps(), ElementsAre(1));
}

TEST(ProgressReporterTest, NothingIsTakenOrWaitedForOnceItIsStopped) {
  SlowLink link;
  ProgressReporter reporter(&link);
  ASSERT_TRUE(reporter.Send(ReportOf(1)).ok());
  link.AwaitFirst();
  reporter.Stop();
  EXPECT_TRUE(absl::IsCancelled(reporter.Send(ReportOf(2))));
  EXPECT_TRUE(absl::IsCancelled(reporter.Flush())) << "the link has not answered";
  link.GoOn();
}

TEST(ProgressReporterTest, AnErrorIsFinal) {
  SlowLink link;
  link.FailWith(absl::UnavailableError("the coordinator is gone"));
  ProgressReporter reporter(&link);
  ASSERT_TRUE(reporter.Send(ReportOf(1)).ok());
  link.AwaitFirst();
  link.GoOn();
  EXPECT_EQ(reporter.Flush(), absl::UnavailableError("the coordinator is gone"));
  EXPECT_EQ(reporter.Send(ReportOf(2)), absl::UnavailableError("the coordinator is gone"));
  EXPECT_EQ(reporter.Flush(), absl::UnavailableError("the coordinator is gone"));
  EXPECT_EQ(reporter.last_reply().status(), absl::UnavailableError("the coordinator is gone"));
  EXPECT_THAT(link.steps(), ElementsAre(1));
}

}  // namespace
}  // namespace shoal
