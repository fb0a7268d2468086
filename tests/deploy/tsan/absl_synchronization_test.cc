// That ThreadSanitizer knows what Abseil's mutexes order, and no more. Each test is judged by ThreadSanitizer itself: a
// report makes the executable fail.
#include <cstdlib>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

constexpr int kRounds = 2000;

struct Counter {
  absl::Mutex mu;
  absl::CondVar changed;
  int value ABSL_GUARDED_BY(mu) = 0;
};

// Runs `first` and `second` at the same time.
template <typename First, typename Second>
void InTwoThreads(First first, Second second) {
  std::thread other(second);
  first();
  other.join();
}

TEST(AbslSynchronizationTest, LockedAccessIsNoRace) {
  Counter counter;
  const auto add = [&counter] {
    for (int i = 0; i < kRounds; ++i) {
      absl::MutexLock lock(&counter.mu);
      ++counter.value;
    }
  };
  InTwoThreads(add, add);
  absl::ReaderMutexLock lock(&counter.mu);
  EXPECT_EQ(counter.value, 2 * kRounds);
}

TEST(AbslSynchronizationTest, AwaitedAccessIsNoRace) {
  Counter counter;
  // The threads take turns: one waits for even values, the other for odd ones.
  const auto take_turns = [&counter](int parity) {
    for (int i = 0; i < kRounds; ++i) {
      const auto my_turn = [&counter, parity] {
        counter.mu.AssertReaderHeld();
        return counter.value % 2 == parity;
      };
      if (i % 2 == 0) {
        counter.mu.LockWhen(absl::Condition(&my_turn));
      } else {
        counter.mu.Lock();
        counter.mu.Await(absl::Condition(&my_turn));
      }
      ++counter.value;
      counter.mu.Unlock();
    }
  };
  InTwoThreads([&] { take_turns(0); }, [&] { take_turns(1); });
  absl::MutexLock lock(&counter.mu);
  EXPECT_EQ(counter.value, 2 * kRounds);
}

TEST(AbslSynchronizationTest, SignalledAccessIsNoRace) {
  Counter counter;
  InTwoThreads(
      [&counter] {
        absl::MutexLock lock(&counter.mu);
        while (counter.value < kRounds) counter.changed.WaitWithTimeout(&counter.mu, absl::Seconds(1));
        ++counter.value;
      },
      [&counter] {
        for (int i = 0; i < kRounds; ++i) {
          absl::MutexLock lock(&counter.mu);
          ++counter.value;
          counter.changed.SignalAll();
        }
      });
  absl::MutexLock lock(&counter.mu);
  EXPECT_EQ(counter.value, kRounds + 1);
}

TEST(AbslSynchronizationTest, NotifiedAccessIsNoRace) {
  int value = 0;
  absl::Notification ready;
  InTwoThreads(
      [&] {
        ready.WaitForNotification();
        EXPECT_EQ(value, 1);
      },
      [&] {
        value = 1;
        ready.Notify();
      });
}

TEST(AbslSynchronizationDeathTest, UnlockedAccessIsReported) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        int value = 0;
        InTwoThreads([&value] { ++value; }, [&value] { ++value; });
        std::exit(0);  // ThreadSanitizer makes it 66 where it has reported a race.
      },
      testing::ExitedWithCode(66), "data race");
}

}  // namespace
}  // namespace shoal
