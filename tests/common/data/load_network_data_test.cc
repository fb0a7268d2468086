// Networks' data from job to dataset: labels, texts, images.
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/config/load_job.h"
#include "common/data/load_data.h"
#include "common/data/scan_data.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/data/idx_files.h"
#include "tests/common/data/parse_job.h"
#include "tests/common/data/test_files.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;

constexpr char kTextJob[] = R"pb(
  data {
    columns { name: 'kind' position: 0 type: LABEL }
    columns { name: 'text' position: 1 type: TEXT }
  }
  tables { name: 'words' embedding_dim: 4 }
  model {
    network {
      features { bag { column: 'text' table: 'words' } }
      tower { linear { out_features: 3 } }
      label: 'kind'
      loss { softmax_cross_entropy {} }
    }
  }
)pb";

constexpr char kImageJob[] = R"pb(
  data { train { format: IDX } }
  model {
    network {
      features { image { column: 'image' } }
      tower { linear { out_features: 10 } }
      label: 'label'
      loss { softmax_cross_entropy {} }
    }
  }
)pb";

class LoadNetworkDataTest : public testing::Test {
 protected:
  JobConfig TextJob(const std::string& train) {
    JobConfig job = ParseJob(kTextJob);
    job.mutable_data()->mutable_train()->set_path(files_.Write("train", train));
    return job;
  }
  JobConfig WithValidation(JobConfig job, const std::string& validation) {
    job.mutable_data()->mutable_validation()->set_path(files_.Write("validation", validation));
    return job;
  }
  DataSource IdxSource(const std::string& name, const std::string& images, const std::string& labels) {
    DataSource source;
    source.set_format(DataSource::IDX);
    source.set_path(files_.Write(name + "-images", images));
    source.set_labels_path(files_.Write(name + "-labels", labels));
    return source;
  }

