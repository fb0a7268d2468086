#include "launcher/commands/example_progress.h"

#include <unistd.h>

#include "absl/strings/str_format.h"
#include "common/base/steady_now.h"

namespace shoal {
namespace {

constexpr absl::Duration kRedrawPeriod = absl::Milliseconds(100);
constexpr char kEraseLine[] = "\r\x1b[2K";

}  // namespace

ExampleProgress::~ExampleProgress() {
  if (last_shown_ != absl::InfinitePast()) err_ << kEraseLine << std::flush;
}

absl::Status ExampleProgress::operator()(int64_t examples) const {
  const absl::Time now = SteadyNow();
  if (!is_terminal_ || now - last_shown_ < kRedrawPeriod) return absl::OkStatus();
  last_shown_ = now;
  err_ << kEraseLine << absl::StrFormat("%s: %d of %d examples", title_, examples, total_) << std::flush;
  return absl::OkStatus();
}

bool ErrorsGoToTerminal() { return isatty(STDERR_FILENO) == 1; }

}  // namespace shoal
