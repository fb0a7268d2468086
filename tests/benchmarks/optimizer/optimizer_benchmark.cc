// Nanoseconds a row of Adam: a step with its gradient, and the catch-up over a gap of idle steps. Rows stay in the
// first-level cache.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <memory>
#include <vector>

#include "benchmark/benchmark.h"
#include "common/optimizer/row_optimizer.h"
#include "common/schedule/schedule.h"
#include "proto/job.pb.h"

namespace shoal {
namespace {

constexpr int kNumRows = 16;
constexpr int64_t kFirstStep = 1000;

// One-cycle AdamW, as in examples/ml-100k.textproto.
class Rows {
 public:
  Rows(int dim, int64_t last_step) {
    TrainingConfig training;
    training.set_learning_rate(0.005f);
    training.mutable_schedule()->mutable_one_cycle();
    TableConfig table;
    table.set_embedding_dim(dim);
    table.set_row_semantics(DENSE_EQUIVALENT);
    OptimizerConfig::Adam* adam = table.mutable_optimizer()->mutable_adam();
    adam->set_beta2(0.99);
    adam->set_eps(1e-5);
    adam->set_weight_decay(0.01);
    adam->set_decoupled_weight_decay(true);
    schedule_ = std::make_unique<Schedule>(*Schedule::Create(training, 6250, 6250));
    optimizer_ = *CreateRowOptimizer(table, *schedule_);
    floats_.resize(static_cast<size_t>(kNumRows) * optimizer_->layout().row_floats());
    gradient_.assign(optimizer_->layout().segment(), 0.0f);
    std::fill_n(gradient_.begin(), dim, 0.01f);
    optimizer_->BeginStep(kFirstStep);
    for (int i = 0; i < kNumRows; ++i) {
      std::fill_n(row(i), dim, 0.1f);
      optimizer_->InitializeState(row(i));
      optimizer_->CatchUp(kFirstStep - 1, row(i));
      optimizer_->Update(gradient_.data(), row(i));
    }
    optimizer_->BeginStep(last_step);
  }

  float* row(int i) { return floats_.data() + static_cast<size_t>(i) * optimizer_->layout().row_floats(); }
  const float* gradient() const { return gradient_.data(); }
  const RowOptimizer& optimizer() const { return *optimizer_; }

 private:
  std::unique_ptr<Schedule> schedule_;
  std::unique_ptr<RowOptimizer> optimizer_;
  std::vector<float> floats_;
  std::vector<float> gradient_;
};

// One jump over a gap must end where single idle steps end.
bool Verify(int dim, int64_t gap) {
  Rows rows(dim, kFirstStep + gap);
  rows.optimizer().CatchUp(kFirstStep + gap, rows.row(0));
  for (int64_t step = 1; step <= gap; ++step) rows.optimizer().CatchUp(kFirstStep + step, rows.row(1));
  for (int i = 0; i < dim; ++i) {
    if (!(std::abs(rows.row(0)[i] - rows.row(1)[i]) <= 1e-6f)) return false;
  }
  return rows.row(0)[0] != 0.1f;
}

void BM_AdamUpdate(benchmark::State& state) {
  Rows rows(static_cast<int>(state.range(0)), kFirstStep + 1);
  int i = 0;
  for (auto _ : state) {
    rows.optimizer().Update(rows.gradient(), rows.row(i));
    i = (i + 1) % kNumRows;
  }
}

void BM_AdamCatchUp(benchmark::State& state) {
  const int dim = static_cast<int>(state.range(0));
  const int64_t gap = state.range(1);
  Rows rows(dim, kFirstStep + gap);
  const RowLayout& layout = rows.optimizer().layout();
  int i = 0;
  for (auto _ : state) {
    layout.set_last_step(rows.row(i), kFirstStep);
    rows.optimizer().CatchUp(kFirstStep + gap, rows.row(i));
    // Repeated catch-ups would let the state fade to denormal numbers.
    std::fill_n(rows.row(i) + layout.field_offset(0), dim, 0.01f);
    std::fill_n(rows.row(i) + layout.field_offset(1), dim, 0.0001f);
    i = (i + 1) % kNumRows;
  }
}

BENCHMARK(BM_AdamUpdate)->ArgName("dim")->Arg(1)->Arg(50)->Arg(64);
BENCHMARK(BM_AdamCatchUp)
    ->ArgNames({"dim", "gap"})
    ->Args({1, 16})
    ->Args({50, 1})
    ->Args({50, 16})
    ->Args({64, 16})
    ->Args({50, 128})
    ->Args({50, 3000});

}  // namespace
}  // namespace shoal

int main(int argc, char** argv) {
  for (const int dim : {1, 50, 64}) {
    for (const int64_t gap : {1, 16, 128, 3000}) {
      if (shoal::Verify(dim, gap)) continue;
      std::cerr << "catching up over " << gap << " steps is wrong at dim " << dim << "\n";
      return 1;
    }
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