  // What the launcher does before workers load.
  absl::StatusOr<ResolvedJob> Prepare(const JobConfig& job) {
    absl::StatusOr<ScannedData> scanned = ScanData(job);
    if (!scanned.ok()) return scanned.status();
    const absl::Status written = WriteVocabularies(*scanned, directory_);
    if (!written.ok()) return written;
    scanned->job.set_vocabulary_directory(directory_);
    return scanned->job;
  }
  std::string Vocabulary(const std::string& name) {
    std::ifstream file(directory_ + "/" + name);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  const TestFiles files_;
  const std::string directory_ = files_.Path("vocabularies");
};

TEST_F(LoadNetworkDataTest, TextsAndLabelsBecomeBagsAndClasses) {
  const JobConfig config = WithValidation(TextJob("b\tx y x\na\t\nb\ty x\n"), "a\ty new x\n");
  const ResolvedJob job = Prepare(config).value();
  EXPECT_EQ("a\nb\n", Vocabulary("label.kind.txt"));
  EXPECT_EQ("x\ny\n", Vocabulary("words.txt"));
  EXPECT_EQ(2, job.job().tables(0).num_embeddings());
  const TrainingData data = LoadData(job).value();
  ASSERT_EQ(1u, data.train.bag_columns.size());
  EXPECT_EQ("text", data.train.bag_columns[0].name);
  EXPECT_THAT(data.train.bag_columns[0].ids, ElementsAre(0, 1, 0, 1, 0));
  EXPECT_THAT(data.train.bag_columns[0].offsets, ElementsAre(0, 3, 3, 5));
  ASSERT_EQ(1u, data.train.label_columns.size());
  EXPECT_EQ("kind", data.train.label_columns[0].name);
  EXPECT_EQ(2, data.train.label_columns[0].num_classes);
  EXPECT_THAT(data.train.label_columns[0].labels, ElementsAre(1, 0, 1));
  // Tokens of data.validation alone have no row.
  EXPECT_THAT(data.validation.bag_columns[0].ids, ElementsAre(1, 0));
  EXPECT_THAT(data.validation.bag_columns[0].offsets, ElementsAre(0, 2));
  EXPECT_THAT(data.validation.label_columns[0].labels, ElementsAre(0));
}

TEST_F(LoadNetworkDataTest, ClassesForALogUniformSamplerAreNumberedByFallingCount) {
  JobConfig config = TextJob("a\tx\nb\ty\nc\tx\nc\tx\nb\ty\nc\tz\n");
  TableConfig* const classes = config.add_tables();
  classes->set_name("class");
  classes->set_embedding_dim(3);
  SampledSoftmax* const loss = config.mutable_model()->mutable_network()->mutable_loss()->mutable_sampled_softmax();
  loss->set_num_sampled(2);
  loss->set_table("class");
  const ResolvedJob job = Prepare(config).value();
  EXPECT_EQ("c\nb\na\n", Vocabulary("label.kind.txt"));
  EXPECT_EQ(3, job.job().tables(1).num_embeddings());
  EXPECT_THAT(LoadData(job)->train.label_columns[0].labels, ElementsAre(2, 1, 0, 0, 1, 0));
  loss->set_sampler(SampledSoftmax::UNIFORM);
  ASSERT_TRUE(Prepare(config).ok());
  EXPECT_EQ("a\nb\nc\n", Vocabulary("label.kind.txt"));
}

TEST_F(LoadNetworkDataTest, ALabelThatTrainingLacksIsABadRecordOfValidation) {
  const JobConfig job = WithValidation(TextJob("b\tx\na\ty\n"), "a\tx\nc\tx\n");
  EXPECT_THAT(std::string(ScanData(job).status().message()),
              EndsWith("validation:2: column kind: 'c' is not one of the 2 labels of data.train"));
  JobConfig skipping = job;
  skipping.mutable_data()->set_on_bad_record(DataConfig::SKIP);
  const ResolvedJob resolved = Prepare(skipping).value();
  EXPECT_EQ(1, resolved.num_skipped_records());
  EXPECT_EQ(1, resolved.num_validation_examples());
  EXPECT_EQ(1, LoadData(resolved)->validation.num_examples);
}

TEST_F(LoadNetworkDataTest, ABadTextIsFoundBeforeTraining) {
  EXPECT_THAT(std::string(ScanData(WithValidation(TextJob("a\tx\n"), "a\tx\na\t\xc3(\n")).status().message()),
              EndsWith("validation:2: column text: byte 1 (0xc3) is not valid UTF-8"));
}

TEST_F(LoadNetworkDataTest, HashBucketsMakeTheTableLarger) {
  JobConfig config = TextJob("a\tx y\na\tz\n");
  TextConfig* text = config.mutable_data()->mutable_columns(1)->mutable_text();
  text->set_word_ngrams(2);
  text->set_hash_buckets(100);
  text->set_hashed(TextConfig::NGRAMS);
  const ResolvedJob job = Prepare(config).value();
  EXPECT_EQ(103, job.job().tables(0).num_embeddings());
  const TrainingData data = LoadData(job).value();
  ASSERT_EQ(4u, data.train.bag_columns[0].ids.size());
  EXPECT_GE(data.train.bag_columns[0].ids[2], 3u);
  EXPECT_LT(data.train.bag_columns[0].ids[2], 103u);

  // Without any vocabulary, a run can be resumed all the same.
  text->set_hashed(TextConfig::EVERYTHING);
  const ResolvedJob hashed = Prepare(config).value();
  EXPECT_EQ(100, hashed.job().tables(0).num_embeddings());
  EXPECT_EQ("", Vocabulary("words.txt"));
  EXPECT_EQ(4u, LoadData(hashed)->train.bag_columns[0].ids.size());
  EXPECT_EQ(100, ScanDataWithVocabularies(config, directory_)->job.job().tables(0).num_embeddings());
}

TEST_F(LoadNetworkDataTest, AResumedJobKeepsClassesAndTokens) {
  ASSERT_TRUE(Prepare(TextJob("b\tx y x\na\ty\n")).ok());
  ScannedData scanned = ScanDataWithVocabularies(TextJob("b\ty y y new\n"), directory_).value();
  EXPECT_EQ(2, scanned.job.labels(0).num_classes());
  EXPECT_EQ(2, scanned.job.job().tables(0).num_embeddings());
  scanned.job.set_vocabulary_directory(directory_);
  const TrainingData data = LoadData(scanned.job).value();
  EXPECT_THAT(data.train.bag_columns[0].ids, ElementsAre(1, 1, 1));
  EXPECT_THAT(data.train.label_columns[0].labels, ElementsAre(1));
  EXPECT_THAT(std::string(ScanDataWithVocabularies(TextJob("c\ty\n"), directory_).status().message()),
              EndsWith("train:1: column kind: 'c' is not one of the 2 labels of data.train"));
}

TEST_F(LoadNetworkDataTest, LostOrChangedLabelsAreDataLoss) {
  const ResolvedJob job = Prepare(TextJob("b\tx\na\ty\n")).value();
  files_.Write("vocabularies/label.kind.txt", "a\nb\nc\n");
  const absl::Status status = LoadData(job).status();
  EXPECT_EQ(absl::StatusCode::kDataLoss, status.code());
  EXPECT_THAT(std::string(status.message()), EndsWith("label.kind.txt' has 3 labels; the job has 2"));
}

TEST_F(LoadNetworkDataTest, TextsWithoutAnyTokenAreRefused) {
  EXPECT_EQ("data.train: no text of column 'text' has a token that counts, so table 'words' has no rows",
            ScanData(TextJob("a\t\nb\t  \n")).status().message());
}

TEST_F(LoadNetworkDataTest, ImagesLieOneAfterTheOther) {
  JobConfig config = ParseJob(kImageJob);
  *config.mutable_data()->mutable_train() =
      IdxSource("train", IdxImages(3, 1, 2, "abcdef"), IdxLabels(3, "\x0a\x02\x0a"));
  *config.mutable_data()->mutable_validation() = IdxSource("test", IdxImages(1, 1, 2, "gh"), IdxLabels(1, "\x02"));
  const ResolvedJob job = Prepare(config).value();
  EXPECT_EQ("2\n10\n", Vocabulary("label.label.txt"));
  EXPECT_EQ(1, job.images(0).height());
  EXPECT_EQ(2, job.images(0).width());
  const TrainingData data = LoadData(job).value();
  ASSERT_EQ(1u, data.train.image_columns.size());
  EXPECT_EQ("image", data.train.image_columns[0].name);
  EXPECT_EQ(1, data.train.image_columns[0].height);
  EXPECT_EQ(2, data.train.image_columns[0].width);
  EXPECT_THAT(data.train.image_columns[0].pixels, ElementsAre('a', 'b', 'c', 'd', 'e', 'f'));
  EXPECT_THAT(data.train.label_columns[0].labels, ElementsAre(1, 0, 1));
  EXPECT_THAT(data.validation.image_columns[0].pixels, ElementsAre('g', 'h'));
}

TEST_F(LoadNetworkDataTest, ARandomSplitTakesImagesApart) {
  JobConfig config = ParseJob(kImageJob);
  std::string pixels(100, '\0');
  std::iota(pixels.begin(), pixels.end(), '\0');
  *config.mutable_data()->mutable_train() = IdxSource("train", IdxImages(100, 1, 1, pixels), IdxLabels(100, pixels));
  config.mutable_data()->mutable_random_split()->set_validation_fraction(0.07);
  config.mutable_data()->mutable_random_split()->set_seed(9);
  config.mutable_model()->mutable_network()->mutable_tower(0)->mutable_linear()->set_out_features(100);
  const TrainingData data = LoadData(Prepare(config).value()).value();
  EXPECT_EQ(93, data.train.num_examples);
  EXPECT_EQ(93u, data.train.image_columns[0].pixels.size());
  EXPECT_THAT(data.validation.image_columns[0].pixels, ElementsAre(2, 23, 37, 45, 83, 85, 89));
  EXPECT_THAT(data.validation.label_columns[0].labels, ElementsAre(2, 23, 37, 45, 83, 85, 89));
}

TEST_F(LoadNetworkDataTest, ImagesOfAnotherSizeAreRefused) {
  JobConfig config = ParseJob(kImageJob);
  *config.mutable_data()->mutable_train() = IdxSource("train", IdxImages(1, 1, 4, "abcd"), IdxLabels(1, "\x01"));
  const ResolvedJob job = Prepare(config).value();
  IdxSource("train", IdxImages(1, 2, 2, "abcd"), IdxLabels(1, "\x01"));
  const absl::Status changed = LoadData(job).status();
  EXPECT_EQ(absl::StatusCode::kDataLoss, changed.code());
  EXPECT_EQ("data.train has changed since the job was started: its images had 1 x 4 pixels and now have 2 x 2",
            changed.message());
  *config.mutable_data()->mutable_validation() = IdxSource("test", IdxImages(1, 1, 4, "abcd"), IdxLabels(1, "\x01"));
  EXPECT_EQ("data.validation: images 'image' have 1 x 4 pixels, those of data.train have 2 x 2",
            ScanData(config).status().message());
}

// ---- Lists of ids, given triplets ----------------------------------------------------------------------------------

constexpr char kTripletJob[] = R"pb(
  data {
    columns {
      name: 'anchor'
      position: 0
      type: ID_LIST
      id_list { weight_separator: ':' }
    }
    columns { name: 'positive' position: 1 type: ID_LIST }
    columns { name: 'negative' position: 2 type: ID_LIST }
  }
  tables { name: 'items' embedding_dim: 4 }
  model {
    network {
      features { bag { column: 'anchor' table: 'items' mode: SUM } }
      members { columns: 'positive' }
      members { columns: 'negative' }
      loss { triplet { mining: GIVEN } }
    }
  }
)pb";

