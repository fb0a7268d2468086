#include "launcher/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "launcher/metric_values.h"

namespace shoal {
namespace {

constexpr absl::Duration kRedrawPeriod = absl::Milliseconds(100);
constexpr absl::Duration kLinePeriod = absl::Seconds(2);
constexpr absl::Duration kRateWindow = absl::Seconds(10);
constexpr int kMinBarWidth = 5;
constexpr int kMaxBarWidth = 40;
constexpr char kEraseLine[] = "\r\x1b[2K";
constexpr char kGreen[] = "\x1b[32m";
constexpr char kPlain[] = "\x1b[0m";

// Three significant digits: "812", "45.6k", "1.23M".
std::string ShortNumber(double value) {
  const char* suffix = "";
  for (const char* next : {"k", "M", "G"}) {
    if (value < 999.5) break;
    value /= 1000;
    suffix = next;
  }
  const int decimals = *suffix == '\0' || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return absl::StrFormat("%.*f%s", decimals, value, suffix);
}

// "0:07", "12:30", "3:05:00".
std::string ClockTime(double seconds) {
  const int64_t whole = static_cast<int64_t>(std::min(seconds, 3.6e8) + 0.5);
  if (whole < 3600) return absl::StrFormat("%d:%02d", whole / 60, whole % 60);
  return absl::StrFormat("%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string MetricsText(const MetricSums& sums) {
  std::string text;
  for (const MetricValue& metric : MetricValues(sums)) {
    absl::StrAppend(&text, text.empty() ? "" : "  ", metric.name, " ", MetricText(metric));
  }
  return text;
}

std::string Bar(int width, double done) {
  const int filled = std::clamp(static_cast<int>(done * width), 0, width);
  return absl::StrCat("[", std::string(filled, '='), std::string(width - filled, ' '), "]");
}

}  // namespace

ProgressDisplay::ProgressDisplay(std::ostream* out, Options options) : out_(out), options_(std::move(options)) {}

ProgressDisplay::~ProgressDisplay() { EraseBar(); }

double ProgressDisplay::StepsPerSecond(absl::Time now, uint64_t step) {
  // Two marks at least are kept, so that rare updates give a rate as well.
  while (marks_.size() > 1 && marks_[1].time < now - kRateWindow) marks_.pop_front();
  marks_.push_back({now, step});
  const double seconds = absl::ToDoubleSeconds(now - marks_.front().time);
  return seconds > 0 ? static_cast<double>(step - marks_.front().step) / seconds : 0;
}

void ProgressDisplay::Update(const ProgressSnapshot& snapshot) {
  const absl::Time now = options_.now();
  if (!options_.is_terminal || snapshot.epoch == 0 || now - last_shown_ < kRedrawPeriod) return;
  last_shown_ = now;
  Draw(snapshot, StepsPerSecond(now, snapshot.step));
}

void ProgressDisplay::Draw(const ProgressSnapshot& snapshot, double steps_per_second) {
  const double total = static_cast<double>(options_.total_steps);
  const double step = static_cast<double>(snapshot.step);
  const std::string left = absl::StrFormat("epoch %d/%d ", snapshot.epoch, options_.epochs);
  std::string right = absl::StrFormat(" %d/%d", snapshot.step, options_.total_steps);
  if (snapshot.epoch_train.examples() > 0) {
    absl::StrAppend(&right, "  loss ", MetricText(MeanLoss(snapshot.epoch_train)));
  }
  if (steps_per_second > 0) {
    const double rate = steps_per_second * static_cast<double>(options_.batch_size);
    absl::StrAppend(&right, "  ", ShortNumber(rate), " examples/s  ETA ", ClockTime((total - step) / steps_per_second));
  }
  // One column stays free: some terminals wrap when the last one is written.
  const int room = options_.width - 1 - static_cast<int>(left.size() + right.size()) - 2;
  const int width = std::min(room, kMaxBarWidth);
  *out_ << kEraseLine;
  if (width < kMinBarWidth) {
    *out_ << (left + right).substr(0, static_cast<size_t>(std::max(0, options_.width - 1)));
  } else {
    const std::string bar = Bar(width, step / total);
    *out_ << left << (options_.color ? absl::StrCat(kGreen, bar, kPlain) : bar) << right;
  }
  out_->flush();
  bar_is_shown_ = true;
}

void ProgressDisplay::WarnIfDiverged(const MetricSums& train, uint64_t step) {
  if (warned_ || train.examples() == 0 || std::isfinite(MeanLoss(train))) return;
  warned_ = true;
  ShowLine(absl::StrCat("warning: the loss is ", std::isnan(MeanLoss(train)) ? "not a number" : "infinite",
                        " from step ", step, " on; a lower training.learning_rate, or gradient clipping, may help"));
}

void ProgressDisplay::ShowInterval(const IntervalRecord& interval) {
  WarnIfDiverged(interval.train, interval.step);
  if (options_.is_terminal) return;
  const absl::Time now = options_.now();
  if (now - last_shown_ < kLinePeriod) return;
  last_shown_ = now;
  std::string line = absl::StrFormat("epoch %d/%d  step %d/%d  loss %s", interval.epoch, options_.epochs, interval.step,
                                     options_.total_steps, MetricText(MeanLoss(interval.train)));
  if (interval.seconds > 0) {
    absl::StrAppend(&line, "  ", ShortNumber(static_cast<double>(interval.train.examples()) / interval.seconds),
                    " examples/s");
  }
  ShowLine(line);
}

void ProgressDisplay::ShowEpoch(const EpochRecord& epoch) {
  WarnIfDiverged(epoch.train, epoch.step);
  std::string line = absl::StrFormat("epoch %d/%d", epoch.epoch, options_.epochs);
  // None where a resumed run only validates what was trained before.
  if (epoch.train.examples() > 0) absl::StrAppend(&line, "  train ", MetricsText(epoch.train));
  if (epoch.validation.examples() > 0) absl::StrAppend(&line, "  validation ", MetricsText(epoch.validation));
  absl::StrAppendFormat(&line, "  %.2f s", epoch.train_seconds + epoch.validation_seconds);
  ShowLine(line);
}

void ProgressDisplay::ShowLine(absl::string_view line) {
  EraseBar();
  *out_ << line << "\n";
  out_->flush();
}

void ProgressDisplay::EraseBar() {
  if (!bar_is_shown_) return;
  *out_ << kEraseLine;
  out_->flush();
  bar_is_shown_ = false;
}

void DetectTerminal(ProgressDisplay::Options* options) {
  const char* terminal = std::getenv("TERM");
  const char* no_color = std::getenv("NO_COLOR");
  options->is_terminal = isatty(STDOUT_FILENO) == 1 && terminal != nullptr && absl::string_view(terminal) != "dumb";
  // https://no-color.org: present and not empty.
  options->color = options->is_terminal && (no_color == nullptr || *no_color == '\0');
  winsize size = {};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) options->width = size.ws_col;
}

}  // namespace shoal
