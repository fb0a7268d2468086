// The schedule as one table sees it: learning rates times the table's multiplier.
//
// Thread safety: immutable.
#ifndef SHOAL_COMMON_OPTIMIZER_TABLE_SCHEDULE_H_
#define SHOAL_COMMON_OPTIMIZER_TABLE_SCHEDULE_H_

#include <cstdint>

#include "common/schedule/schedule.h"
#include "proto/job.pb.h"

namespace shoal {

class TableSchedule {
 public:
  // `schedule` must outlive the object.
  TableSchedule(const TableConfig& table, const Schedule& schedule)
      : schedule_(&schedule), multiplier_(table.learning_rate_multiplier()) {}

  // REQUIRES: step >= 1.
  StepHyperparameters At(int64_t step) const {
    StepHyperparameters values = schedule_->At(step);
    values.learning_rate *= multiplier_;
    return values;
  }

  // Whether steps bring a momentum of their own.
  bool cycles_momentum() const { return schedule_->At(1).momentum.has_value(); }

 private:
  const Schedule* schedule_;
  double multiplier_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_OPTIMIZER_TABLE_SCHEDULE_H_
