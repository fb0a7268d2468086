// `shoal evaluate`, `embed` and `predict` on what a run has saved.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/checkpoint/checkpoint_reader.h"
#include "launcher/exit_codes.h"
#include "launcher/final_knn_accuracy.h"
#include "tests/integration/network_jobs.h"
#include "tests/integration/run_results.h"
#include "tests/integration/run_shoal.h"
#include "tests/integration/training_jobs.h"

namespace shoal {
namespace {

using ::nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

using Fields = std::vector<std::string>;

std::vector<Fields> ReadTsv(const std::string& path) {
  std::vector<Fields> lines;
  const std::string text = ReadText(path);
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    lines.push_back(absl::StrSplit(line, '\t'));
  }
  return lines;
}

// Without the columns that say which examples they are for.
std::vector<Fields> ReadPredictions(const std::string& path) {
  std::vector<Fields> lines = ReadTsv(path);
  if (lines.empty()) return lines;
  const auto names = std::find(lines[0].begin(), lines[0].end(), "predicted") - lines[0].begin();
  for (Fields& line : lines) line.erase(line.begin(), line.begin() + names);
  return lines;
}

double ToNumber(const std::string& text) {
  double number = 0;
  EXPECT_TRUE(absl::SimpleAtod(text, &number)) << text;
  return number;
}

// The label that most of the k points nearest to `point` have, the nearest first among equals.
std::string VotedLabel(const Fields& point, const std::vector<Fields>& points, const std::vector<Fields>& labels,
                       size_t k) {
  std::vector<std::pair<double, size_t>> distances;
  for (size_t i = 0; i < points.size(); ++i) {
    double sum = 0;
    for (size_t d = 0; d < point.size(); ++d) sum += std::pow(ToNumber(point[d]) - ToNumber(points[i][d]), 2);
    distances.emplace_back(sum, i);
  }
  std::sort(distances.begin(), distances.end());
  std::map<std::string, int> votes;
  int most = 0;
  for (size_t i = 0; i < k; ++i) most = std::max(most, ++votes[labels[distances[i].second][0]]);
  size_t winner = 0;
  while (votes[labels[distances[winner].second][0]] < most) ++winner;
  return labels[distances[winner].second][0];
}

class InferenceCommandsTest : public testing::Test {
 protected:
  std::string TrainNetwork(const std::string& name, const std::vector<std::string>& set = {}) {
    job_file_ = WriteNetworkJob(workspace_, name);
    return Train(workspace_, job_file_, {0, 1}, set);
  }
  std::string TrainSmallJob() { return Train(workspace_, workspace_.WriteFile("small.textproto", kSmallJob), {0, 1}); }

