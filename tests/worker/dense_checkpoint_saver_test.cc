#include "worker/dense_checkpoint_saver.h"

#include <memory>
#include <string>
#include <vector>

#include "common/checkpoint/dense_digest.h"
#include "common/checkpoint/publish_checkpoint.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/base/memory_file_system.h"
#include "tests/support/scripted_coordinator_link.h"
#include "tests/worker/tower/tower_problem.h"
#include "worker/restore_dense.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

constexpr char kDirectory[] = "/run/checkpoints";

ParameterSpec Spec(const std::string& name, std::vector<int64_t> shape) {
  ParameterSpec spec = {name, std::move(shape), {}};
  spec.initializer.mutable_uniform()->set_low(-1);
  return spec;
}

// A job of nothing but a tower, trained on gradients that depend on the step alone.
class DenseCheckpointSaverTest : public testing::Test {
 protected:
  DenseCheckpointSaverTest() {
    assignment_.set_checkpoint_directory(kDirectory);
    assignment_.mutable_job()->mutable_job()->mutable_model()->mutable_network()->add_tower()->mutable_linear();
  }

  std::unique_ptr<DenseParameters> Create(std::vector<int64_t> shape = {3, 2}, uint64_t seed = 1, bool adam = true) {
    OptimizerConfig optimizer;
    if (adam) {
      optimizer.mutable_adam();
    } else {
      optimizer.mutable_sgd();
    }
    return *DenseParameters::Create({Spec("tower.0.weight", std::move(shape)), Spec("tower.0.bias", {3})}, optimizer,
                                    seed, schedule_);
  }

  static void Train(DenseParameters* parameters, int from, int to) {
    for (int step = from; step <= to; ++step) {
      for (float& gradient : parameters->gradients()) gradient = 1.0F / static_cast<float>(step);
      parameters->ApplyGradients(step);
    }
  }

  // Saves after step 5 and publishes.
  void SaveAndPublish(const DenseParameters& parameters) {
    ScriptedCoordinatorLink link;
    ASSERT_EQ(DenseCheckpointSaver(files_, assignment_, &link).SaveDense(parameters, 5), absl::OkStatus());
    const std::vector<CheckpointFile> written = {link.checkpoints().at(0).files(0)};
    const auto digests = PublishCheckpoint(files_, kDirectory, 5, assignment_.job(), written, "");
    ASSERT_TRUE(digests.ok()) << digests.status();
    EXPECT_EQ(digests->dense, DenseDigest(parameters.Save()));
    assignment_.set_resume_from("/run/checkpoints/step-5");
    assignment_.set_resume_step(5);
  }

  const Schedule schedule_ = ConstantSchedule(0.1F);
  MemoryFileSystem files_;
  ScriptedCoordinatorLink link_;
  RegisterReply assignment_;
};

TEST_F(DenseCheckpointSaverTest, WritesTheParametersAsideAndTellsTheCoordinator) {
  DenseCheckpointSaver saver(files_, assignment_, &link_);
  ASSERT_EQ(saver.SaveDense(*Create(), 5), absl::OkStatus());
  EXPECT_TRUE(*files_.Exists("/run/checkpoints/step-5.tmp/dense.safetensors"));
  EXPECT_FALSE(*files_.Exists("/run/checkpoints/step-5")) << "publishing is the coordinator's";
  ASSERT_EQ(link_.checkpoints().size(), 1u);
  const CheckpointReport& report = link_.checkpoints()[0];
  EXPECT_EQ(report.role(), WORKER);
  EXPECT_EQ(report.index(), 0u);
  EXPECT_EQ(report.step(), 5u);
  EXPECT_EQ(report.part(), DENSE_PARAMETERS);
  EXPECT_EQ(report.error(), "");
  ASSERT_EQ(report.files_size(), 1);
  EXPECT_EQ(report.files(0).name(), "dense.safetensors");
  EXPECT_EQ(report.files(0).parameters_size(), 2);
}

TEST_F(DenseCheckpointSaverTest, AFullDiskIsReportedToTheCoordinatorAndReturned) {
  files_.SetCapacity(100);
  DenseCheckpointSaver saver(files_, assignment_, &link_);
  const absl::Status status = saver.SaveDense(*Create(), 5);
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  ASSERT_EQ(link_.checkpoints().size(), 1u);
  EXPECT_EQ(link_.checkpoints()[0].files_size(), 0);
  EXPECT_EQ(link_.checkpoints()[0].error(), status.message());
}

TEST_F(DenseCheckpointSaverTest, WhatWasSavedGoesOnWithTheSameBits) {
  const auto whole = Create();
  Train(whole.get(), 1, 5);
  SaveAndPublish(*whole);
  Train(whole.get(), 6, 10);
  const auto restored = RestoreDense(files_, assignment_);
  ASSERT_TRUE(restored.ok()) << restored.status();
  const auto resumed = Create({3, 2}, /*seed=*/2);
  ASSERT_EQ(resumed->Restore(Views(*restored)), absl::OkStatus());
  Train(resumed.get(), 6, 10);
  EXPECT_EQ(DenseDigest(resumed->Save()), DenseDigest(whole->Save()));
}

TEST_F(DenseCheckpointSaverTest, ParametersThatDoNotFitAreRefusedWithWhatWasFoundAndWanted) {
  SaveAndPublish(*Create());
  const auto restored = RestoreDense(files_, assignment_);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_THAT(std::string(Create({2, 3})->Restore(Views(*restored)).message()),
              HasSubstr("'tower.0.weight' has shape [3, 2] and 6 values in the checkpoint, [2, 3] and 6 in the job"));
  EXPECT_THAT(std::string(Create({3, 2}, 1, /*adam=*/false)->Restore(Views(*restored)).message()),
              HasSubstr("has the optimizer state exp_avg (3), exp_avg_sq (3) in the checkpoint, nothing in the job"));
}

TEST_F(DenseCheckpointSaverTest, ATrainingThatStartsAnewRestoresNothing) {
  EXPECT_TRUE(RestoreDense(files_, assignment_)->empty());
}

TEST_F(DenseCheckpointSaverTest, ACheckpointOfAnotherStepOrADamagedOneIsNotRestored) {
  SaveAndPublish(*Create());
  assignment_.set_resume_step(4);
  EXPECT_EQ(RestoreDense(files_, assignment_).status(),
            absl::DataLossError("checkpoint /run/checkpoints/step-5 is of step 5, not of step 4"));
  assignment_.set_resume_step(5);
  const std::string path = "/run/checkpoints/step-5/dense.safetensors";
  std::string bytes = *ReadFile(files_, path, 1 << 20);
  bytes[bytes.size() - 3] ^= 1;
  ASSERT_TRUE(WriteFile(files_, path, bytes).ok());
  const absl::Status damaged = RestoreDense(files_, assignment_).status();
  EXPECT_TRUE(absl::IsDataLoss(damaged));
  EXPECT_THAT(std::string(damaged.message()), HasSubstr(path));
  ASSERT_TRUE(files_.RemoveTree(path).ok());
  EXPECT_THAT(std::string(RestoreDense(files_, assignment_).status().message()), HasSubstr(path));
}

}  // namespace
}  // namespace shoal
