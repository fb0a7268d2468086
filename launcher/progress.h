// Shows how training goes: a bar on a terminal, plain lines elsewhere.
//
// Thread safety: external.
#ifndef SHOAL_LAUNCHER_PROGRESS_H_
#define SHOAL_LAUNCHER_PROGRESS_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <ostream>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "launcher/coordinator_events.h"
#include "launcher/progress_merger.h"

namespace shoal {

class ProgressDisplay {
 public:
  struct Options {
    // Redraw one line in place. false: only whole lines, at most one interval every two seconds.
    bool is_terminal = false;
    bool color = false;
    // Columns of the terminal.
    int width = 80;
    std::function<absl::Time()> now;
    uint64_t total_steps = 0;
    int epochs = 0;
    int64_t batch_size = 0;
  };
  // `out` must outlive the display.
  ProgressDisplay(std::ostream* out, Options options);
  // Removes the bar.
  ~ProgressDisplay();

  // Redraws the bar, at most ten times a second.
  void Update(const ProgressSnapshot& snapshot);
  // Both warn, before the first of them whose training loss is not finite.
  void ShowInterval(const IntervalRecord& interval);
  void ShowEpoch(const EpochRecord& epoch);
  // A line of its own.
  void ShowLine(absl::string_view line);

 private:
  struct Mark {
    absl::Time time;
    uint64_t step;
  };
  void Draw(const ProgressSnapshot& snapshot, double steps_per_second);
  // Once.
  void WarnIfDiverged(const MetricSums& train, uint64_t step);
  void EraseBar();
  // Of the last seconds; 0: not known yet.
  double StepsPerSecond(absl::Time now, uint64_t step);

  std::ostream* const out_;
  const Options options_;
  bool bar_is_shown_ = false;
  bool warned_ = false;
  absl::Time last_shown_ = absl::InfinitePast();
  std::deque<Mark> marks_;
};

// What the environment says about standard output: whether it is a terminal, its width, and colour unless NO_COLOR is
// set or the terminal is "dumb". The other options are left alone.
void DetectTerminal(ProgressDisplay::Options* options);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_PROGRESS_H_
