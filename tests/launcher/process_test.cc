#include "launcher/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/launcher/child_test_util.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

class ProcessTest : public testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<Process>> Start(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), TestBinary("fake_child"));
    return Process::Start({arguments, log()});
  }
  // Waits for the end.
  static int WaitStatus(Process& process) {
    pollfd polled = {process.fd(), POLLIN, 0};
    EXPECT_EQ(poll(&polled, 1, 10000), 1);
    return process.TakeExit().value();
  }
  std::string log() const { return directory_ / "child.log"; }

  TestDirectory directory_;
};

TEST_F(ProcessTest, OutputAndErrorsGoToTheLog) {
  auto process = Start({"print", "2"});
  ASSERT_TRUE(process.ok()) << process.status();
  EXPECT_EQ(DescribeExit(WaitStatus(**process)), "exited with status 3");
  EXPECT_EQ(ReadText(log()), "line 1\nline 2\nerror output\n");
}

TEST_F(ProcessTest, ASignalIsNamed) {
  auto process = Start({"crash"});
  ASSERT_TRUE(process.ok()) << process.status();
  EXPECT_THAT(DescribeExit(WaitStatus(**process)), HasSubstr("was killed by SIGABRT"));
}

TEST_F(ProcessTest, AMissingExecutableIsAnErrorThatNamesIt) {
  const auto process = Process::Start({{"/nonexistent/shoal-worker", "--rank=0"}, log()});
  EXPECT_EQ(process.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(process.status().message()), HasSubstr("/nonexistent/shoal-worker"));
}

TEST_F(ProcessTest, ALogThatCannotBeWrittenIsAnErrorThatNamesIt) {
  const auto process = Process::Start({{TestBinary("fake_child"), "exit", "0"}, "/nonexistent/worker-0.log"});
  EXPECT_EQ(process.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(process.status().message()), HasSubstr("/nonexistent/worker-0.log"));
}

TEST_F(ProcessTest, RunsInAGroupOfItsOwn) {
  const PidFifo fifo(directory_ / "fifo");
  auto process = Start({"hang", fifo.path()});
  ASSERT_TRUE(process.ok()) << process.status();
  const pid_t pid = fifo.Read(1)[0];
  EXPECT_EQ(pid, (*process)->pid());
  EXPECT_EQ(getpgid(pid), pid);
  EXPECT_FALSE((*process)->TakeExit().has_value());
}

TEST_F(ProcessTest, TheChildDoesNotInheritBlockedSignals) {
  sigset_t blocked;
  sigset_t former;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &blocked, &former);
  const PidFifo fifo(directory_ / "fifo");
  auto process = Start({"hang", fifo.path()});
  pthread_sigmask(SIG_SETMASK, &former, nullptr);
  ASSERT_TRUE(process.ok()) << process.status();
  fifo.Read(1);
  (*process)->Signal(SIGUSR1);
  EXPECT_EQ(DescribeExit(WaitStatus(**process)), "was killed by SIGUSR1");
}

// A service manager sends it to all processes of a job; the launcher then has a checkpoint saved.
TEST_F(ProcessTest, WhatAsksAJobToEndIsTheLaunchersToActOn) {
  const PidFifo fifo(directory_ / "fifo");
  auto process = Start({"hang", fifo.path()});
  ASSERT_TRUE(process.ok()) << process.status();
  fifo.Read(1);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1}) (*process)->Signal(signal);
  EXPECT_EQ(DescribeExit(WaitStatus(**process)), "was killed by SIGUSR1");
}

TEST_F(ProcessTest, WhatTheChildStartedEndsWithIt) {
  const PidFifo fifo(directory_ / "fifo");
  auto process = Start({"spawn", fifo.path()});
  ASSERT_TRUE(process.ok()) << process.status();
  const FileDescriptor grandchild = OpenPidfd(fifo.Read(1)[0]);
  ASSERT_TRUE(grandchild.valid());
  EXPECT_EQ(DescribeExit(WaitStatus(**process)), "exited with status 1");
  EXPECT_TRUE(EndsWithinFiveSeconds(grandchild));
}

TEST_F(ProcessTest, TheDestructorLeavesNothingBehind) {
  const PidFifo fifo(directory_ / "fifo");
  auto process = Start({"hang", fifo.path()});
  ASSERT_TRUE(process.ok()) << process.status();
  const pid_t pid = fifo.Read(1)[0];
  process->reset();
  EXPECT_EQ(kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

}  // namespace
}  // namespace shoal
