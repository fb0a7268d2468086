#include "common/data/batch_sampler.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

BatchSampler::Options Options(int64_t num_examples, int64_t batch_size) {
  BatchSampler::Options options;
  options.num_examples = num_examples;
  options.batch_size = batch_size;
  options.seed = 3;
  return options;
}

std::vector<int64_t> Batch(const BatchSampler& sampler, int64_t step, int rank = 0, int num_workers = 1) {
  std::vector<int64_t> examples = {-1};
  sampler.Sample(step, rank, num_workers, &examples);
  return examples;
}

std::vector<int64_t> Epoch(const BatchSampler& sampler, int64_t epoch) {
  std::vector<int64_t> examples;
  for (int64_t i = 1; i <= sampler.steps_per_epoch(); ++i) {
    const std::vector<int64_t> batch = Batch(sampler, epoch * sampler.steps_per_epoch() + i);
    examples.insert(examples.end(), batch.begin(), batch.end());
  }
  return examples;
}

TEST(BatchSamplerTest, TheLastBatchOfAnEpochMayBeSmaller) {
  const BatchSampler sampler(Options(10, 4));
  EXPECT_EQ(3, sampler.steps_per_epoch());
  EXPECT_EQ(4, sampler.GlobalBatchSize(1));
  EXPECT_EQ(2, sampler.GlobalBatchSize(3));
  EXPECT_EQ(4, sampler.GlobalBatchSize(4));
  EXPECT_EQ(2u, Batch(sampler, 6).size());
}

TEST(BatchSamplerTest, DropLastLeavesTheSmallerBatchOut) {
  BatchSampler::Options options = Options(10, 4);
  options.drop_last = true;
  const BatchSampler sampler(options);
  EXPECT_EQ(2, sampler.steps_per_epoch());
  EXPECT_EQ(4, sampler.GlobalBatchSize(2));
  options.num_examples = 3;
  EXPECT_EQ(0, BatchSampler(options).steps_per_epoch());
}

TEST(BatchSamplerTest, FewerExamplesThanABatchMakeOneStep) {
  const BatchSampler sampler(Options(3, 64));
  EXPECT_EQ(1, sampler.steps_per_epoch());
  EXPECT_EQ(3, sampler.GlobalBatchSize(1));
  EXPECT_EQ(0, BatchSampler(Options(0, 64)).steps_per_epoch());
}

TEST(BatchSamplerTest, WithoutShuffleExamplesComeInOrder) {
  BatchSampler::Options options = Options(5, 2);
  options.shuffle = false;
  const BatchSampler sampler(options);
  EXPECT_THAT(Batch(sampler, 1), ElementsAre(0, 1));
  EXPECT_THAT(Batch(sampler, 3), ElementsAre(4));
  EXPECT_THAT(Batch(sampler, 5), ElementsAre(2, 3));
}

TEST(BatchSamplerTest, AnEpochVisitsEachExampleOnceInAnOrderOfItsOwn) {
  const BatchSampler sampler(Options(1000, 64));
  std::vector<int64_t> all(1000);
  std::iota(all.begin(), all.end(), 0);
  std::vector<std::vector<int64_t>> orders = {all};
  for (int64_t epoch = 0; epoch < 4; ++epoch) {
    std::vector<int64_t> order = Epoch(sampler, epoch);
    for (const std::vector<int64_t>& earlier : orders) EXPECT_NE(earlier, order);
    orders.push_back(order);
    std::sort(order.begin(), order.end());
    EXPECT_EQ(all, order);
  }
}

TEST(BatchSamplerTest, TheOrderIsThePermutationOfSeedAndEpoch) {
  const BatchSampler sampler(Options(10, 4));
  EXPECT_THAT(Epoch(sampler, 0), ElementsAre(2, 7, 8, 9, 5, 0, 1, 6, 4, 3));
  EXPECT_THAT(Epoch(sampler, 1), ElementsAre(3, 5, 9, 6, 0, 4, 8, 1, 7, 2));
}

TEST(BatchSamplerTest, TheSeedChangesTheOrder) {
  BatchSampler::Options options = Options(100, 10);
  const std::vector<int64_t> order = Epoch(BatchSampler(options), 0);
  options.seed = 4;
  EXPECT_NE(order, Epoch(BatchSampler(options), 0));
}

TEST(BatchSamplerTest, WorkersPartsMakeUpTheGlobalBatch) {
  const BatchSampler sampler(Options(1003, 100));
  for (const int num_workers : {1, 2, 3, 7, 16}) {
    for (const int64_t step : {1, 11, 12}) {
      std::vector<int64_t> parts;
      for (int rank = 0; rank < num_workers; ++rank) {
        const std::vector<int64_t> part = Batch(sampler, step, rank, num_workers);
        const size_t share = static_cast<size_t>(sampler.GlobalBatchSize(step) / num_workers);
        EXPECT_GE(part.size(), share);
        EXPECT_LE(part.size(), share + 1);
        parts.insert(parts.end(), part.begin(), part.end());
      }
      EXPECT_EQ(Batch(sampler, step), parts) << num_workers << " workers, step " << step;
    }
  }
}

TEST(BatchSamplerTest, AWorkerMayHaveNothingToDo) {
  const BatchSampler sampler(Options(2, 2));
  EXPECT_THAT(Batch(sampler, 1, 0, 4), IsEmpty());
}

}  // namespace
}  // namespace shoal
