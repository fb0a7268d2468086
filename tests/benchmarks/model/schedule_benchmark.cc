// Time of one Schedule::At, by the shape of the schedule.
#include <string>

#include "benchmark/benchmark.h"
#include "common/schedule/schedule.h"
#include "google/protobuf/text_format.h"

namespace shoal {
namespace {

void BM_ScheduleAt(benchmark::State& state, const char* text) {
  TrainingConfig training;
  if (!google::protobuf::TextFormat::ParseFromString(std::string(text), &training)) {
    state.SkipWithError("the schedule does not parse");
    return;
  }
  constexpr int64_t kSteps = 10000;
  const Schedule schedule = Schedule::Create(training, kSteps / 10, kSteps).value();
  int64_t step = 0;
  for (auto _ : state) benchmark::DoNotOptimize(schedule.At(++step % kSteps + 1));
}

BENCHMARK_CAPTURE(BM_ScheduleAt, constant, "");
BENCHMARK_CAPTURE(BM_ScheduleAt, exponential, "schedule { exponential { } }");
BENCHMARK_CAPTURE(BM_ScheduleAt, cosine, "schedule { cosine { } }");
BENCHMARK_CAPTURE(BM_ScheduleAt, one_cycle, "schedule { one_cycle { } }");

}  // namespace
}  // namespace shoal
