#include "common/data/load_data.h"

#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/data/scan_data.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/data/packing.h"
#include "tests/common/data/parse_job.h"
#include "tests/common/data/test_files.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class LoadDataTest : public testing::Test {
 protected:
  // A job that trains on the contents, and validates on the file "validation" where `data` names that source.
  JobConfig Job(const std::string& contents, const std::string& data = "") {
    JobConfig job = RatingsJob(absl::StrCat("data { train { format: MOVIELENS_100K } ", data, " }"));
    job.mutable_data()->mutable_train()->set_path(files_.Write("train", contents));
    if (job.data().has_validation()) job.mutable_data()->mutable_validation()->set_path(files_.Path("validation"));
    return job;
  }

  // What the launcher does before workers load.
  absl::StatusOr<ResolvedJob> Prepare(const JobConfig& job) {
    absl::StatusOr<ScannedData> scanned = ScanData(job);
    if (!scanned.ok()) return scanned.status();
    const std::string directory = files_.Path("vocabularies");
    const absl::Status written = WriteVocabularies(*scanned, directory);
    if (!written.ok()) return written;
    scanned->job.set_vocabulary_directory(directory);
    return scanned->job;
  }

  const TestFiles files_;
};

TEST_F(LoadDataTest, ExamplesComeInTheOrderOfTheFile) {
  const ResolvedJob job = Prepare(Job("7\t5\t1\n8\t5\t2\n7\t4\t3\n")).value();
  EXPECT_EQ(3, job.num_train_examples());
  const TrainingData data = LoadData(job).value();
  EXPECT_EQ(3, data.train.num_examples);
  EXPECT_THAT(data.train.id_columns[data.train.FindIdColumn("user_id")].ids, ElementsAre(0, 1, 0));
  EXPECT_THAT(data.train.id_columns[data.train.FindIdColumn("item_id")].ids, ElementsAre(0, 0, 1));
  EXPECT_THAT(data.train.number_columns[data.train.FindNumberColumn("rating")].values, ElementsAre(1, 2, 3));
  EXPECT_EQ(0, data.validation.num_examples);
}

TEST_F(LoadDataTest, ReadingCanBeInterrupted) {
  const JobConfig job = Job("7\t5\t1\n");
  EXPECT_EQ(absl::StatusCode::kCancelled, ScanData(job, [] { return true; }).status().code());
  EXPECT_TRUE(ScanData(job, [] { return false; }).ok());
  const ResolvedJob resolved = Prepare(job).value();
  const auto load = [&](bool interrupted) {
    return LoadData(resolved, {}, [interrupted] { return interrupted; }).status();
  };
  EXPECT_EQ(absl::StatusCode::kCancelled, load(true).code());
  EXPECT_EQ(absl::OkStatus(), load(false));
}

TEST_F(LoadDataTest, ScanGivesVocabulariesAndSizes) {
  const ScannedData scanned = ScanData(Job("7\t5\t1\n8\t5\t2\n")).value();
  EXPECT_EQ(2, scanned.job.job().tables(0).num_embeddings());
  EXPECT_EQ(1, scanned.job.job().tables(1).num_embeddings());
  ASSERT_EQ(2u, scanned.vocabularies.size());
  EXPECT_EQ("8", scanned.vocabularies[0].key(1));
  EXPECT_FALSE(scanned.job.has_vocabulary_directory());
}

TEST_F(LoadDataTest, TablesOfGivenSizeTakeIdsAsTheyAre) {
  JobConfig job = Job("7\t5\t1\n");
  job.mutable_tables(0)->set_num_embeddings(8);
  const ResolvedJob resolved = Prepare(job).value();
  EXPECT_FALSE(std::filesystem::exists(files_.Path("vocabularies/users.txt")));
  const TrainingData data = LoadData(resolved).value();
  EXPECT_THAT(data.train.id_columns[0].ids, ElementsAre(7));
  EXPECT_THAT(data.train.id_columns[1].ids, ElementsAre(0));
}

TEST_F(LoadDataTest, KeysOfValidationAreInTheVocabularyBehindThoseOfTraining) {
  files_.Write("validation", "9\t4\t2\n7\t5\t1\n");
  const ResolvedJob job = Prepare(Job("7\t5\t1\n", "validation { format: MOVIELENS_100K }")).value();
  EXPECT_EQ(1, job.num_train_examples());
  EXPECT_EQ(2, job.num_validation_examples());
  const TrainingData data = LoadData(job).value();
  EXPECT_THAT(data.train.id_columns[0].ids, ElementsAre(0));
  EXPECT_THAT(data.validation.id_columns[0].ids, ElementsAre(1, 0));
  EXPECT_THAT(data.validation.number_columns[0].values, ElementsAre(2, 1));
}

