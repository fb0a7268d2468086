#include "launcher/supervisor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "common/base/steady_now.h"
#include "launcher/wake_event.h"
#include "tests/launcher/child_test_util.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class SupervisorTest : public testing::Test {
 protected:
  void Start(Supervisor& supervisor, const ProcessId& id, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), TestBinary("fake_child"));
    const absl::Status started = supervisor.Start(id, {arguments, directory_ / (ProcessName(id) + ".log")});
    ASSERT_TRUE(started.ok()) << started;
  }
  // Waits until a child has ended.
  static ProcessExit FirstExit(Supervisor& supervisor) {
    while (true) {
      const auto exits = supervisor.Wait({}, SteadyNow() + absl::Seconds(10));
      if (!exits.ok() || !exits->empty()) return exits->front();
    }
  }

  TestDirectory directory_;
};

TEST_F(SupervisorTest, TheFirstDeathIsReportedWithTheEndOfItsLog) {
  const PidFifo fifo(directory_ / "fifo");
  Supervisor supervisor;
  Start(supervisor, {WORKER, 0}, {"hang", fifo.path()});
  Start(supervisor, {PARAMETER_SERVER, 1}, {"print", "30"});
  const ProcessExit exit = FirstExit(supervisor);
  EXPECT_EQ(exit.id, (ProcessId{PARAMETER_SERVER, 1}));
  EXPECT_EQ(supervisor.num_running(), 1);
  const std::string text = DescribeProcessExit(exit);
  EXPECT_THAT(text, HasSubstr(absl::StrCat("parameter server 1 (pid ", exit.pid, ") exited with status 3")));
  EXPECT_THAT(text, HasSubstr(directory_ / "parameter_server-1.log"));
  EXPECT_THAT(text, HasSubstr("| line 12\n"));
  EXPECT_THAT(text, HasSubstr("| error output\n"));
  EXPECT_THAT(text, Not(HasSubstr("| line 11\n")));
}

TEST_F(SupervisorTest, KillAllLeavesNobody) {
  const PidFifo fifo(directory_ / "fifo");
  Supervisor supervisor;
  Start(supervisor, {WORKER, 0}, {"hang", fifo.path()});
  Start(supervisor, {WORKER, 1}, {"hang", fifo.path()});
  const std::vector<pid_t> pids = fifo.Read(2);
  supervisor.KillAll();
  EXPECT_EQ(supervisor.num_running(), 0);
  for (const pid_t pid : pids) EXPECT_EQ(kill(pid, 0), -1);
}

TEST_F(SupervisorTest, AWakeEventEndsTheWait) {
  const PidFifo fifo(directory_ / "fifo");
  Supervisor supervisor;
  Start(supervisor, {WORKER, 0}, {"hang", fifo.path()});
  fifo.Read(1);
  auto wake = WakeEvent::Create();
  ASSERT_TRUE(wake.ok());
  (*wake)->Set();
  const auto exits = supervisor.Wait({(*wake)->fd()}, absl::InfiniteFuture());
  ASSERT_TRUE(exits.ok());
  EXPECT_THAT(*exits, IsEmpty());
}

TEST_F(SupervisorTest, ADeadlineThatHasPassedEndsTheWait) {
  Supervisor supervisor;
  const auto exits = supervisor.Wait({}, absl::InfinitePast());
  ASSERT_TRUE(exits.ok());
  EXPECT_THAT(*exits, IsEmpty());
}

TEST_F(SupervisorTest, NoOrphanSurvivesSigkillOfTheLauncher) {
  const PidFifo fifo(directory_ / "fifo");
  auto launcher =
      Process::Start({{TestBinary("fake_launcher"), TestBinary("fake_child"), directory_ / "child.log", fifo.path()},
                      directory_ / "launcher.log"});
  ASSERT_TRUE(launcher.ok()) << launcher.status();
  std::vector<FileDescriptor> orphans;
  for (const pid_t pid : fifo.Read(2)) {
    orphans.push_back(OpenPidfd(pid));
    ASSERT_TRUE(orphans.back().valid());
  }
  ASSERT_EQ(kill((*launcher)->pid(), SIGKILL), 0);
  for (const FileDescriptor& orphan : orphans) EXPECT_TRUE(EndsWithinFiveSeconds(orphan));
}

}  // namespace
}  // namespace shoal
