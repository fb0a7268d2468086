// A few rows in memory under one optimizer, driven as a parameter server drives them: rows of a step are caught up to
// the step before and then updated.
#ifndef SHOAL_TESTS_COMMON_OPTIMIZER_OPTIMIZER_TABLE_H_
#define SHOAL_TESTS_COMMON_OPTIMIZER_OPTIMIZER_TABLE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/optimizer/row_optimizer.h"
#include "common/schedule/schedule.h"
#include "proto/job.pb.h"

namespace shoal {

struct OptimizerTableOptions {
  int dim = 1;
  // Text of OptimizerConfig and of ScheduleConfig.
  std::string optimizer;
  std::string schedule;
  RowSemantics row_semantics = LAZY;
  double learning_rate = 0.01;
  double learning_rate_multiplier = 1;
  int64_t total_steps = 100;
};

// Fails the program where `options` makes no valid optimizer.
class OptimizerTable {
 public:
  // One row for each of `weights`, of options.dim floats each.
  OptimizerTable(const OptimizerTableOptions& options, const std::vector<std::vector<float>>& weights);

  // Row -> gradient of dim floats.
  using Gradients = std::map<int, std::vector<float>>;
  void Step(int64_t step, const Gradients& gradients);

  // Brings the row itself to `step`.
  void CatchUp(int row, int64_t step) { optimizer_->CatchUp(step, rows_[row].data()); }
  // Replaces all floats of the row, as a checkpoint does.
  void SetRow(int row, const std::vector<float>& floats) { rows_[row] = floats; }

  // The row as it is after `step`; the table's own row stays where it is.
  std::vector<float> WeightsAt(int row, int64_t step) const;
  // All floats of the row in memory, as they are.
  const std::vector<float>& row(int row) const { return rows_[row]; }
  // The largest magnitude that a weight of the row has had: at the start and after each of its updates.
  double largest_weight(int row) const { return largest_weights_[row]; }
  // Whether all floats between dim and the segment's end are zero, in weights and state.
  bool PaddingIsZero(int row) const;

 private:
  void NoteLargestWeight(int row);

  std::unique_ptr<Schedule> schedule_;
  std::unique_ptr<RowOptimizer> optimizer_;
  std::vector<std::vector<float>> rows_;  // Each an allocation of its own, so that sanitizers see its end.
  std::vector<double> largest_weights_;
};

// The largest difference of two rows' elements; infinite where one is not a number.
double LargestDifference(const std::vector<float>& actual, const std::vector<double>& expected);

}  // namespace shoal

#endif  // SHOAL_TESTS_COMMON_OPTIMIZER_OPTIMIZER_TABLE_H_
