// Time of an all-reduce of dense gradients over Gloo, all workers in one process over the loopback interface, and of a
// memory copy of the same size. Sums are verified first.
//
// Arguments: workers and bytes. 1100000 bytes are the gradients of the MLP 784-256-256-2 with a layer of ten classes.
#include <cstring>
#include <vector>

#include "benchmark/benchmark.h"
#include "tests/support/collectives.h"

namespace shoal {
namespace {

void BM_AllReduceSum(benchmark::State& state) {
  const int size = static_cast<int>(state.range(0));
  const Collectives collectives = ConnectGlooCollectives(size, absl::Seconds(60));
  std::vector<std::vector<float>> data(size, std::vector<float>(state.range(1) / sizeof(float)));
  std::vector<absl::Status> statuses(size);
  const auto all_reduce = [&] {
    OnEachRank(collectives, [&](Collective& collective) {
      const int rank = collective.rank();
      statuses[rank] = SumAndWait(collective, absl::MakeSpan(data[rank]));
    });
  };

  const float expected = static_cast<float>(size * (size + 1)) / 2;
  for (int rank = 0; rank < size; ++rank) data[rank].assign(data[rank].size(), static_cast<float>(rank + 1));
  all_reduce();
  for (int rank = 0; rank < size; ++rank) {
    if (statuses[rank].ok() && data[rank] == std::vector<float>(data[rank].size(), expected)) continue;
    state.SkipWithError("a sum is wrong");
    return;
  }
  for (std::vector<float>& share : data) share.assign(share.size(), 0);  // Sums of ones would grow to infinity.
  for (auto _ : state) all_reduce();
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