class LoadTripletsTest : public LoadNetworkDataTest {
 protected:
  JobConfig TripletJob(const std::string& train, const std::string& more = "") {
    JobConfig job = ParseJobWith(kTripletJob, more);
    job.mutable_data()->mutable_train()->set_path(files_.Write("train", train));
    return job;
  }
};

TEST_F(LoadTripletsTest, MembersShareOneVocabularyOfAll) {
  const JobConfig config = WithValidation(TripletJob("7:2,8\t7\t9\n\t8,8\t10\n"), "9\t7\t11:1\n");
  EXPECT_THAT(std::string(ScanData(config).status().message()),
              EndsWith("validation:1: column negative: '11:1' is not a whole number"));
  const ResolvedJob job = Prepare(WithValidation(config, "9\t7\t11\n")).value();
  EXPECT_EQ("7\n8\n9\n10\n11\n", Vocabulary("items.txt"));
  EXPECT_EQ(5, job.job().tables(0).num_embeddings());
  const TrainingData data = LoadData(job).value();
  ASSERT_EQ(3u, data.train.bag_columns.size());
  EXPECT_THAT(data.train.bag_columns[0].ids, ElementsAre(0, 1));
  EXPECT_THAT(data.train.bag_columns[0].offsets, ElementsAre(0, 2, 2));
  EXPECT_THAT(data.train.bag_columns[0].weights, ElementsAre(2, 1));
  EXPECT_THAT(data.train.bag_columns[1].ids, ElementsAre(0, 1, 1));
  EXPECT_TRUE(data.train.bag_columns[1].weights.empty());
  EXPECT_THAT(data.train.bag_columns[2].ids, ElementsAre(2, 3));
  EXPECT_THAT(data.validation.bag_columns[0].ids, ElementsAre(2));
  EXPECT_THAT(data.validation.bag_columns[2].ids, ElementsAre(4));
}

