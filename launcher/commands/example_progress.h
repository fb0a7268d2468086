// How far a command is with its examples: one line on standard error that is redrawn, where that is a terminal.
//
// Thread safety: external.
#ifndef SHOAL_LAUNCHER_COMMANDS_EXAMPLE_PROGRESS_H_
#define SHOAL_LAUNCHER_COMMANDS_EXAMPLE_PROGRESS_H_

#include <cstdint>
#include <ostream>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace shoal {

class ExampleProgress {
 public:
  // `err` is shown the line only if `is_terminal`, and outlives the progress.
  ExampleProgress(std::ostream& err, bool is_terminal, std::string title, int64_t total)
      : err_(err), is_terminal_(is_terminal), title_(std::move(title)), total_(total) {}
  // Removes the line.
  ~ExampleProgress();
  ExampleProgress(const ExampleProgress&) = delete;
  ExampleProgress& operator=(const ExampleProgress&) = delete;

  // At most ten lines a second are drawn. Always OK, and const, as TrainedModel wants it.
  absl::Status operator()(int64_t examples) const;

 private:
  std::ostream& err_;
  const bool is_terminal_;
  const std::string title_;
  const int64_t total_;
  mutable absl::Time last_shown_ = absl::InfinitePast();
};

// Whether standard error is a terminal.
bool ErrorsGoToTerminal();

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_COMMANDS_EXAMPLE_PROGRESS_H_