TEST_F(LoadDataTest, ExamplesKeepTheirNamesWhereTheseAreAskedFor) {
  const std::string records = "bad\n007\t5\t1\n\n8\t5\t2\n7\t5\t3\n7\t4\t3\n";
  const ResolvedJob job =
      Prepare(Job(records, "random_split { validation_fraction: 0.25 } on_bad_record: SKIP")).value();
  EXPECT_THAT(LoadData(job)->train.names.places, ElementsAre());
  const TrainingData data = LoadData(job, {KeepNames::kYes, KeepNames::kYes}).value();
  DataSource other = job.job().data().train();
  other.set_path(files_.Write("other", records));
  const Dataset all = LoadOtherData(job, other, "--input", Truth::kGiven, KeepNames::kYes)->examples;
  EXPECT_EQ("line", all.names.unit);
  EXPECT_THAT(all.names.places, ElementsAre(2, 4, 5, 6));
  EXPECT_THAT(all.names.id_texts, ElementsAre(ElementsAre("007", "8", "7", "7"), ElementsAre("5", "5", "5", "4")));
  std::vector<int64_t> split = data.train.names.places;
  ASSERT_EQ(1u, data.validation.names.places.size());
  split.insert(split.end(), data.validation.names.places.begin(), data.validation.names.places.end());
  EXPECT_THAT(split, UnorderedElementsAre(2, 4, 5, 6));
}

std::string CountingRatings(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) absl::StrAppend(&text, i % 10, "\t", i % 7, "\t", i, "\n");
  return text;
}

TEST_F(LoadDataTest, ARandomSplitTakesTheRecordsThatItsRuleNames) {
  const JobConfig config = Job(CountingRatings(100), "random_split { validation_fraction: 0.07 seed: 9 }");
  const TrainingData data = LoadData(Prepare(config).value()).value();
  EXPECT_EQ(93, data.train.num_examples);
  EXPECT_THAT(data.validation.number_columns[0].values, ElementsAre(2, 23, 37, 45, 83, 85, 89));
}

TEST_F(LoadDataTest, ARandomSplitCountsGoodRecordsOnly) {
  const JobConfig config = Job("bad\n" + CountingRatings(50) + "bad\n", "random_split { seed: 1 } on_bad_record: SKIP");
  const JobConfig clean = Job(CountingRatings(50), "random_split { seed: 1 }");
  const TrainingData clean_data = LoadData(Prepare(clean).value()).value();
  files_.Write("train", "bad\n" + CountingRatings(50) + "bad\n");
  const ResolvedJob resolved = Prepare(config).value();
  EXPECT_EQ(2, resolved.num_skipped_records());
  const TrainingData data = LoadData(resolved).value();
  EXPECT_EQ(40, data.train.num_examples);
  EXPECT_EQ(clean_data.validation.number_columns[0].values, data.validation.number_columns[0].values);
}

TEST_F(LoadDataTest, CompressedSourcesLoadLikePlainOnes) {
  const std::string text = CountingRatings(1000);
  const std::vector<float> plain = LoadData(Prepare(Job(text)).value())->train.number_columns[0].values;
  EXPECT_EQ(plain, LoadData(Prepare(Job(Gzip(text))).value())->train.number_columns[0].values);
  EXPECT_EQ(plain, LoadData(Prepare(Job(Zstd(text))).value())->train.number_columns[0].values);
}

TEST_F(LoadDataTest, AResumedJobKeepsItsVocabularies) {
  ASSERT_TRUE(Prepare(Job("7\t5\t1\n8\t5\t2\n")).ok());
  const JobConfig reversed = Job("8\t5\t2\n7\t5\t1\n");
  ScannedData scanned = ScanDataWithVocabularies(reversed, files_.Path("vocabularies")).value();
  EXPECT_EQ("7", scanned.vocabularies[0].key(0));
  scanned.job.set_vocabulary_directory(files_.Path("vocabularies"));
  EXPECT_THAT(LoadData(scanned.job)->train.id_columns[0].ids, ElementsAre(1, 0));
}

TEST_F(LoadDataTest, AKeyThatAResumedJobDoesNotKnowIsABadRecord) {
  ASSERT_TRUE(Prepare(Job("7\t5\t1\n")).ok());
  const JobConfig job = Job("7\t5\t1\n9\t5\t2\n");
  const absl::Status status = ScanDataWithVocabularies(job, files_.Path("vocabularies")).status();
  EXPECT_EQ(absl::StatusCode::kInvalidArgument, status.code());
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("train:2: column user_id: '9' is not one of the 1 keys of table 'users'"));
}

TEST_F(LoadDataTest, AMissingSourceIsNotFoundWithItsPath) {
  JobConfig job = Job("");
  job.mutable_data()->mutable_train()->set_path("/nowhere/u.data");
  const absl::Status status = ScanData(job).status();
  EXPECT_EQ(absl::StatusCode::kNotFound, status.code());
  EXPECT_THAT(std::string(status.message()), HasSubstr("/nowhere/u.data"));
}

TEST_F(LoadDataTest, ASourceWithoutRecordsIsRefused) {
  EXPECT_EQ("data.train: there are no training examples", ScanData(Job("")).status().message());
  EXPECT_EQ("data.train: there are no training examples", ScanData(Job("", "random_split {}")).status().message());
}