TEST_F(LoadTripletsTest, AnIdOutOfRangeIsFoundBeforeTraining) {
  JobConfig job = TripletJob("1\t1\t1\n1\t1\t1,5\n");
  job.mutable_tables(0)->set_num_embeddings(5);
  EXPECT_THAT(
      std::string(ScanData(job).status().message()),
      EndsWith("train:2: column negative: id 5 is out of range: table 'items' has num_embeddings 5, ids 0 to 4"));
}

TEST_F(LoadTripletsTest, AResumedJobKeepsItsIds) {
  ASSERT_TRUE(Prepare(TripletJob("7\t8\t9\n")).ok());
  ScannedData scanned = ScanDataWithVocabularies(TripletJob("9,8\t7\t7\n"), directory_).value();
  scanned.job.set_vocabulary_directory(directory_);
  EXPECT_THAT(LoadData(scanned.job)->train.bag_columns[0].ids, ElementsAre(2, 1));
  EXPECT_THAT(std::string(ScanDataWithVocabularies(TripletJob("9,10\t7\t7\n"), directory_).status().message()),
              EndsWith("train:1: column anchor: '10' is not one of the 3 keys of table 'items'"));
}

TEST_F(LoadTripletsTest, ListsWithoutAnyIdAreRefused) {
  EXPECT_EQ("data.train: no list of column 'anchor' has an id, so table 'items' has no rows",
            ScanData(TripletJob("\t\t\n")).status().message());
}

// ---- Data that the job does not name -------------------------------------------------------------------------------