  // Runs to a good end.
  ShoalResult RunWell(const std::vector<std::string>& arguments) {
    const ShoalResult result = workspace_.Run(arguments);
    EXPECT_EQ(result.exit_code, kExitOk) << result.output;
    return result;
  }
  json Evaluate(const std::vector<std::string>& arguments) {
    std::vector<std::string> command = {"evaluate", "--json"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return json::parse(RunWell(command).output, nullptr, /*allow_exceptions=*/false);
  }
  // Returns the prefix of the files.
  std::string Embed(const std::string& run, const std::string& input, const std::string& format = "tsv") {
    const std::string prefix = workspace_ / absl::StrCat(input, "-", format);
    RunWell({"embed", run, "--input=" + input, "--output=" + prefix, "--format=" + format});
    return prefix;
  }

  static json LastValidation(const std::string& run) { return EpochsWithoutTimes(run).back().at("validation"); }

  ShoalWorkspace workspace_;
  std::string job_file_;
};

TEST_F(InferenceCommandsTest, EvaluateGivesTheValidationMetricsOfTheLastEpoch) {
  for (const std::string& name : NetworkJobNames()) {
    SCOPED_TRACE(name);
    const std::string run = TrainNetwork(name);
    EXPECT_EQ(Evaluate({run}), LastValidation(run));
  }
  const std::string run = TrainSmallJob();
  EXPECT_EQ(Evaluate({run}), LastValidation(run));
}

TEST_F(InferenceCommandsTest, AnEarlierCheckpointGivesTheMetricsOfItsEpoch) {
  const std::string run = TrainNetwork("Classification");
  EXPECT_EQ(Evaluate({CheckpointDirectory(run, kSmallJobStepsPerEpoch)}),
            EpochsWithoutTimes(run).front().at("validation"));
}

TEST_F(InferenceCommandsTest, LinesShowWhatJsonDoes) {
  const std::string run = TrainNetwork("Classification");
  const std::string lines = RunWell({"evaluate", run}).output;
  const json metrics = LastValidation(run);
  for (const auto& [name, value] : metrics.items()) {
    EXPECT_THAT(lines, testing::ContainsRegex(absl::StrCat("(^|\n)", name, " +", value.dump(), "\n")));
  }
}

TEST_F(InferenceCommandsTest, KnnAccuracyIsThatOfTheEmbeddings) {
  for (const std::string name : {"Triplet", "Classification"}) {
    SCOPED_TRACE(name);
    std::vector<std::string> set = {"model.network.knn_accuracy={k: 3}"};
    if (name == "Classification") set.push_back("model.network.embedding_layers=1");
    const std::string run = TrainNetwork(name, set);
    const std::string train = Embed(run, "train");
    const std::string validation = Embed(run, "validation");
    const std::vector<Fields> points = ReadTsv(train + ".tsv");
    const std::vector<Fields> point_labels = ReadTsv(train + ".labels.tsv");
    const std::vector<Fields> queries = ReadTsv(validation + ".tsv");
    const std::vector<Fields> labels = ReadTsv(validation + ".labels.tsv");
    const json metrics = LastValidation(run);
    ASSERT_EQ(queries.size(), metrics.at("examples"));
    ASSERT_EQ(labels.size(), queries.size());
    ASSERT_EQ(point_labels.size(), points.size());
    EXPECT_EQ(queries[0].size(), name == "Triplet" ? 3u : 11u);
    int correct = 0;
    for (size_t i = 0; i < queries.size(); ++i) {
      if (VotedLabel(queries[i], points, point_labels, 3) == labels[i][0]) ++correct;
    }
    EXPECT_GT(correct, 0);
    EXPECT_EQ(metrics.at("knn_accuracy"), static_cast<double>(correct) / static_cast<double>(queries.size()));
    EXPECT_EQ(Evaluate({run}), metrics);
    EXPECT_FALSE(Evaluate({run, "--input=train"}).contains("knn_accuracy"));
    for (const std::string& prefix : {train, validation}) {
      for (const char* suffix : {".tsv", ".labels.tsv", ".examples.tsv"}) std::filesystem::remove(prefix + suffix);
    }
  }
}

// Loading, embedding and searching all ask.
TEST_F(InferenceCommandsTest, TheMeasurementOfKnnAccuracyEndsWheneverItIsInterrupted) {
  const std::string run = TrainNetwork("Triplet", {"model.network.knn_accuracy={}"});
  const std::string checkpoint = CheckpointDirectory(run, kSmallJobSteps);
  const absl::StatusOr<CheckpointReader> reader = CheckpointReader::Open(PosixFileSystem(), checkpoint);
  ASSERT_TRUE(reader.ok()) << reader.status();
  ResolvedJob job = reader->job();
  job.set_vocabulary_directory(run + "/vocabulary");
  int questions = 0;
  const auto measure = [&](int yes) {
    questions = 0;
    return FinalKnnAccuracy(PosixFileSystem(), job, checkpoint, [&] { return ++questions == yes; });
  };
  const absl::StatusOr<absl::optional<double>> undisturbed = measure(0);
  ASSERT_TRUE(undisturbed.ok()) << undisturbed.status();
  EXPECT_EQ(LastValidation(run).at("knn_accuracy"), undisturbed->value());
  const int all = questions;
  EXPECT_GT(all, 10);
  for (int yes = 1; yes <= all; ++yes) {
    EXPECT_EQ(measure(yes).status().code(), absl::StatusCode::kCancelled) << yes;
    EXPECT_EQ(questions, yes);
  }
}

TEST_F(InferenceCommandsTest, PredictionsOfLabelsGiveTheAccuracy) {
  const std::string run = TrainNetwork("Classification");
  const std::string path = workspace_ / "predictions.tsv";
  RunWell({"predict", run, "--output=" + path});
  std::vector<Fields> lines = ReadPredictions(path);
  EXPECT_EQ(lines.at(0), Fields({"predicted", "probability", "label"}));
  lines.erase(lines.begin());
  int correct = 0;
  for (const Fields& line : lines) {
    ASSERT_EQ(line.size(), 3u);
    if (line[0] == line[2]) ++correct;
    EXPECT_THAT(line[0], testing::StartsWith("kind"));
    EXPECT_GE(ToNumber(line[1]), 0.25);
  }
  const json metrics = LastValidation(run);
  ASSERT_EQ(lines.size(), metrics.at("examples"));
  EXPECT_EQ(static_cast<double>(correct) / static_cast<double>(lines.size()), metrics.at("accuracy"));
}

TEST_F(InferenceCommandsTest, PredictionsOfRatingsGiveTheError) {
  const std::string run = TrainSmallJob();
  // Standard output, without a file.
  const std::vector<std::string> lines = absl::StrSplit(RunWell({"predict", run}).output, '\n', absl::SkipEmpty());
  EXPECT_EQ(lines.at(0), "record\tuser_id\titem_id\tpredicted\trating");
  double sum = 0;
  for (size_t i = 1; i < lines.size(); ++i) {
    const Fields fields = absl::StrSplit(lines[i], '\t');
    ASSERT_EQ(fields.size(), 5u);
    sum += std::pow(ToNumber(fields[3]) - ToNumber(fields[4]), 2);
  }
  const json metrics = LastValidation(run);
  ASSERT_EQ(lines.size() - 1, metrics.at("examples"));
  EXPECT_NEAR(std::sqrt(sum / static_cast<double>(lines.size() - 1)), metrics.at("rmse").get<double>(), 1e-5);
}

// The records that validate are spread over the file.
TEST_F(InferenceCommandsTest, PredictionsAndEmbeddingsAreTiedToTheirRecords) {
  const std::string run = TrainNetwork("Classification");
  const std::string path = workspace_ / "predictions.tsv";
  RunWell({"predict", run, "--output=" + path});
  const std::vector<Fields> predictions = ReadTsv(path);
  const std::vector<Fields> records = ReadTsv(workspace_ / "records.tsv");
  EXPECT_EQ(predictions.at(0), Fields({"line", "user", "predicted", "probability", "label"}));
  std::string names = "line\tuser\n";
  for (size_t i = 1; i < predictions.size(); ++i) {
    const Fields& line = predictions[i];
    const Fields& record = records.at(static_cast<size_t>(ToNumber(line[0])) - 1);
    EXPECT_EQ(line[1], record[0]);
    EXPECT_EQ(line[4], record[4]);
    absl::StrAppend(&names, line[0], "\t", line[1], "\n");
  }
  EXPECT_EQ(ReadText(Embed(run, "validation") + ".examples.tsv"), names);
}

TEST_F(InferenceCommandsTest, BothFormatsHoldTheSameEmbeddings) {
  const std::string run = TrainNetwork("Text");
  const std::string npy = ReadText(Embed(run, "validation", "npy") + ".npy");
  std::vector<float> values;
  for (const Fields& line : ReadTsv(Embed(run, "validation", "tsv") + ".tsv")) {
    for (const std::string& field : line) {
      float value = 0;
      ASSERT_TRUE(absl::SimpleAtof(field, &value)) << field;
      values.push_back(value);
    }
  }
  ASSERT_EQ(values.size(), 150u * 4);
  ASSERT_EQ(npy.size(), 64u * 2 + values.size() * sizeof(float));
  EXPECT_THAT(npy.substr(0, 128), HasSubstr("(150, 4)"));
  EXPECT_EQ(std::memcmp(npy.data() + 128, values.data(), values.size() * sizeof(float)), 0);
}

// The examples of the file are the first of the job's.
TEST_F(InferenceCommandsTest, AFileIsReadByTheCheckpointsVocabularies) {
  const std::string run = TrainNetwork("Classification");
  std::vector<std::string> records = absl::StrSplit(ReadText(workspace_ / "records.tsv"), '\n');
  records.resize(20);
  // A word that nobody knows, and that does not count.
  const std::vector<std::string> first = absl::StrSplit(records[0], '\t');
  records[0] = absl::StrCat(first[0], "\t", first[1], " unheard-of\t", first[2], "\t", first[3], "\t", first[4]);
  const std::string file = workspace_.WriteFile("other.tsv", absl::StrJoin(records, "\n"));
  const std::string path = workspace_ / "predictions.tsv";
  RunWell({"predict", run, "--input=" + file, "--output=" + path});
  const std::vector<Fields> lines = ReadPredictions(path);
  ASSERT_EQ(lines.size(), 21u);
  for (size_t i = 0; i < 20; ++i) {
    const std::vector<std::string> record = absl::StrSplit(records[i], '\t');
    EXPECT_EQ(lines[i + 1][2], record[4]);
  }
  const std::string bad = workspace_.WriteFile("bad.tsv", "u1\tw1\t0\t0\tkind9\n");
  const ShoalResult refused = workspace_.Run({"predict", run, "--input=" + bad});
  EXPECT_EQ(refused.exit_code, kExitFailed);
  EXPECT_THAT(refused.output, HasSubstr(bad + ":1: column kind: 'kind9' is not one of the 4 labels of data.train"));
}

TEST_F(InferenceCommandsTest, ImagesHaveTheirLabelsInAFileOfTheirOwn) {
  const std::string run = TrainNetwork("Triplet");
  const std::string images = "--input=" + (workspace_ / "images");
  const std::string labels = "--labels=" + (workspace_ / "labels");
  EXPECT_EQ(Evaluate({run, images, labels}).at("examples"), 950);
  EXPECT_THAT(workspace_.Run({"evaluate", run, images}).output, HasSubstr("give --labels"));
  EXPECT_THAT(workspace_.Run({"evaluate", run, labels}).output, HasSubstr("goes with an --input"));
}

// Of the records, whose last field is the label.
TEST_F(InferenceCommandsTest, PredictionsAreTheSameWithoutTheLabels) {
  for (const char* name : {"Classification", "SampledSoftmax"}) {
    SCOPED_TRACE(name);
    const std::string run = TrainNetwork(name);
    const std::string labelled = workspace_.NewPath("labelled");
    RunWell({"predict", run, "--input=" + (workspace_ / "records.tsv"), "--output=" + labelled});
    std::string lines;
    for (const Fields& record : ReadTsv(workspace_ / "records.tsv")) {
      absl::StrAppend(&lines, absl::StrJoin(record.begin(), record.end() - 1, "\t"), "\n");
    }
    const std::string file = workspace_.WriteFile("unlabelled.tsv", lines);
    const std::string unlabelled = workspace_.NewPath("unlabelled");
    RunWell({"predict", run, "--input=" + file, "--output=" + unlabelled, "--unlabeled"});
    std::vector<Fields> expected = ReadPredictions(labelled);
    EXPECT_EQ(expected.at(0), Fields({"predicted", "probability", "label"}));
    for (Fields& line : expected) line.pop_back();
    EXPECT_EQ(ReadPredictions(unlabelled), expected);
    EXPECT_THAT(workspace_.Run({"predict", run, "--input=" + file}).output,
                AllOf(HasSubstr("unlabelled.tsv:1: column kind: field 5 is missing"), HasSubstr("--unlabeled")));
  }
}

TEST_F(InferenceCommandsTest, PredictionsOfSampledSoftmaxGiveTheAccuracy) {
  const std::string run = TrainNetwork("SampledSoftmax");
  const std::string path = workspace_ / "predictions.tsv";
  RunWell({"predict", run, "--output=" + path});
  std::vector<Fields> lines = ReadPredictions(path);
  lines.erase(lines.begin());
  const auto correct = std::count_if(lines.begin(), lines.end(), [](const Fields& line) { return line[0] == line[2]; });
  const json metrics = LastValidation(run);
  ASSERT_EQ(lines.size(), metrics.at("examples"));
  EXPECT_EQ(static_cast<double>(correct) / static_cast<double>(lines.size()), metrics.at("accuracy"));
}

// The area of the predictions: their probability's logit is the score.
double AucOf(const std::vector<Fields>& predictions, const std::string& second_class) {
  double ordered = 0;
  double pairs = 0;
  const auto score = [&](const Fields& line) {
    const double probability = ToNumber(line[1]);
    return line[0] == second_class ? probability : 1 - probability;
  };
  for (const Fields& first : predictions) {
    for (const Fields& second : predictions) {
      if (first[2] == second_class || second[2] != second_class) continue;
      ++pairs;
      ordered += score(second) > score(first) ? 1 : score(second) == score(first) ? 0.5 : 0;
    }
  }
  return ordered / pairs;
}

TEST_F(InferenceCommandsTest, TwoClassesHaveTheAreaOfThePredictionsHoweverManyWorkersValidate) {
  const std::string job = WriteNetworkJob(workspace_, "Text");
  const std::string records = ReadText(workspace_ / "records.tsv");
  workspace_.WriteFile("records.tsv", absl::StrReplaceAll(records, {{"kind2", "kind0"}, {"kind3", "kind1"}}));
  for (const int workers : {1, 3}) {
    const std::string run =
        Train(workspace_, job, {workers > 1 ? 1 : 0, workers}, {"model.network.tower[0].linear.out_features=2"});
    EXPECT_THAT(ReadText(run + "/logs/worker-0.log"),
                HasSubstr(workers > 1 ? "; 1 parameter server; " : "; embedded; "));
    const std::string path = workspace_.NewPath("predictions");
    RunWell({"predict", run, "--output=" + path});
    std::vector<Fields> lines = ReadPredictions(path);
    lines.erase(lines.begin());
    const double auc = LastValidation(run).at("auc");
    EXPECT_GT(auc, 0.6);
    EXPECT_NEAR(auc, AucOf(lines, "kind1"), 2e-3);
    EXPECT_EQ(Evaluate({run}).at("auc"), auc) << workers << " workers";
    EXPECT_FALSE(EpochsWithoutTimes(run).back().at("train").contains("auc"));
  }
}

TEST_F(InferenceCommandsTest, RatingsOfPairsArePredictedWithoutAny) {
  std::string ratings;
  std::string pairs;
  for (int i = 0; i < 300; ++i) {
    const std::string pair = absl::StrCat(i % 17, "\t", i % 11);
    absl::StrAppend(&ratings, pair, "\t", 1 + i % 5, "\t0\n");
    absl::StrAppend(&pairs, pair, "\n");
  }
  const std::string file = workspace_.WriteFile("u.data", ratings);
  const std::string job = workspace_.WriteFile("pairs.textproto", absl::StrCat(R"(
    data { train { format: MOVIELENS_100K path: ")",
                                                                               file, R"(" } random_split {} }
    tables { name: "user" embedding_dim: 4 }
    tables { name: "item" embedding_dim: 4 }
    model {
      matrix_factorization {
        user { column: "user_id" table: "user" }
        item { column: "item_id" table: "item" }
        target: "rating"
      }
    })"));
  const std::string run = Train(workspace_, job, {0, 1});
  const std::string with = workspace_ / "with";
  const std::string without = workspace_ / "without";
  RunWell({"predict", run, "--input=" + file, "--output=" + with});
  RunWell({"predict", run, "--input=" + workspace_.WriteFile("pairs", pairs), "--output=" + without, "--unlabeled"});
  std::vector<Fields> expected = ReadPredictions(with);
  ASSERT_EQ(expected.size(), 301u);
  for (Fields& line : expected) line.pop_back();
  EXPECT_EQ(expected[0], Fields({"predicted"}));
  EXPECT_EQ(ReadTsv(with)[2], Fields({"2", "1", "1", expected[2][0], "2"}));
  EXPECT_EQ(ReadPredictions(without), expected);
}

TEST_F(InferenceCommandsTest, ImagesAreEmbeddedWithoutLabels) {
  const std::string run = TrainNetwork("Triplet");
  const std::string images = "--input=" + (workspace_ / "images");
  const std::vector<std::string> embed = {"embed", run, images, "--output=" + (workspace_ / "digits"), "--overwrite"};
  std::vector<std::string> with_labels = embed;
  with_labels.push_back("--labels=" + (workspace_ / "labels"));
  RunWell(with_labels);
  const std::string expected = ReadText(workspace_ / "digits.npy");
  EXPECT_TRUE(std::filesystem::exists(workspace_ / "digits.labels.tsv"));
  EXPECT_THAT(RunWell(embed).output, testing::Not(HasSubstr("labels.tsv")));
  EXPECT_EQ(ReadText(workspace_ / "digits.npy"), expected);
  EXPECT_FALSE(std::filesystem::exists(workspace_ / "digits.labels.tsv")) << "those of the embeddings before";
}

TEST_F(InferenceCommandsTest, AJobFileGivesTheData) {
  const std::string run = TrainNetwork("Classification");
  EXPECT_EQ(Evaluate({run, job_file_}), LastValidation(run));
  std::string other = ReadText(job_file_);
  other.replace(other.find("p: 0.2"), 6, "p: 0.3");
  const ShoalResult refused = workspace_.Run({"evaluate", run, workspace_.WriteFile("other.textproto", other)});
  EXPECT_EQ(refused.exit_code, kExitBadJob) << refused.output;
  EXPECT_THAT(refused.output,
              HasSubstr("model.network.tower[3].dropout.p: the checkpoint has 0.2, the job now has 0.3"));
}

TEST_F(InferenceCommandsTest, NothingIsOverwrittenUnasked) {
  const std::string run = TrainNetwork("Text");
  const std::string prefix = Embed(run, "validation");
  const std::string before = ReadText(prefix + ".tsv");
  const std::vector<std::string> command = {"embed", run, "--input=train", "--output=" + prefix, "--format=tsv"};
  const ShoalResult refused = workspace_.Run(command);
  EXPECT_EQ(refused.exit_code, kExitFailed);
  EXPECT_THAT(refused.output, HasSubstr(prefix + ".tsv exists; --overwrite replaces it"));
  EXPECT_EQ(ReadText(prefix + ".tsv"), before);
  std::vector<std::string> overwrite = command;
  overwrite.push_back("--overwrite");
  RunWell(overwrite);
  EXPECT_NE(ReadText(prefix + ".tsv"), before);
}

TEST_F(InferenceCommandsTest, WhatCannotBeIsExplained) {
  const std::string mf = TrainSmallJob();
  const std::string triplet = TrainNetwork("Triplet");
  const auto error = [&](const std::vector<std::string>& arguments) {
    const ShoalResult result = workspace_.Run(arguments);
    EXPECT_EQ(result.exit_code, kExitFailed) << result.output;
    return result.output;
  };
  EXPECT_THAT(error({"embed", mf, "--output=" + workspace_ / "x"}), HasSubstr("no model.network"));
  EXPECT_THAT(error({"predict", triplet}), HasSubstr("nothing to predict"));
  EXPECT_THAT(error({"predict", TrainNetwork("Bpr")}),
              AllOf(HasSubstr("model.implicit_factorization"), HasSubstr("`shoal export --table`"),
                    HasSubstr("`shoal evaluate` measures the loss and auc"), Not(HasSubstr("shoal embed"))));
  EXPECT_THAT(error({"embed", triplet, "--unlabeled", "--output=" + workspace_ / "x"}),
              HasSubstr("--unlabeled goes with an --input that is a file"));
  EXPECT_THAT(error({"embed", triplet, "--input=" + workspace_ / "images", "--labels=" + workspace_ / "labels",
                     "--unlabeled", "--output=" + workspace_ / "x"}),
              HasSubstr("--unlabeled contradicts --labels="));
  EXPECT_THAT(error({"evaluate", workspace_ / "nowhere"}), HasSubstr("nowhere"));
  EXPECT_THAT(error({"evaluate", triplet, "--input=" + workspace_ / "gone", "--labels=x"}),
              AllOf(HasSubstr("gone"), HasSubstr("No such file")));
}

}  // namespace
}  // namespace shoal
