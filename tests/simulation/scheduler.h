// Time and chance of a simulated cluster: events run one by one in the order of their virtual times, which a seeded
// generator decides. The same seed gives the same run.
#ifndef SHOAL_TESTS_SIMULATION_SCHEDULER_H_
#define SHOAL_TESTS_SIMULATION_SCHEDULER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <utility>

#include "absl/time/time.h"

namespace shoal {

class Scheduler {
 public:
  explicit Scheduler(uint64_t seed) : random_(seed) {}

  absl::Time now() const { return now_; }

  // True with probability `share`.
  bool Chance(double share) { return std::uniform_real_distribution<double>()(random_) < share; }

  // From 0 to `end` - 1.
  int Below(int end) { return std::uniform_int_distribution<int>(0, end - 1)(random_); }

  // Usually short, sometimes a thousand times longer, so that messages overtake each other by whole steps.
  absl::Duration Delay() {
    const int64_t longest = Chance(0.02) ? 100000 : 100;
    return absl::Microseconds(std::uniform_int_distribution<int64_t>(1, longest)(random_));
  }

  void After(absl::Duration delay, std::function<void()> event) { events_.emplace(now_ + delay, std::move(event)); }

  // Runs the next event. False: there is none.
  bool RunOne() {
    if (events_.empty()) return false;
    auto next = events_.extract(events_.begin());
    now_ = next.key();
    next.mapped()();
    return true;
  }

 private:
  std::mt19937_64 random_;
  absl::Time now_ = absl::UnixEpoch();
  std::multimap<absl::Time, std::function<void()>> events_;
};

}  // namespace shoal

#endif  // SHOAL_TESTS_SIMULATION_SCHEDULER_H_