TEST_F(LoadNetworkDataTest, OtherTextsAreReadByTheJobsVocabularies) {
  ResolvedJob job = Prepare(TextJob("b\tx y x\na\ty\n")).value();
  DataSource source = job.job().data().train();
  source.set_path(files_.Write("other", "a\ty new x\nc\tx\nb\tx\n"));
  EXPECT_THAT(std::string(LoadOtherData(job, source, "--input").status().message()),
              EndsWith("other:2: column kind: 'c' is not one of the 2 labels of data.train"));
  job.mutable_job()->mutable_data()->set_on_bad_record(DataConfig::SKIP);
  const OtherData data = LoadOtherData(job, source, "--input").value();
  EXPECT_EQ(1, data.skipped.count);
  EXPECT_EQ(2, data.examples.num_examples);
  EXPECT_THAT(data.examples.bag_columns[0].ids, ElementsAre(1, 0, 0));
  EXPECT_THAT(data.examples.label_columns[0].labels, ElementsAre(0, 1));
}

// kind is the first field, text the second.
TEST_F(LoadNetworkDataTest, LinesWithoutALabelLackItsField) {
  const ResolvedJob job = Prepare(TextJob("b\tx y x\na\ty\n")).value();
  DataSource source = job.job().data().train();
  source.set_path(files_.Write("other", "y new x\nx\n"));
  const Dataset data = LoadOtherData(job, source, "--input", Truth::kAbsent)->examples;
  EXPECT_EQ(2, data.num_examples);
  EXPECT_THAT(data.bag_columns[0].ids, ElementsAre(1, 0, 0));
  EXPECT_TRUE(data.label_columns.empty());
}

TEST_F(LoadNetworkDataTest, AHeaderFindsTheTextWithALabelOrWithout) {
  JobConfig config = TextJob("kind\ttext\nb\tx y x\na\ty\n");
  config.mutable_data()->mutable_train()->set_header(true);
  for (ColumnConfig& column : *config.mutable_data()->mutable_columns()) column.clear_position();
  const ResolvedJob job = Prepare(config).value();
  for (const char* file : {"text\ny x\n", "kind\ttext\nno label\ty x\n", "text\tnote\ny x\tq\n"}) {
    DataSource source = job.job().data().train();
    source.set_path(files_.Write("other", file));
    const Dataset data = LoadOtherData(job, source, "--input", Truth::kAbsent)->examples;
    EXPECT_THAT(data.bag_columns[0].ids, ElementsAre(1, 0)) << file;
    EXPECT_TRUE(data.label_columns.empty());
  }
}

TEST_F(LoadNetworkDataTest, ImagesAreReadWithoutLabels) {
  JobConfig config = ParseJob(kImageJob);
  *config.mutable_data()->mutable_train() = IdxSource("train", IdxImages(1, 1, 4, "abcd"), IdxLabels(1, "\x01"));
  const ResolvedJob job = Prepare(config).value();
  DataSource source = IdxSource("other", IdxImages(2, 1, 4, "efghijkl"), "");
  source.clear_labels_path();
  const Dataset data = LoadOtherData(job, source, "--input", Truth::kAbsent)->examples;
  EXPECT_EQ(2, data.num_examples);
  EXPECT_THAT(data.image_columns[0].pixels, ElementsAre('e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'));
  EXPECT_TRUE(data.label_columns.empty());
  EXPECT_THAT(std::string(LoadOtherData(job, source, "--input").status().message()),
              EndsWith("--input needs a labels_path, the labels of its images"));
}

TEST_F(LoadNetworkDataTest, OtherImagesHaveTheSizeOfTheJobs) {
  JobConfig config = ParseJob(kImageJob);
  *config.mutable_data()->mutable_train() = IdxSource("train", IdxImages(1, 1, 4, "abcd"), IdxLabels(1, "\x01"));
  const ResolvedJob job = Prepare(config).value();
  const DataSource same = IdxSource("same", IdxImages(2, 1, 4, "efghijkl"), IdxLabels(2, "\x01\x01"));
  EXPECT_THAT(LoadOtherData(job, same, "--input")->examples.image_columns[0].pixels,
              ElementsAre('e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'));
  const DataSource other = IdxSource("other", IdxImages(1, 2, 2, "abcd"), IdxLabels(1, "\x01"));
  EXPECT_THAT(std::string(LoadOtherData(job, other, "--input").status().message()),
              EndsWith("other-images: images have 2 x 2 pixels; the model was trained on 1 x 4"));
  const DataSource empty = IdxSource("empty", IdxImages(0, 1, 4, ""), IdxLabels(0, ""));
  EXPECT_THAT(std::string(LoadOtherData(job, empty, "--input").status().message()),
              EndsWith("empty-images has no examples"));
}

