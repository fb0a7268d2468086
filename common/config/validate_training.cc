#include "absl/strings/str_cat.h"
#include "common/config/validate_sections.h"

namespace shoal {
namespace {

void ValidateOneCycle(const MessageCheck& check) {
  check.Above("div", 0);
  check.Above("div_final", 0);
  check.BetweenOpen("pct_start", 0, 1);
  for (const char* name : {"momentum_start", "momentum_middle", "momentum_end"}) check.FromBelow(name, 0, 1);
}

void ValidateSchedule(const TrainingConfig& training, const MessageCheck& check) {
  const ScheduleConfig& schedule = training.schedule();
  check.Nested("step_decay").AtLeast("every_epochs", 1);
  check.Nested("step_decay").Above("gamma", 0);
  check.Nested("exponential").Above("gamma", 0);
  const MessageCheck cosine = check.Nested("cosine");
  cosine.AtLeast("min_learning_rate", 0);
  if (schedule.cosine().min_learning_rate() > training.learning_rate() && training.learning_rate() >= 0) {
    cosine.Problem("min_learning_rate",
                   absl::StrCat("must be at most training.learning_rate (", training.learning_rate(), "), is ",
                                schedule.cosine().min_learning_rate()));
  }
  ValidateOneCycle(check.Nested("one_cycle"));
  if (!schedule.has_linear_warmup()) return;
  const MessageCheck warmup = check.Nested("linear_warmup");
  if (warmup.Required("steps")) warmup.AtLeast("steps", 1);
  warmup.AboveUpTo("start_factor", 0, 1);
  if (schedule.has_one_cycle()) {
    check.Problem("linear_warmup", absl::StrCat("contradicts 'one_cycle' at ", check.Where("one_cycle"),
                                                ", which has a warm-up of its own"));
  }
}

}  // namespace

void ValidateTraining(const TrainingConfig& training, const MessageCheck& check) {
  for (const char* name : {"epochs", "batch_size", "log_every_steps", "validation_batch_size"}) check.AtLeast(name, 1);
  check.AtLeast("learning_rate", 0);
  for (const char* name : {"every_steps", "every_epochs", "keep"}) check.Nested("checkpoint").AtLeast(name, 0);
  ValidateOptimizer(training.optimizer(), check.Nested("optimizer"));
  ValidateSchedule(training, check.Nested("schedule"));
}

}  // namespace shoal
