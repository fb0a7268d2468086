// Learning rate and momentum of every step: a pure function of the step number.
//
// Thread safety: immutable after Create.
#ifndef SHOAL_COMMON_SCHEDULE_SCHEDULE_H_
#define SHOAL_COMMON_SCHEDULE_SCHEDULE_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "proto/job.pb.h"

namespace shoal {

struct StepHyperparameters {
  double learning_rate = 0;
  // Set where the schedule cycles momentum: replaces SGD's momentum or Adam's beta1 for this step.
  absl::optional<double> momentum;
};

class Schedule {
 public:
  // REQUIRES: steps_per_epoch >= 1, total_steps >= 1.
  // InvalidArgument names the field of training.schedule that is wrong.
  static absl::StatusOr<Schedule> Create(const TrainingConfig& training, int64_t steps_per_epoch, int64_t total_steps);

  // REQUIRES: step >= 1. Beyond total_steps the last step's values hold. Costs tens of nanoseconds.
  StepHyperparameters At(int64_t step) const;

 private:
  Schedule(const TrainingConfig& training, int64_t steps_per_epoch, int64_t total_steps);

  ScheduleConfig config_;
  double learning_rate_;
  int64_t steps_per_epoch_;
  int64_t total_steps_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_SCHEDULE_SCHEDULE_H_
