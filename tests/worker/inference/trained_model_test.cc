#include "worker/inference/trained_model.h"

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/checkpoint/publish_checkpoint.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "parameter_server/checkpoint_saver.h"
#include "tests/common/base/memory_file_system.h"
#include "tests/support/scripted_coordinator_link.h"
#include "tests/support/small_job.h"
#include "worker/dense_checkpoint_saver.h"
#include "worker/step_driver.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

// An embedded run of a small job, and what it left.
class TrainedModelTest : public testing::Test {
 protected:
  // Trains to the end and saves, in a folder of its own.
  void Train(ResolvedJob job, TrainingData data) {
    job_ = std::move(job);
    // Batches of unequal size.
    job_.mutable_job()->mutable_training()->set_validation_batch_size(8);
    data_ = std::move(data);
    checkpoints_ = absl::StrCat("/run-", ++runs_, "/checkpoints");
    RegisterReply assignment;
    *assignment.mutable_job() = job_;
    assignment.set_checkpoint_directory(checkpoints_);
    ScriptedCoordinatorLink link;
    CheckpointSaver saver(files_, assignment, Role::WORKER, /*index=*/0, &link);
    DenseCheckpointSaver dense_saver(files_, assignment, &link);
    const auto shard = Shard::Create(job_, {}, std::vector<bool>(100, true)).value();
    EmbeddedParameterClient client(shard.get(), &saver);
    const auto driver =
        StepDriver::Create(job_, /*rank=*/0, /*start=*/{}, data_, {&client, nullptr, &dense_saver}, absl::Now())
            .value();
    while (!driver->done()) {
      driver->Begin([] {});
      ASSERT_TRUE(driver->Finish(absl::Now()).ok());
      const auto report = driver->TakeReport(absl::Now());
      if (report.has_value() && report->epoch_complete()) validation_ = report->validation();
    }
    Publish(link.checkpoints());
  }

  absl::StatusOr<std::unique_ptr<TrainedModel>> Load(const ResolvedJob& job) {
    return TrainedModel::Load(files_, absl::StrCat(checkpoints_, "/step-", job_.total_steps()),
                              static_cast<uint64_t>(job_.total_steps()), job);
  }

  // A job with other layers for the embedding.
  ResolvedJob WithEmbeddingLayers(int layers) {
    ResolvedJob job = job_;
    job.mutable_job()->mutable_model()->mutable_network()->set_embedding_layers(layers);
    return job;
  }

  MemoryFileSystem files_;
  int runs_ = 0;
  std::string checkpoints_;
  // Of the last run.
  ResolvedJob job_;
  TrainingData data_;
  MetricSums validation_;  // Of the last epoch.

 private:
  void Publish(const std::vector<CheckpointReport>& reports) {
    const auto last = static_cast<uint64_t>(job_.total_steps());
    std::vector<CheckpointFile> written;
    for (const CheckpointReport& report : reports) {
      if (report.step() == last) written.insert(written.end(), report.files().begin(), report.files().end());
    }
    const auto digests = PublishCheckpoint(files_, checkpoints_, last, job_, written, "");
    ASSERT_TRUE(digests.ok()) << digests.status();
  }
};

void ExpectSameBits(const MetricSums& got, const MetricSums& expected) {
  EXPECT_GT(expected.examples(), 0u);
  EXPECT_EQ(got.SerializeAsString(), expected.SerializeAsString()) << got.DebugString() << "instead of\n"
                                                                   << expected.DebugString();
}

SmallNetworkOptions WithLoss(const std::string& loss) {
  SmallNetworkOptions options;
  options.loss = loss;
  return options;
}

TEST_F(TrainedModelTest, EvaluatesMatrixFactorizationAsTrainingDid) {
  Train(SmallJob(), SmallData(SmallJob()));
  const auto model = Load(job_);
  ASSERT_TRUE(model.ok()) << model.status();
  ExpectSameBits((*model)->Evaluate(data_.validation).value(), validation_);
}

TEST_F(TrainedModelTest, EvaluatesNetworksAsTrainingDid) {
  for (const char* loss : {"loss { softmax_cross_entropy {} }", "loss { triplet { mining: RANDOM_HARD } }"}) {
    SCOPED_TRACE(loss);
    const ResolvedJob job = SmallNetworkJob(WithLoss(loss));
    Train(job, SmallNetworkData(job));
    const auto model = Load(job_);
    ASSERT_TRUE(model.ok()) << model.status();
    ExpectSameBits((*model)->Evaluate(data_.validation).value(), validation_);
    ExpectSameBits((*model)->Evaluate(data_.validation).value(), validation_);
  }
}

TEST_F(TrainedModelTest, PredictionsAgreeWithTheMetrics) {
  const ResolvedJob job = SmallNetworkJob();
  Train(job, SmallNetworkData(job));
  const std::vector<Prediction> predictions = (*Load(job_))->Predict(data_.validation).value();
  ASSERT_EQ(predictions.size(), static_cast<size_t>(data_.validation.num_examples));
  double correct = 0;
  for (size_t i = 0; i < predictions.size(); ++i) {
    if (predictions[i].label == data_.validation.label_columns[0].labels[i]) ++correct;
    EXPECT_GE(predictions[i].value, 1.0F / 3);
    EXPECT_LE(predictions[i].value, 1);
  }
  EXPECT_THAT(FindMetric(validation_, "accuracy"), testing::ElementsAre(correct));
}

TEST_F(TrainedModelTest, EmbeddingsAreOutputsOfTheLayersThatTheJobSays) {
  const ResolvedJob job = SmallNetworkJob();
  Train(job, SmallNetworkData(job));
  const Embeddings all = (*Load(job_))->Embed(data_.validation).value();
  EXPECT_EQ(all.dim, 3);
  EXPECT_EQ(all.values.size(), static_cast<size_t>(3 * data_.validation.num_examples));
  EXPECT_EQ((*Load(WithEmbeddingLayers(3)))->Embed(data_.validation)->values, all.values);
  const Embeddings first = (*Load(WithEmbeddingLayers(1)))->Embed(data_.validation).value();
  const Embeddings second = (*Load(WithEmbeddingLayers(2)))->Embed(data_.validation).value();
  EXPECT_EQ(first.dim, 6);
  ASSERT_EQ(second.values.size(), first.values.size());
  for (size_t i = 0; i < first.values.size(); ++i) EXPECT_NEAR(second.values[i], std::tanh(first.values[i]), 1e-6);
}

TEST_F(TrainedModelTest, WhatAModelCannotGiveIsRefused) {
  Train(SmallJob(), SmallData(SmallJob()));
  EXPECT_THAT(std::string((*Load(job_))->Embed(data_.validation).status().message()), HasSubstr("no model.network"));
  const ResolvedJob job = SmallNetworkJob(WithLoss("loss { triplet {} }"));
  Train(job, SmallNetworkData(job));
  EXPECT_THAT(std::string((*Load(job_))->Predict(data_.validation).status().message()), HasSubstr("shoal embed"));
}

TEST_F(TrainedModelTest, AnErrorOfTheProgressEndsTheWork) {
  Train(SmallJob(), SmallData(SmallJob()));
  std::vector<int64_t> seen;
  const absl::Status status =
      (*Load(job_))
          ->Evaluate(data_.validation,
                     [&](int64_t examples) {
                       seen.push_back(examples);
                       return examples >= 16 ? absl::CancelledError("enough") : absl::OkStatus();
                     })
          .status();
  EXPECT_TRUE(absl::IsCancelled(status)) << status;
  EXPECT_THAT(seen, testing::ElementsAre(8, 16));
}

}  // namespace
}  // namespace shoal
