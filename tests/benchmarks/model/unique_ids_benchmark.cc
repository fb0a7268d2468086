// Speed of finding a batch's distinct ids on one thread, in ids a second; each setting is verified first.
//
// Arguments: ids a batch, range that they are drawn from, evenly.
#include <random>
#include <vector>

#include "benchmark/benchmark.h"
#include "common/base/unique_ids.h"

namespace shoal {
namespace {

constexpr uint64_t kSeed = 1;
constexpr int kBatches = 16;  // Different ones, so that the processor cannot learn one by heart.

bool IsRight(const std::vector<uint64_t>& batch, const std::vector<uint32_t>& index, const UniqueIds& unique) {
  for (size_t i = 0; i < batch.size(); ++i) {
    if (unique.ids()[index[i]] != batch[i]) return false;
  }
  return true;
}

void BM_UniqueIds(benchmark::State& state) {
  std::mt19937_64 random(kSeed);
  std::vector<std::vector<uint64_t>> batches(kBatches, std::vector<uint64_t>(state.range(0)));
  for (std::vector<uint64_t>& batch : batches) {
    for (uint64_t& id : batch) id = random() % state.range(1);
  }
  UniqueIds unique(state.range(1));
  std::vector<uint32_t> index(state.range(0));
  for (const std::vector<uint64_t>& batch : batches) {
    unique.Clear();
    unique.Add(batch, index.data());
    if (!IsRight(batch, index, unique)) {
      state.SkipWithError("the ids' places are wrong");
      return;
    }
  }
  size_t next = 0;
  for (auto _ : state) {
    unique.Clear();
    unique.Add(batches[next++ % kBatches], index.data());
    benchmark::DoNotOptimize(index.data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

BENCHMARK(BM_UniqueIds)
    ->ArgNames({"batch", "range"})
    ->Args({64, 1000})
    ->Args({4096, 1000})
    ->Args({4096, 1 << 24})
    ->Args({65536, 1 << 24});

}  // namespace
}  // namespace shoal
