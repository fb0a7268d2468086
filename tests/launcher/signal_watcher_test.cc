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
  EXPECT_FALSE((*watcher)->Take().has_value());
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
