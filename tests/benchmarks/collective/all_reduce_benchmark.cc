// Time of an all-reduce of dense gradients over Gloo, all workers in one process over the loopback interface, and of a
// memory copy of the same size. Sums are verified first.
//
// Arguments: workers and bytes. 1100000 bytes are the gradients of the MLP 784-256-256-2 with a layer of ten classes.
#include <atomic>
#include <cstring>
#include <memory>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/synchronization/blocking_counter.h"
#include "benchmark/benchmark.h"
#include "tests/support/collectives.h"

namespace shoal {
namespace {

// All workers' gradients: those of worker r are r + 1 at first.
std::vector<std::vector<float>> MakeGradients(int size, int64_t bytes) {
  std::vector<std::vector<float>> gradients;
  for (int rank = 0; rank < size; ++rank) {
    gradients.emplace_back(bytes / sizeof(float), static_cast<float>(rank + 1));
  }
  return gradients;
}

// False: an operation failed.
bool AllReduce(const Collectives& collectives, std::vector<std::vector<float>>* gradients) {
  absl::BlockingCounter pending(static_cast<int>(collectives.size()));
  std::atomic<bool> all_ok = true;
  for (const std::unique_ptr<Collective>& collective : collectives) {
    collective->AllReduceSum(absl::MakeSpan((*gradients)[collective->rank()]), [&](const absl::Status& status) {
      if (!status.ok()) all_ok = false;
      pending.DecrementCount();
    });
  }
  pending.Wait();
  return all_ok;
}

bool IsRight(const Collectives& collectives, int64_t bytes) {
  const int size = static_cast<int>(collectives.size());
  std::vector<std::vector<float>> gradients = MakeGradients(size, bytes);
  if (!AllReduce(collectives, &gradients)) return false;
  const std::vector<float> expected(bytes / sizeof(float), static_cast<float>(size * (size + 1)) / 2);
  return absl::c_all_of(gradients, [&](const std::vector<float>& sums) { return sums == expected; });
}

void BM_AllReduceSum(benchmark::State& state) {
  const int size = static_cast<int>(state.range(0));
  const Collectives collectives = ConnectGlooCollectives(size, absl::Seconds(60));
  if (!IsRight(collectives, state.range(1))) {
    state.SkipWithError("a sum is wrong");
    return;
  }
  std::vector<std::vector<float>> gradients = MakeGradients(size, state.range(1));
  // The same sums for ever: those of ones would grow to infinity.
  for (std::vector<float>& share : gradients) absl::c_fill(share, 0.0F);
  for (auto _ : state) AllReduce(collectives, &gradients);
  state.SetBytesProcessed(state.iterations() * state.range(1));
}

void BM_MemoryCopy(benchmark::State& state) {
  const std::vector<char> from(state.range(0), 1);
  std::vector<char> to(state.range(0));
  for (auto _ : state) {
    std::memcpy(to.data(), from.data(), from.size());
    benchmark::DoNotOptimize(to.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

const std::vector<int64_t>& Sizes() {
  static const auto* sizes = new std::vector<int64_t>{4 << 10, 64 << 10, 1100000, 4 << 20, 16 << 20};
  return *sizes;
}

BENCHMARK(BM_AllReduceSum)
    ->ArgNames({"workers", "bytes"})
    ->ArgsProduct({{2, 4}, Sizes()})
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_MemoryCopy)->ArgName("bytes")->ArgsProduct({Sizes()})->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace shoal
