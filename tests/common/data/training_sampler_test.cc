#include "common/data/training_sampler.h"

#include <map>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::SizeIs;

constexpr int64_t kExamples = 23;

class TrainingSamplerTest : public testing::Test {
 protected:
  TrainingSamplerTest() {
    job_.mutable_job()->set_seed(5);
    job_.mutable_job()->mutable_training()->set_batch_size(4);
    job_.set_num_train_examples(kExamples);
    data_.num_examples = kExamples;
    data_.label_columns = {{"other", std::vector<int64_t>(kExamples, 0), 1}, {"label", {}, 5}};
    for (int64_t i = 0; i < kExamples; ++i) data_.label_columns[1].labels.push_back(i % 5);
  }

  void Balance(int classes, int samples) {
    Network* network = job_.mutable_job()->mutable_model()->mutable_network();
    network->set_label("label");
    network->mutable_balanced_batches()->set_classes(classes);
    network->mutable_balanced_batches()->set_samples(samples);
  }

  TrainingSampler Make() const { return TrainingSampler::Create(job_, data_).value(); }

  static std::vector<int64_t> Batch(const TrainingSampler& sampler, int64_t step, int rank = 0, int num_workers = 1) {
    std::vector<int64_t> examples = {-1};
    sampler.Sample(step, rank, num_workers, &examples);
    return examples;
  }

  static void ExpectWorkersShare(const TrainingSampler& sampler, int64_t step) {
    for (const int workers : {2, 3, 20}) {
      std::vector<int64_t> joined;
      for (int rank = 0; rank < workers; ++rank) {
        const std::vector<int64_t> part = Batch(sampler, step, rank, workers);
        const int64_t size = sampler.GlobalBatchSize(step);
        EXPECT_EQ(static_cast<int64_t>(part.size()), size * (rank + 1) / workers - size * rank / workers);
        joined.insert(joined.end(), part.begin(), part.end());
      }
      EXPECT_EQ(joined, Batch(sampler, step)) << workers;
    }
  }

  ResolvedJob job_;
  Dataset data_;
};

TEST_F(TrainingSamplerTest, WithoutBalancedBatchesItIsTheBatchSamplerOfTheJob) {
  job_.mutable_job()->mutable_model()->mutable_network()->set_label("label");
  BatchSampler::Options options;
  options.num_examples = kExamples;
  options.batch_size = 4;
  options.seed = 5;
  for (const bool shuffle : {true, false}) {
    for (const bool drop_last : {true, false}) {
      job_.mutable_job()->mutable_training()->set_shuffle(shuffle);
      job_.mutable_job()->mutable_training()->set_drop_last(drop_last);
      options.shuffle = shuffle;
      options.drop_last = drop_last;
      const BatchSampler expected(options);
      const TrainingSampler sampler = Make();
      for (int64_t step = 1; step <= 14; ++step) {
        std::vector<int64_t> examples;
        expected.Sample(step, 0, 1, &examples);
        EXPECT_EQ(Batch(sampler, step), examples);
        EXPECT_EQ(sampler.GlobalBatchSize(step), expected.GlobalBatchSize(step));
      }
    }
  }
  ExpectWorkersShare(Make(), 6);
}

TEST_F(TrainingSamplerTest, BalancedBatchesHaveSoManyExamplesOfSoManyLabels) {
  Balance(3, 4);
  const TrainingSampler sampler = Make();
  for (int64_t step = 1; step <= 20; ++step) {
    EXPECT_EQ(sampler.GlobalBatchSize(step), 12) << "whatever batch_size says";
    std::map<int64_t, int> sizes;
    for (const int64_t example : Batch(sampler, step)) ++sizes[data_.label_columns[1].labels[example]];
    EXPECT_THAT(sizes, SizeIs(3));
    for (const auto& [label, size] : sizes) EXPECT_EQ(size, 4) << label;
    ExpectWorkersShare(sampler, step);
  }
}

TEST_F(TrainingSamplerTest, TheSeedDecidesBalancedBatches) {
  Balance(3, 4);
  const TrainingSampler first = Make();
  EXPECT_EQ(Batch(Make(), 2), Batch(first, 2));
  job_.mutable_job()->set_seed(6);
  EXPECT_NE(Batch(Make(), 2), Batch(first, 2));
}

TEST_F(TrainingSamplerTest, LabelsThatAreMissingAreNamed) {
  Balance(3, 4);
  data_.label_columns.pop_back();
  EXPECT_EQ(TrainingSampler::Create(job_, data_).status(),
            absl::InvalidArgumentError("the data has no label column label"));
}

TEST_F(TrainingSamplerTest, MoreClassesThanTheDataHasAreAnError) {
  Balance(6, 4);
  EXPECT_EQ(TrainingSampler::Create(job_, data_).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace shoal
