#include "tests/common/optimizer/optimizer_table.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "google/protobuf/text_format.h"

namespace shoal {
namespace {

template <class T>
T OrDie(absl::StatusOr<T> value) {
  if (value.ok()) return *std::move(value);
  std::cerr << value.status() << "\n";
  std::abort();
}

template <class Message>
void ParseOrDie(const std::string& text, Message* message) {
  if (google::protobuf::TextFormat::ParseFromString(text, message)) return;
  std::cerr << "cannot parse " << text << "\n";
  std::abort();
}

}  // namespace

OptimizerTable::OptimizerTable(const OptimizerTableOptions& options, const std::vector<std::vector<float>>& weights) {
  TrainingConfig training;
  training.set_learning_rate(static_cast<float>(options.learning_rate));
  ParseOrDie(options.schedule, training.mutable_schedule());
  TableConfig table;
  table.set_name("table");
  table.set_embedding_dim(options.dim);
  table.set_row_semantics(options.row_semantics);
  table.set_learning_rate_multiplier(static_cast<float>(options.learning_rate_multiplier));
  ParseOrDie(options.optimizer, table.mutable_optimizer());
  schedule_ = std::make_unique<Schedule>(OrDie(Schedule::Create(training, options.total_steps, options.total_steps)));
  optimizer_ = OrDie(CreateRowOptimizer(table, *schedule_));
  for (const std::vector<float>& row_weights : weights) {
    std::vector<float> row(optimizer_->layout().row_floats());
    std::copy(row_weights.begin(), row_weights.end(), row.begin());
    optimizer_->InitializeState(row.data());
    rows_.push_back(std::move(row));
    largest_weights_.push_back(0);
    NoteLargestWeight(static_cast<int>(rows_.size()) - 1);
  }
}

void OptimizerTable::Step(int64_t step, const Gradients& gradients) {
  optimizer_->BeginStep(step);
  for (const auto& [row, gradient] : gradients) {
    std::vector<float> segment(optimizer_->layout().segment());
    std::copy(gradient.begin(), gradient.end(), segment.begin());
    optimizer_->CatchUp(step - 1, rows_[row].data());
    optimizer_->Update(segment.data(), rows_[row].data());
    NoteLargestWeight(row);
  }
}

void OptimizerTable::NoteLargestWeight(int row) {
  for (int i = 0; i < optimizer_->layout().dim(); ++i) {
    largest_weights_[row] = std::max<double>(largest_weights_[row], std::abs(rows_[row][i]));
  }
}

std::vector<float> OptimizerTable::WeightsAt(int row, int64_t step) const {
  std::vector<float> copy = rows_[row];
  optimizer_->CatchUp(step, copy.data());
  copy.resize(optimizer_->layout().dim());
  return copy;
}

bool OptimizerTable::PaddingIsZero(int row) const {
  const RowLayout& layout = optimizer_->layout();
  std::vector<int> segments = {0};
  for (size_t i = 0; i < layout.fields().size(); ++i) {
    if (layout.fields()[i].width == layout.dim()) segments.push_back(layout.field_offset(static_cast<int>(i)));
  }
  for (const int begin : segments) {
    for (int i = begin + layout.dim(); i < begin + layout.segment(); ++i) {
      if (rows_[row][i] != 0) return false;
    }
  }
  return true;
}

double LargestDifference(const std::vector<float>& actual, const std::vector<double>& expected) {
  double largest = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double difference = std::abs(actual[i] - expected[i]);
    largest = std::max(largest, std::isnan(difference) ? HUGE_VAL : difference);
  }
  return largest;
}

}  // namespace shoal
