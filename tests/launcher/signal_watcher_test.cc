#include "launcher/signal_watcher.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(SignalWatcherTest, SignalsWaitToBeTaken) {
  auto watcher = SignalWatcher::Create();
  ASSERT_TRUE(watcher.ok()) << watcher.status();
  EXPECT_FALSE((*watcher)->Take().has_value());
  raise(SIGTERM);
  EXPECT_EQ((*watcher)->Take(), SIGTERM);
  raise(SIGINT);
  EXPECT_EQ((*watcher)->Take(), SIGINT);
  raise(SIGHUP);
  EXPECT_EQ((*watcher)->Take(), SIGHUP);
  EXPECT_FALSE((*watcher)->Take().has_value());
}

TEST(SignalWatcherTest, UnderNohupTheTerminalMayGo) {
  signal(SIGHUP, SIG_IGN);
  {
    auto watcher = SignalWatcher::Create();
    ASSERT_TRUE(watcher.ok()) << watcher.status();
    raise(SIGHUP);
    EXPECT_FALSE((*watcher)->Take().has_value());
  }
  signal(SIGHUP, SIG_DFL);
}

TEST(SignalWatcherTest, APipeThatNobodyReadsEndsNobody) {
  auto watcher = SignalWatcher::Create();
  ASSERT_TRUE(watcher.ok()) << watcher.status();
  raise(SIGPIPE);
  watcher->reset();
  EXPECT_EXIT(raise(SIGPIPE), testing::KilledBySignal(SIGPIPE), "");
}

// The run is over, and its exit code is known.
TEST(SignalWatcherTest, ASignalThatNobodyTookEndsNobodyAfterwards) {
  auto watcher = SignalWatcher::Create();
  ASSERT_TRUE(watcher.ok()) << watcher.status();
  raise(SIGTERM);
  watcher->reset();
}

TEST(SignalWatcherTest, SignalsHaveTheirFormerEffectAfterwards) {
  EXPECT_EXIT(
      {
        SignalWatcher::Create()->reset();
        raise(SIGTERM);
      },
      testing::KilledBySignal(SIGTERM), "");
}

}  // namespace
}  // namespace shoal
