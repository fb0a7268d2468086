#include "common/schedule/schedule.h"

#include <algorithm>
#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace shoal {
namespace {

constexpr double kPi = 3.14159265358979323846;

absl::Status Invalid(absl::string_view field, double value, absl::string_view expected) {
  return absl::InvalidArgumentError(absl::StrCat("training.", field, " is ", value, ", expected ", expected));
}

absl::Status CheckMomentum(absl::string_view field, float value) {
  if (value >= 0 && value < 1) return absl::OkStatus();
  return Invalid(absl::StrCat("schedule.one_cycle.", field), value, "a number in [0, 1)");
}

// Comparisons below are written so that NaN fails them.
absl::Status CheckGamma(absl::string_view field, float gamma) {
  if (gamma > 0 && std::isfinite(gamma)) return absl::OkStatus();
  return Invalid(field, gamma, "a finite number above 0");
}

absl::Status CheckStepDecay(const ScheduleConfig::StepDecay& decay) {
  if (decay.every_epochs() < 1) {
    return Invalid("schedule.step_decay.every_epochs", decay.every_epochs(), "at least 1");
  }
  return CheckGamma("schedule.step_decay.gamma", decay.gamma());
}

absl::Status CheckCosine(const ScheduleConfig::Cosine& cosine, float learning_rate) {
  if (cosine.min_learning_rate() >= 0 && cosine.min_learning_rate() <= learning_rate) return absl::OkStatus();
  return Invalid("schedule.cosine.min_learning_rate", cosine.min_learning_rate(),
                 absl::StrCat("a number from 0 to training.learning_rate, ", learning_rate));
}

absl::Status CheckOneCycle(const ScheduleConfig::OneCycle& cycle) {
  SHOAL_RETURN_IF_ERROR(CheckGamma("schedule.one_cycle.div", cycle.div()));
  SHOAL_RETURN_IF_ERROR(CheckGamma("schedule.one_cycle.div_final", cycle.div_final()));
  if (!(cycle.pct_start() > 0 && cycle.pct_start() < 1)) {
    return Invalid("schedule.one_cycle.pct_start", cycle.pct_start(), "a number in (0, 1)");
  }
  SHOAL_RETURN_IF_ERROR(CheckMomentum("momentum_start", cycle.momentum_start()));
  SHOAL_RETURN_IF_ERROR(CheckMomentum("momentum_middle", cycle.momentum_middle()));
  return CheckMomentum("momentum_end", cycle.momentum_end());
}

absl::Status CheckLinearWarmup(const ScheduleConfig& schedule) {
  const ScheduleConfig::LinearWarmup& warmup = schedule.linear_warmup();
  if (schedule.has_one_cycle()) {
    return absl::InvalidArgumentError(
        "training.schedule has linear_warmup and one_cycle, which warms up by itself; leave one out");
  }
  if (!warmup.has_steps()) return absl::InvalidArgumentError("training.schedule.linear_warmup.steps is missing");
  if (warmup.steps() < 1) return Invalid("schedule.linear_warmup.steps", warmup.steps(), "at least 1");
  if (warmup.start_factor() > 0 && warmup.start_factor() <= 1) return absl::OkStatus();
  return Invalid("schedule.linear_warmup.start_factor", warmup.start_factor(), "a number in (0, 1]");
}

absl::Status CheckShape(const ScheduleConfig& schedule, float learning_rate) {
  switch (schedule.schedule_case()) {
    case ScheduleConfig::kStepDecay:
      return CheckStepDecay(schedule.step_decay());
    case ScheduleConfig::kExponential:
      return CheckGamma("schedule.exponential.gamma", schedule.exponential().gamma());
    case ScheduleConfig::kCosine:
      return CheckCosine(schedule.cosine(), learning_rate);
    case ScheduleConfig::kOneCycle:
      return CheckOneCycle(schedule.one_cycle());
    case ScheduleConfig::kConstant:
    case ScheduleConfig::SCHEDULE_NOT_SET:
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

// Half a cosine from `start` at position 0 to `end` at position 1.
double AnnealCosine(double start, double end, double position) {
  return start + (1 + std::cos(kPi * (1 - position))) * (end - start) / 2;
}

// start -> middle over the first pct_start of the cycle, then middle -> end.
double TwoPhases(double start, double middle, double end, double pct_start, double pct) {
  if (pct < pct_start) return AnnealCosine(start, middle, pct / pct_start);
  return AnnealCosine(middle, end, (pct - pct_start) / (1 - pct_start));
}

StepHyperparameters OneCycleAt(const ScheduleConfig::OneCycle& cycle, double learning_rate, double pct) {
  StepHyperparameters result;
  result.learning_rate =
      TwoPhases(learning_rate / cycle.div(), learning_rate, learning_rate / cycle.div_final(), cycle.pct_start(), pct);
  if (cycle.cycle_momentum()) {
    result.momentum =
        TwoPhases(cycle.momentum_start(), cycle.momentum_middle(), cycle.momentum_end(), cycle.pct_start(), pct);
  }
  return result;
}

// `index` counts steps from 0.
double WarmupFactor(const ScheduleConfig::LinearWarmup& warmup, int64_t index) {
  if (index >= warmup.steps()) return 1;
  const double start = warmup.start_factor();
  return start + (1 - start) * static_cast<double>(index) / static_cast<double>(warmup.steps());
}

}  // namespace

absl::StatusOr<Schedule> Schedule::Create(const TrainingConfig& training, int64_t steps_per_epoch,
                                          int64_t total_steps) {
  if (!(training.learning_rate() >= 0 && std::isfinite(training.learning_rate()))) {
    return Invalid("learning_rate", training.learning_rate(), "a finite number, at least 0");
  }
  SHOAL_RETURN_IF_ERROR(CheckShape(training.schedule(), training.learning_rate()));
  if (training.schedule().has_linear_warmup()) SHOAL_RETURN_IF_ERROR(CheckLinearWarmup(training.schedule()));
  return Schedule(training, steps_per_epoch, total_steps);
}

Schedule::Schedule(const TrainingConfig& training, int64_t steps_per_epoch, int64_t total_steps)
    : config_(training.schedule()),
      learning_rate_(training.learning_rate()),
      steps_per_epoch_(steps_per_epoch),
      total_steps_(total_steps) {}

StepHyperparameters Schedule::At(int64_t step) const {
  const int64_t index = std::min(step, total_steps_) - 1;
  const int64_t epoch = index / steps_per_epoch_;
  const double pct = static_cast<double>(index) / static_cast<double>(total_steps_);
  StepHyperparameters result;
  result.learning_rate = learning_rate_;
  switch (config_.schedule_case()) {
    case ScheduleConfig::kStepDecay: {
      const int64_t decays = epoch / config_.step_decay().every_epochs();
      result.learning_rate *= std::pow(config_.step_decay().gamma(), static_cast<double>(decays));
      break;
    }
    case ScheduleConfig::kExponential:
      result.learning_rate *= std::pow(config_.exponential().gamma(), static_cast<double>(epoch));
      break;
    case ScheduleConfig::kCosine:
      result.learning_rate = AnnealCosine(learning_rate_, config_.cosine().min_learning_rate(), pct);
      break;
    case ScheduleConfig::kOneCycle:
      return OneCycleAt(config_.one_cycle(), learning_rate_, pct);
    case ScheduleConfig::kConstant:
    case ScheduleConfig::SCHEDULE_NOT_SET:
      break;
  }
  if (config_.has_linear_warmup()) result.learning_rate *= WarmupFactor(config_.linear_warmup(), index);
  return result;
}

}  // namespace shoal