TEST_F(LoadNetworkDataTest, MoreNeighboursThanExamplesAreRefused) {
  JobConfig config = WithValidation(TextJob("b\tx\na\ty\n"), "a\tx\n");
  config.mutable_model()->mutable_network()->mutable_knn_accuracy()->set_k(3);
  EXPECT_EQ("model.network.knn_accuracy.k: is 3, but there are 2 training examples",
            ScanData(config).status().message());
  config.mutable_model()->mutable_network()->mutable_knn_accuracy()->set_k(2);
  EXPECT_TRUE(ScanData(config).ok());
}

// ---- The example jobs, on their data
// ----------------------------------------------------------------------------------

class ExampleJobTest : public LoadNetworkDataTest {
 protected:
  static std::string DataDirectory() {
    const char* directory = std::getenv("SHOAL_DATA_DIR");
    return directory != nullptr ? directory : "data";
  }

  ResolvedJob PrepareExample(const std::string& name) {
    std::vector<Diagnostic> problems;
    const auto lookup = [](const std::string&) { return absl::make_optional(DataDirectory()); };
    const absl::StatusOr<JobConfig> job =
        LoadJob(absl::StrCat(SHOAL_SOURCE_DIR, "/examples/", name), /*overrides=*/{}, lookup, &problems);
    for (const Diagnostic& problem : problems) ADD_FAILURE() << FormatDiagnostic(problem);
    return Prepare(job.value()).value();
  }
};

TEST_F(ExampleJobTest, MnistHasItsKnownSizesAndPixels) {
  if (!std::filesystem::exists(DataDirectory() + "/mnist")) {
    GTEST_SKIP() << "MNIST is absent: set SHOAL_DATA_DIR to a folder with mnist";
  }
  for (const char* name : {"mnist-triplet.textproto", "mnist-contrastive.textproto"}) {
    const ResolvedJob job = PrepareExample(name);
    EXPECT_EQ(250, job.job().training().batch_size());
    EXPECT_EQ(240, job.steps_per_epoch());
  }
  const ResolvedJob job = PrepareExample("mnist-classification.textproto");
  EXPECT_EQ(10, job.labels(0).num_classes());
  EXPECT_EQ(28, job.images(0).height());
  EXPECT_EQ(28, job.images(0).width());
  const TrainingData data = LoadData(job).value();
  EXPECT_EQ(60000, data.train.num_examples);
  EXPECT_EQ(10000, data.validation.num_examples);
  EXPECT_THAT(
      std::vector<int64_t>(data.train.label_columns[0].labels.begin(), data.train.label_columns[0].labels.begin() + 5),
      ElementsAre(5, 0, 4, 1, 9));
  // Their mean and standard deviation, which the jobs normalise by.
  const std::vector<uint8_t>& pixels = data.train.image_columns[0].pixels;
  ASSERT_EQ(60000u * 784, pixels.size());
  int64_t sum = 0;
  int64_t squares = 0;
  for (const int64_t pixel : pixels) {
    sum += pixel;
    squares += pixel * pixel;
  }
  const double mean = static_cast<double>(sum) / static_cast<double>(pixels.size()) / 255;
  const double mean_square = static_cast<double>(squares) / static_cast<double>(pixels.size()) / (255 * 255);
  EXPECT_NEAR(0.1307, mean, 1e-4);
  EXPECT_NEAR(0.3081, std::sqrt(mean_square - mean * mean), 1e-4);
}

TEST_F(ExampleJobTest, SmsSpamHasItsKnownSizes) {
  if (!std::filesystem::exists(DataDirectory() + "/sms")) {
    GTEST_SKIP() << "the SMS data is absent: set SHOAL_DATA_DIR to a folder with sms";
  }
  const ResolvedJob job = PrepareExample("sms-spam.textproto");
  EXPECT_EQ(4459, job.num_train_examples());
  EXPECT_EQ(1115, job.num_validation_examples());
  EXPECT_EQ("ham\nspam\n", Vocabulary("label.kind.txt"));
  const TrainingData data = LoadData(job).value();
  const std::vector<int64_t>& labels = data.train.label_columns[0].labels;
  EXPECT_EQ(588, std::accumulate(labels.begin(), labels.end(), int64_t{0}));
  EXPECT_GT(data.train.bag_columns[0].ids.size(), 4459u * 20);
}

}  // namespace
}  // namespace shoal