TEST_F(LoadDataTest, ASourceThatChangedSinceTheScanIsDataLoss) {
  const ResolvedJob job = Prepare(Job("7\t5\t1\n7\t5\t2\n")).value();
  files_.Write("train", "7\t5\t1\n");
  EXPECT_EQ(absl::StatusCode::kDataLoss, LoadData(job).status().code());
  EXPECT_EQ("data.train has changed since the job was started: it had 2 good records and now has 1",
            LoadData(job).status().message());
  files_.Write("train", "7\t5\t1\n7\t5\t2\n7\t5\t3\n");
  EXPECT_EQ("data.train has changed since the job was started: it had 2 good records and now has more",
            LoadData(job).status().message());
}

// As many records, but a random split would mix those for training with those for validation.
TEST_F(LoadDataTest, OtherRecordsOrAnotherOrderAreDataLoss) {
  const ResolvedJob job = Prepare(Job("7\t5\t1\n7\t6\t2\n", "random_split { validation_fraction: 0.5 }")).value();
  for (const char* changed : {"7\t6\t2\n7\t5\t1\n", "7\t5\t1\n7\t6\t3\n", "7\t5\t1\n7\t5\t2\n"}) {
    files_.Write("train", changed);
    const absl::Status status = LoadData(job).status();
    EXPECT_EQ(absl::StatusCode::kDataLoss, status.code()) << changed;
    EXPECT_THAT(std::string(status.message()), HasSubstr("data.train has changed since the job was started"))
        << changed;
  }
  files_.Write("train", "7\t5\t1\n7\t6\t2\n");
  EXPECT_TRUE(LoadData(job).ok());
}

TEST_F(LoadDataTest, WhatTheModelDoesNotReadOfASourceMayChange) {
  const std::string text = CountingRatings(100);
  const ResolvedJob job = Prepare(Job(text)).value();
  for (const std::string& same : {Gzip(text), absl::StrReplaceAll(text, {{"\n", "\r\n"}}),
                                  absl::StrReplaceAll(text, {{"\n", "\tanother column\n"}})}) {
    files_.Write("train", same);
    EXPECT_EQ(absl::OkStatus(), LoadData(job).status());
  }
}

TEST_F(LoadDataTest, AVocabularyThatIsLostOrChangedIsAnError) {
  const ResolvedJob job = Prepare(Job("7\t5\t1\n")).value();
  files_.Write("vocabularies/users.txt", "7\n8\n");
  EXPECT_EQ(absl::StatusCode::kDataLoss, LoadData(job).status().code());
  EXPECT_THAT(std::string(LoadData(job).status().message()), HasSubstr("has 2 keys; table 'users' has 1 rows"));
  std::filesystem::remove(files_.Path("vocabularies/users.txt"));
  EXPECT_EQ(absl::StatusCode::kNotFound, LoadData(job).status().code());
}

TEST_F(LoadDataTest, SyntheticRatingsLoadAlike) {
  const JobConfig config = RatingsJob(R"pb(
    data {
      train { synthetic { num_ratings: 500 } }
      validation { synthetic { num_ratings: 50 } }
    }
  )pb");
  const ResolvedJob job = Prepare(config).value();
  const TrainingData data = LoadData(job).value();
  EXPECT_EQ(500, data.train.num_examples);
  EXPECT_EQ(50, data.validation.num_examples);
  EXPECT_EQ(data.train.number_columns[0].values, LoadData(job)->train.number_columns[0].values);
}

TEST_F(LoadDataTest, MovieLens100kHasItsKnownSizes) {
  const char* directory = std::getenv("SHOAL_DATA_DIR");
  const std::string path = absl::StrCat(directory != nullptr ? directory : "data", "/ml-100k/u.data");
  if (!std::filesystem::exists(path)) {
    GTEST_SKIP() << path << " is absent: run deploy/fetch_data.sh, or set SHOAL_DATA_DIR to a folder with ml-100k";
  }
  JobConfig config = Job("", "random_split { seed: 42 }");
  config.mutable_data()->mutable_train()->set_path(path);
  const ResolvedJob job = Prepare(config).value();
  EXPECT_EQ(943, job.job().tables(0).num_embeddings());
  EXPECT_EQ(1682, job.job().tables(1).num_embeddings());
  const TrainingData data = LoadData(job).value();
  EXPECT_EQ(80000, data.train.num_examples);
  EXPECT_EQ(20000, data.validation.num_examples);
  const std::vector<float>& train = data.train.number_columns[0].values;
  const std::vector<float>& validation = data.validation.number_columns[0].values;
  const double sum =
      std::accumulate(train.begin(), train.end(), 0.0) + std::accumulate(validation.begin(), validation.end(), 0.0);
  EXPECT_EQ(352986, sum);  // Of all 100,000 ratings.
}

}  // namespace
}  // namespace shoal
