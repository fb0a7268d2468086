#include "launcher/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <limits>

#include "tests/launcher/child_test_util.h"
#include "tests/launcher/test_job.h"

namespace shoal {
namespace {

using nlohmann::json;

EpochRecord MakeEpoch(uint32_t epoch) { return {epoch, epoch * 10, MakeSums(100, 50), MakeSums(20, 5), 2, 0.5}; }

TEST(SummaryTest, HoldsWhatTheRunHasComeTo) {
  Summary summary(MakeTestJob(2, 1));
  summary.AddEpoch(MakeEpoch(1));
  summary.SetSteps(10);
  summary.SetCheckpoint(10, "/run/checkpoints/step-10", {"abc", ""});
  summary.SetPeakMemory({{"worker-0", 7}});
  summary.SetDevices({{"worker-0", "cuda:0, NVIDIA H100"}});
  summary.SetStatus("stopped");
  const json parsed = json::parse(summary.ToJson());
  EXPECT_EQ(parsed["name"], "test");
  EXPECT_EQ(parsed["status"], "stopped");
  EXPECT_EQ(parsed["steps"], 10);
  EXPECT_EQ(parsed["total_steps"], 30);
  EXPECT_EQ(parsed["checkpoint"], "/run/checkpoints/step-10");
  EXPECT_EQ(parsed["weights_digest"], "abc");
  EXPECT_FALSE(parsed.contains("dense_digest"));
  EXPECT_EQ(parsed["examples_per_second"], 50);
  EXPECT_EQ(parsed["peak_memory_bytes"]["worker-0"], 7);
  EXPECT_EQ(parsed["compute"], "CPU");
  EXPECT_EQ(parsed["devices"]["worker-0"], "cuda:0, NVIDIA H100");
  EXPECT_EQ(parsed["restarts"], 0);
  EXPECT_FALSE(parsed.contains("row_cache"));
  const json& epoch = parsed["epochs"][0];
  EXPECT_EQ(epoch["train"]["loss"], 0.5);
  EXPECT_EQ(epoch["train"]["mse"], 1.0);
  EXPECT_EQ(epoch["train"]["rmse"], 1.0);
  EXPECT_EQ(epoch["train"]["mae"], 1.5);
  EXPECT_EQ(epoch["validation"]["examples"], 20);
  EXPECT_EQ(epoch["seconds"], 2.5);
}

TEST(SummaryTest, CountsWorkersThatWereStartedAnew) {
  Summary summary(MakeTestJob(2, 1));
  for (const int restarts : {1, 3}) summary.SetRestarts(restarts);
  EXPECT_EQ(json::parse(summary.ToJson())["restarts"], 3);
}

TEST(SummaryTest, ShowsHowOftenARowWasInTheCache) {
  Summary summary(MakeTestJob(1, 0));
  summary.SetRowCacheReads({400, 300});
  const json parsed = json::parse(summary.ToJson());
  EXPECT_EQ(parsed["row_cache"], json({{"reads", 400}, {"hits", 300}, {"hit_rate", 0.75}}));
}

TEST(SummaryTest, KnnAccuracyIsAmongTheValidationMetricsOfTheLastEpoch) {
  Summary summary(MakeTestJob(1, 0));
  summary.AddEpoch(MakeEpoch(1));
  summary.AddEpoch(MakeEpoch(2));
  summary.SetKnnAccuracy(0.75);
  const json epochs = json::parse(summary.ToJson())["epochs"];
  EXPECT_EQ(epochs[1]["validation"]["knn_accuracy"], 0.75);
  EXPECT_EQ(epochs[1]["validation"]["examples"], 20);
  EXPECT_FALSE(epochs[0]["validation"].contains("knn_accuracy"));
}

TEST(SummaryTest, AnEpochWhoseTrainingNobodyCanReportHasItsValidationAlone) {
  Summary summary(MakeTestJob(1, 0));
  EpochRecord epoch = MakeEpoch(1);
  epoch.train.Clear();
  summary.AddEpoch(epoch);
  const json entry = json::parse(summary.ToJson())["epochs"][0];
  EXPECT_FALSE(entry.contains("train"));
  EXPECT_EQ(entry["validation"]["examples"], 20);
}

TEST(SummaryTest, AJobWithDenseParametersHasTheirDigest) {
  ResolvedJob job = MakeTestJob(2, 1);
  GiveDenseParameters(&job);
  Summary summary(job);
  EXPECT_FALSE(json::parse(summary.ToJson()).contains("dense_digest")) << "nothing is saved yet";
  summary.SetCheckpoint(10, "/run/checkpoints/step-10", {"abc", "def"});
  EXPECT_EQ(json::parse(summary.ToJson())["weights_digest"], "abc");
  EXPECT_EQ(json::parse(summary.ToJson())["dense_digest"], "def");
}

TEST(SummaryTest, BeforeTheFirstCheckpointThereIsNothingOfOne) {
  Summary summary(MakeTestJob(1, 0));
  for (const char* field : {"checkpoint", "checkpoint_step", "weights_digest", "dense_digest"}) {
    EXPECT_FALSE(json::parse(summary.ToJson()).contains(field)) << field;
  }
}

TEST(SummaryTest, AFailedRunHasItsReason) {
  Summary summary(MakeTestJob(1, 0));
  EXPECT_FALSE(json::parse(summary.ToJson()).contains("error"));
  summary.SetFailed("worker 1 (pid 7) was killed by SIGKILL\n  | its log\n");
  const json parsed = json::parse(summary.ToJson());
  EXPECT_EQ(parsed["status"], "failed");
  EXPECT_EQ(parsed["error"], "worker 1 (pid 7) was killed by SIGKILL\n  | its log");
}

TEST(SummaryTest, NumbersThatAreRoundedAreNamed) {
  ResolvedJob job = MakeTestJob(1, 0);
  EXPECT_EQ(json::parse(Summary(job).ToJson())["wire_dtype"], "FLOAT32");
  EXPECT_EQ(json::parse(Summary(job).ToJson())["matmul_precision"], "HIGHEST");
  job.mutable_job()->mutable_cluster()->set_wire_dtype(BFLOAT16);
  job.mutable_job()->mutable_cluster()->set_matmul_precision(ClusterConfig::MEDIUM);
  EXPECT_EQ(json::parse(Summary(job).ToJson())["wire_dtype"], "BFLOAT16");
  EXPECT_EQ(json::parse(Summary(job).ToJson())["matmul_precision"], "HIGHEST") << "the CPU knows no other";
  job.mutable_job()->mutable_cluster()->set_compute(ClusterConfig::CUDA);
  EXPECT_EQ(json::parse(Summary(job).ToJson())["matmul_precision"], "MEDIUM");
}

TEST(SummaryTest, TheStatusOfAnEarlierRunCanBeReadBack) {
  const TestDirectory directory;
  FileSystem& files = PosixFileSystem();
  const std::string path = directory / "summary.json";
  EXPECT_EQ(SavedStatus(files, path).value(), "");
  Summary summary(MakeTestJob(1, 0));
  summary.SetStatus("finished");
  ASSERT_TRUE(summary.Write(files, path).ok());
  EXPECT_EQ(SavedStatus(files, path).value(), "finished");
  std::ofstream(path) << R"({"epochs": [], "status": 3})";
  EXPECT_EQ(SavedStatus(files, path).value(), "");
}

TEST(SummaryTest, WithoutValidationThereIsNone) {
  Summary summary(MakeTestJob(1, 0));
  EpochRecord epoch = MakeEpoch(1);
  epoch.validation.Clear();
  summary.AddEpoch(epoch);
  EXPECT_FALSE(json::parse(summary.ToJson())["epochs"][0].contains("validation"));
}

TEST(SummaryTest, TheMeanLossDividesByItsWeight) {
  Summary summary(MakeTestJob(1, 0));
  EpochRecord epoch = MakeEpoch(1);
  epoch.train.set_loss(6);
  epoch.train.set_loss_weight(4);
  epoch.validation.set_loss(0);  // No triplet counted.
  epoch.validation.set_loss_weight(0);
  summary.AddEpoch(epoch);
  const json written = json::parse(summary.ToJson())["epochs"][0];
  EXPECT_EQ(written["train"]["loss"], 1.5);
  EXPECT_EQ(written["validation"]["loss"], 0);
}

TEST(SummaryTest, ADivergedLossIsNull) {
  Summary summary(MakeTestJob(1, 0));
  EpochRecord epoch = MakeEpoch(1);
  epoch.train.set_loss(std::numeric_limits<double>::quiet_NaN());
  summary.AddEpoch(epoch);
  EXPECT_TRUE(json::parse(summary.ToJson())["epochs"][0]["train"]["loss"].is_null());
}

TEST(SummaryTest, IntervalsGiveTheSpeedUntilAnEpochIsComplete) {
  Summary summary(MakeTestJob(1, 0));
  EXPECT_EQ(summary.ExamplesPerSecond(), 0);
  summary.AddInterval({5, 1, MakeSums(30, 1), 0.1, 2});
  EXPECT_EQ(summary.ExamplesPerSecond(), 15);
  summary.AddEpoch(MakeEpoch(1));
  EXPECT_EQ(summary.ExamplesPerSecond(), 50);
}

TEST(SummaryTest, AResumedRunKeepsTheEpochsBeforeIt) {
  const TestDirectory directory;
  Summary earlier(MakeTestJob(1, 0));
  for (uint32_t epoch = 1; epoch <= 3; ++epoch) earlier.AddEpoch(MakeEpoch(epoch));
  FileSystem& files = PosixFileSystem();
  ASSERT_TRUE(earlier.Write(files, directory / "summary.json").ok());
  Summary resumed(MakeTestJob(1, 0));
  // The middle of epoch 3: it will be told anew.
  ASSERT_TRUE(resumed.KeepEpochs(files, directory / "summary.json", 25).ok());
  resumed.AddEpoch(MakeEpoch(3));
  const json parsed = json::parse(resumed.ToJson());
  ASSERT_EQ(parsed["epochs"].size(), 3u);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(parsed["epochs"][i]["epoch"], i + 1);
}

TEST(SummaryTest, ARunThatOwesAValidationAloneKeepsItsSpeed) {
  TestDirectory directory;
  FileSystem& files = PosixFileSystem();
  std::ofstream(directory / "summary.json") << R"({"epochs": [], "examples_per_second": 1234.5})";
  Summary owes(MakeTestJob(1, 0));
  ASSERT_TRUE(owes.KeepEpochs(files, directory / "summary.json", 30).ok());
  EXPECT_EQ(json::parse(owes.ToJson())["examples_per_second"], 1234.5);
  Summary trains(MakeTestJob(1, 0));
  ASSERT_TRUE(trains.KeepEpochs(files, directory / "summary.json", 20).ok());
  EXPECT_EQ(json::parse(trains.ToJson())["examples_per_second"], 0);
}

TEST(SummaryTest, WhatIsNoSummaryIsRefused) {
  const TestDirectory directory;
  FileSystem& files = PosixFileSystem();
  for (const char* text : {"", "{", "[]", "{}", R"({"epochs": 3})", R"({"epochs": [3]})", R"({"epochs": [{}]})",
                           R"({"epochs": [{"epoch": "one"}]})", R"({"epochs": [{"epoch": 1, "validation": 3}]})"}) {
    std::ofstream(directory / "summary.json") << text;
    Summary summary(MakeTestJob(1, 0));
    EXPECT_EQ(summary.KeepEpochs(files, directory / "summary.json", 30).code(), absl::StatusCode::kDataLoss) << text;
  }
  std::ofstream(directory / "summary.json") << "{";
  EXPECT_EQ(SavedStatus(files, directory / "summary.json").status().code(), absl::StatusCode::kDataLoss);
}

TEST(SummaryTest, DeeplyNestedJsonIsNoSummary) {
  const TestDirectory directory;
  const std::string nested(100000, '[');
  const std::string closed(100000, ']');
  std::ofstream(directory / "summary.json") << R"({"epochs": [{"epoch": 1, "train": )" << nested << closed << "}]}";
  Summary summary(MakeTestJob(1, 0));
  EXPECT_EQ(summary.KeepEpochs(PosixFileSystem(), directory / "summary.json", 30).code(), absl::StatusCode::kDataLoss);
}

TEST(SummaryTest, NoEarlierSummaryIsNoError) {
  const TestDirectory directory;
  Summary summary(MakeTestJob(1, 0));
  EXPECT_TRUE(summary.KeepEpochs(PosixFileSystem(), directory / "summary.json", 30).ok());
}

}  // namespace
}  // namespace shoal
