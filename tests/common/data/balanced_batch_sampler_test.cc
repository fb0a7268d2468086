#include "common/data/balanced_batch_sampler.h"

#include <algorithm>
#include <map>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// `sizes[c]` examples of label 10 * c, labels taking turns.
std::vector<int64_t> Labels(std::vector<int64_t> sizes) {
  std::vector<int64_t> labels;
  for (bool any = true; any;) {
    any = false;
    for (size_t c = 0; c < sizes.size(); ++c) {
      if (sizes[c]-- <= 0) continue;
      labels.push_back(10 * static_cast<int64_t>(c));
      any = true;
    }
  }
  return labels;
}

BalancedBatchSampler Make(const std::vector<int64_t>& labels, int64_t classes, int64_t samples, uint64_t seed = 3) {
  return BalancedBatchSampler::Create(labels, {classes, samples, seed}).value();
}

std::vector<int64_t> Batch(const BalancedBatchSampler& sampler, int64_t step, int rank = 0, int num_workers = 1) {
  std::vector<int64_t> examples = {-1};
  sampler.Sample(step, rank, num_workers, &examples);
  return examples;
}

// label -> its examples in the batch.
std::map<int64_t, std::vector<int64_t>> ByLabel(const std::vector<int64_t>& labels, const std::vector<int64_t>& batch) {
  std::map<int64_t, std::vector<int64_t>> result;
  for (const int64_t example : batch) result[labels[example]].push_back(example);
  return result;
}

TEST(BalancedBatchSamplerTest, ABatchHasDistinctLabelsWithDistinctExamples) {
  const std::vector<int64_t> labels = Labels({9, 14, 7, 30, 5});
  const BalancedBatchSampler sampler = Make(labels, 3, 4);
  for (int64_t step = 1; step <= 100; ++step) {
    const auto by_label = ByLabel(labels, Batch(sampler, step));
    EXPECT_THAT(by_label, SizeIs(3)) << step;
    for (const auto& [label, examples] : by_label) {
      EXPECT_THAT(std::set<int64_t>(examples.begin(), examples.end()), SizeIs(4)) << step;
    }
  }
}

TEST(BalancedBatchSamplerTest, ExamplesOfALabelAreAdjacent) {
  const std::vector<int64_t> labels = Labels({9, 14, 7});
  const std::vector<int64_t> batch = Batch(Make(labels, 3, 2), 1);
  for (size_t i = 0; i < batch.size(); i += 2) EXPECT_EQ(labels[batch[i]], labels[batch[i + 1]]);
}

TEST(BalancedBatchSamplerTest, APassShowsEachExampleOnceWhereTheNumbersDivide) {
  const std::vector<int64_t> labels = Labels({6, 6, 6, 6});
  const BalancedBatchSampler sampler = Make(labels, 2, 3);
  EXPECT_EQ(sampler.steps_per_epoch(), 4);
  std::vector<int64_t> first;
  for (int64_t pass = 0; pass < 3; ++pass) {
    std::vector<int64_t> seen;
    for (int64_t step = 4 * pass + 1; step <= 4 * pass + 4; ++step) {
      const std::vector<int64_t> batch = Batch(sampler, step);
      seen.insert(seen.end(), batch.begin(), batch.end());
    }
    if (pass == 0) first = seen;
    EXPECT_EQ(seen == first, pass == 0);
    EXPECT_THAT(std::set<int64_t>(seen.begin(), seen.end()), SizeIs(24)) << "pass " << pass;
  }
}

TEST(BalancedBatchSamplerTest, RemaindersAreLeftOutInTurn) {
  const std::vector<int64_t> labels = Labels({5, 5, 5});
  const BalancedBatchSampler sampler = Make(labels, 2, 2);
  std::set<int64_t> seen;
  for (int64_t step = 1; step <= 60; ++step) {
    for (const int64_t example : Batch(sampler, step)) seen.insert(example);
  }
  EXPECT_THAT(seen, SizeIs(15));
}

TEST(BalancedBatchSamplerTest, ALabelWithTooFewExamplesRepeatsThem) {
  const std::vector<int64_t> labels = Labels({2, 9});
  const auto by_label = ByLabel(labels, Batch(Make(labels, 2, 5), 1));
  EXPECT_THAT(by_label.at(0), ElementsAre(0, 2, 0, 2, 0));
  EXPECT_THAT(by_label.at(10), SizeIs(5));
}

TEST(BalancedBatchSamplerTest, AnEpochIsAsManyBatchesAsThereAreExamples) {
  EXPECT_EQ(Make(Labels({50, 50}), 2, 8).steps_per_epoch(), 6);
  EXPECT_EQ(Make(Labels({50, 50}), 2, 8).GlobalBatchSize(), 16);
  EXPECT_EQ(Make(Labels({2, 2}), 2, 8).steps_per_epoch(), 1);
}

TEST(BalancedBatchSamplerTest, StepAndSeedChangeTheBatch) {
  const std::vector<int64_t> labels = Labels({40, 40, 40});
  const std::vector<int64_t> batch = Batch(Make(labels, 2, 5), 1);
  EXPECT_EQ(Batch(Make(labels, 2, 5), 1), batch);
  EXPECT_NE(Batch(Make(labels, 2, 5), 2), batch);
  EXPECT_NE(Batch(Make(labels, 2, 5, 4), 1), batch);
}

TEST(BalancedBatchSamplerTest, WorkersPartsMakeUpTheGlobalBatch) {
  const BalancedBatchSampler sampler = Make(Labels({40, 30, 20}), 3, 5);
  for (const int num_workers : {2, 3, 7, 15}) {
    for (const int64_t step : {1, 2, 50}) {
      std::vector<int64_t> parts;
      for (int rank = 0; rank < num_workers; ++rank) {
        const std::vector<int64_t> part = Batch(sampler, step, rank, num_workers);
        parts.insert(parts.end(), part.begin(), part.end());
      }
      EXPECT_EQ(parts, Batch(sampler, step)) << num_workers << " workers, step " << step;
    }
  }
  EXPECT_THAT(Batch(sampler, 1, 0, 40), IsEmpty());
}

// Results of a job depend on the order: it must not change.
TEST(BalancedBatchSamplerTest, TheOrderIsFixed) {
  const BalancedBatchSampler sampler = Make(Labels({4, 6, 5}), 2, 2);
  EXPECT_THAT(Batch(sampler, 1), ElementsAre(8, 2, 4, 7));
  EXPECT_THAT(Batch(sampler, 9), ElementsAre(4, 1, 0, 3));
}

TEST(BalancedBatchSamplerTest, OptionsThatCannotBeAreNamed) {
  const auto error = [](int64_t classes, int64_t samples) {
    return std::string(BalancedBatchSampler::Create(Labels({3, 3}), {classes, samples, 0}).status().message());
  };
  EXPECT_EQ(error(0, 1), "balanced_batches.classes is 0, expected at least 1");
  EXPECT_EQ(error(1, 0), "balanced_batches.samples is 0, expected at least 1");
  EXPECT_EQ(error(3, 1), "balanced_batches.classes is 3, expected at most the 2 labels of the data");
}

}  // namespace
}  // namespace shoal
