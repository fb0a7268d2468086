#include "common/data/example_reader.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/data/line_reader.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/data/idx_files.h"
#include "tests/common/data/parse_job.h"
#include "tests/common/data/test_files.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ValueSpaces UsersAndItems() {
  ValueSpaces spaces;
  spaces.ids = {IdSpace::Growing("users"), IdSpace::Direct("items", 100)};
  spaces.texts.resize(2);
  return spaces;
}

class ExampleReaderTest : public testing::Test {
 protected:
  JobConfig Job(const std::string& contents, const std::string& data = "train { format: MOVIELENS_100K }") {
    path_ = files_.Write("ratings", contents);
    JobConfig job = RatingsJob(absl::StrCat("data { ", data, " }"));
    job.mutable_data()->mutable_train()->set_path(path_);
    return job;
  }

  // Examples as "ids : numbers".
  absl::StatusOr<std::vector<std::string>> Read(const JobConfig& job) {
    const ModelInputs inputs = FindModelInputs(job).value();
    const auto reader = ExampleReader::Open(job, SourceRole::kTrain, inputs, &spaces_);
    if (!reader.ok()) return reader.status();
    std::vector<std::string> examples;
    Example example;
    while (true) {
      const absl::StatusOr<bool> more = (*reader)->Next(&example);
      if (!more.ok()) return more.status();
      skipped_ = (*reader)->skipped();
      if (!*more) return examples;
      examples.push_back(absl::StrCat(absl::StrJoin(example.ids, " "), " : ", absl::StrJoin(example.numbers, " ")));
    }
  }

  // The error that reading the contents stops with, without the path in front.
  std::string Error(const std::string& contents) {
    const absl::Status status = Read(Job(contents)).status();
    EXPECT_EQ(absl::StatusCode::kInvalidArgument, status.code());
    EXPECT_THAT(std::string(status.message()), testing::StartsWith(path_));
    return std::string(status.message().substr(std::min(path_.size(), status.message().size())));
  }

  const TestFiles files_;
  std::string path_;
  ValueSpaces spaces_ = UsersAndItems();
  SkippedRecords skipped_;
};

TEST_F(ExampleReaderTest, IdsGoThroughTheSpaceOfTheirTable) {
  EXPECT_THAT(Read(Job("196\t24\t3\t881\n186\t30\t4.5\t882\n196\t0\t-1e-3\t883\n")).value(),
              ElementsAre("0 24 : 3", "1 30 : 4.5", "0 0 : -0.001"));
  EXPECT_EQ(0, skipped_.count);
  EXPECT_EQ("", skipped_.Details());
}

TEST_F(ExampleReaderTest, ABadRecordStopsWithPlaceColumnAndValue) {
  EXPECT_EQ(":2: column rating: 'abc' is not a number", Error("1\t2\t3\n1\t2\tabc\n"));
  EXPECT_EQ(":1: column rating: '' is not a number", Error("1\t2\t\n"));
  EXPECT_EQ(":1: column rating: 'nan' is not a finite 32-bit number", Error("1\t2\tnan\n"));
  EXPECT_EQ(":1: column rating: '-inf' is not a finite 32-bit number", Error("1\t2\t-inf\n"));
  EXPECT_EQ(":1: column rating: '1e39' is not a finite 32-bit number", Error("1\t2\t1e39\n"));
  EXPECT_EQ(":1: column rating: field 3 is missing; the line has 2 fields", Error("1\t2\n"));
  EXPECT_EQ(":3: column user_id: the id is empty", Error("1\t2\t3\n\n\t2\t3\n"));
  EXPECT_EQ(":1: column user_id: '-5' is negative", Error("-5\t2\t3\n"));
  EXPECT_EQ(":1: column item_id: id 100 is out of range: table 'items' has num_embeddings 100, ids 0 to 99",
            Error("1\t100\t3\n"));
}

TEST_F(ExampleReaderTest, SkippedRecordsAreCountedAndAddNoKey) {
  EXPECT_THAT(
      Read(Job("a\t1\t1\n7\t1\tx\n8\t1\t2\n9\t100\t2\n7\n", "train { format: MOVIELENS_100K } on_bad_record: SKIP"))
          .value(),
      ElementsAre("0 1 : 2"));
  EXPECT_EQ(4, skipped_.count);
  EXPECT_EQ("; the first 3: " + path_ + ":1: column user_id: 'a' is not a whole number; " + path_ +
                ":2: column rating: 'x' is not a number; " + path_ +
                ":4: column item_id: id 100 is out of range: table 'items' has num_embeddings 100, ids 0 to 99",
            skipped_.Details());
  EXPECT_EQ(1, spaces_.ids[0].vocabulary().size());
  EXPECT_EQ("8", spaces_.ids[0].vocabulary().key(0));
}

TEST(SkippedRecordsTest, ThoseOfTheNextSourceFollow) {
  SkippedRecords skipped;
  skipped.Add("a:1: x");
  SkippedRecords others;
  for (const char* record : {"b:1: y", "b:2: z", "b:3: w"}) others.Add(record);
  EXPECT_EQ(": b:1: y; b:2: z; b:3: w", others.Details());
  skipped.Append(others);
  EXPECT_EQ(4, skipped.count);
  EXPECT_EQ("; the first 3: a:1: x; b:1: y; b:2: z", skipped.Details());
}

TEST_F(ExampleReaderTest, DamageOfTheFileIsNotSkipped) {
  const std::string data = "train { format: MOVIELENS_CSV } on_bad_record: SKIP";
  EXPECT_THAT(std::string(Read(Job("userId,rating\n", data)).status().message()),
              HasSubstr(":1: the header has no column 'movieId'; it has: 'userId, rating'"));
  const std::string too_long(LineReader::kMaxLineBytes + 1, 'x');
  EXPECT_THAT(std::string(Read(Job("userId,movieId,rating\n" + too_long, data)).status().message()),
              HasSubstr(":2: the line is longer than"));
}

TEST_F(ExampleReaderTest, AllMovieLensFormatsGiveTheSameExamples) {
  EXPECT_THAT(Read(Job("5::3::4::1\n5::9::1::2\n", "train { format: MOVIELENS_DAT }")).value(),
              ElementsAre("0 3 : 4", "0 9 : 1"));
  EXPECT_THAT(
      Read(Job("userId,movieId,rating,timestamp\r\n5,3,4.0,1\r\n5,9,1.0,2\r\n", "train { format: MOVIELENS_CSV }"))
          .value(),
      ElementsAre("0 3 : 4", "0 9 : 1"));
}

TEST_F(ExampleReaderTest, DelimitedColumnsMayBeStrings) {
  const std::string data = R"pb(
    train { delimiter: ',' header: true }
    columns { name: 'rating' header: 'stars' type: NUMBER }
    columns { name: 'user_id' header: 'name' }
    columns { name: 'item_id' type: INTEGER_ID }
  )pb";
  EXPECT_THAT(Read(Job("name,item_id,stars\n\"Lovelace, Ada\",1,5\nGrace,2,4\n", data)).value(),
              ElementsAre("0 1 : 5", "1 2 : 4"));
  EXPECT_EQ("Lovelace, Ada", spaces_.ids[0].vocabulary().key(0));
}

TEST_F(ExampleReaderTest, ColumnsMustFitTheirUse) {
  const auto message = [this](const std::string& columns) {
    return std::string(Read(Job("", absl::StrCat("train {} ", columns))).status().message());
  };
  const std::string user = "columns { name: 'user_id' position: 0 }";
  const std::string item = "columns { name: 'item_id' position: 1 type: INTEGER_ID }";
  EXPECT_EQ("column 'user_id' is read as an id; its type is NUMBER, not STRING_ID or INTEGER_ID",
            message("columns { name: 'user_id' position: 0 type: NUMBER }"));
  EXPECT_EQ(
      "column 'item_id' has type STRING_ID, whose ids come from a vocabulary, but table 'items' gives num_embeddings: "
      "leave it out, or use INTEGER_ID",
      message(user + "columns { name: 'item_id' position: 1 }"));
  EXPECT_EQ("column 'rating' is read as a number; its type is STRING_ID, not NUMBER",
            message(user + item + "columns { name: 'rating' position: 2 }"));
  EXPECT_EQ("data.train has no column 'rating', which the model reads; it has: user_id, item_id", message(user + item));
}

TEST_F(ExampleReaderTest, ValidationHasASourceOfItsOwn) {
  JobConfig job = Job("1\t1\t1\n");
  const absl::Status status =
      ExampleReader::Open(job, SourceRole::kValidation, FindModelInputs(job).value(), &spaces_).status();
  EXPECT_EQ("data.validation needs a path, or synthetic", status.message());
}

TEST_F(ExampleReaderTest, SyntheticRatingsAreExamplesLikeOthers) {
  JobConfig job = RatingsJob(R"pb(
    data { train { synthetic { num_users: 3 num_items: 100 num_ratings: 50 } } }
  )pb");
  EXPECT_EQ(50u, Read(job)->size());
  EXPECT_EQ(3, spaces_.ids[0].vocabulary().size());
  job.mutable_data()->mutable_train()->mutable_synthetic()->set_num_items(100000);
  EXPECT_THAT(std::string(Read(job).status().message()),
              testing::MatchesRegex("synthetic rating 1: column item_id: id [0-9]+ is out of range: .*"));
}

// ---- Labels, texts and images
// ----------------------------------------------------------------------------------------

constexpr char kNetwork[] = R"pb(
  data {
    train {}
    columns { name: 'id' position: 0 }
    columns { name: 'kind' position: 1 type: LABEL }
    columns { name: 'words' position: 2 type: TEXT }
    columns { name: 'title' position: 3 type: TEXT }
    columns { name: 'number' position: 4 type: NUMBER }
  }
  tables { name: 'ids' }
  tables { name: 'words' }
  model {
    network {
      features { id { column: 'id' table: 'ids' } }
      features { bag { column: 'words' table: 'words' } }
      features { bag { column: 'title' table: 'words' } }
      features { dense { columns: 'number' } }
      label: 'kind'
    }
  }
)pb";

class NetworkReaderTest : public testing::Test {
 protected:
  JobConfig Job(const std::string& contents, const std::string& more = "") {
    JobConfig job = ParseJobWith(kNetwork, more);
    job.mutable_data()->mutable_train()->set_path(files_.Write("examples", contents));
    return job;
  }

  // Reads all examples as "ids|bag|bag|numbers|labels", with new spaces, or with those of the last call.
  absl::StatusOr<std::vector<std::string>> Read(const JobConfig& job, bool new_spaces = true) {
    const ModelInputs inputs = FindModelInputs(job).value();
    if (new_spaces) spaces_ = GrowingSpaces(job, inputs).value();
    const auto reader = ExampleReader::Open(job, SourceRole::kTrain, inputs, &spaces_);
    if (!reader.ok()) return reader.status();
    std::vector<std::string> examples;
    Example example;
    while (true) {
      const absl::StatusOr<bool> more = (*reader)->Next(&example);
      if (!more.ok()) return more.status();
      if (!*more) return examples;
      std::vector<std::string> bags;
      for (const std::vector<uint64_t>& bag : example.bags) bags.push_back(absl::StrJoin(bag, " "));
      examples.push_back(absl::StrCat(absl::StrJoin(example.ids, " "), "|", absl::StrJoin(bags, "|"), "|",
                                      absl::StrJoin(example.numbers, " "), "|", absl::StrJoin(example.labels, " ")));
    }
  }
  std::string Error(const JobConfig& job) {
    const std::string message(Read(job).status().message());
    const std::string path = files_.Path("examples");
    EXPECT_THAT(message, testing::StartsWith(path));
    return message.substr(std::min(path.size(), message.size()));
  }

  const TestFiles files_;
  ValueSpaces spaces_;
};

TEST_F(NetworkReaderTest, TextsBecomeTheIdsOfTheirTableOnceTheyAreFrozen) {
  const JobConfig job = Job("u\tb\ta b b\tb c\t1\nv\ta\t\tc\t2\n");
  EXPECT_THAT(Read(job).value(), ElementsAre("0|||1|0", "1|||2|1"));
  ASSERT_TRUE(FreezeTextsAndLabels(&spaces_).ok());
  // By count: b, c, a. Labels are sorted.
  EXPECT_THAT(Read(job, /*new_spaces=*/false).value(), ElementsAre("0|2 0 0|0 1|1|1", "1||1|2|0"));
  EXPECT_EQ(3, spaces_.NumRows(1));
}

TEST_F(NetworkReaderTest, BadTextsAndLabelsAreNamedWithTheirPlace) {
  EXPECT_EQ(":2: column words: byte 3 (0xff) is not valid UTF-8", Error(Job("u\tb\ta\tb\t1\nu\tb\ta \xff\tb\t1\n")));
  EXPECT_EQ(":1: column kind: the label is empty", Error(Job("u\t\ta\tb\t1\n")));
}

TEST_F(NetworkReaderTest, AnUnknownLabelIsABadRecord) {
  ASSERT_TRUE(Read(Job("u\tb\ta\tb\t1\nu\tc\ta\tb\t1\n")).ok());
  ASSERT_TRUE(FreezeTextsAndLabels(&spaces_).ok());
  EXPECT_THAT(std::string(Read(Job("u\tb\ta\tb\t1\nu\td\ta\tb\t1\n"), /*new_spaces=*/false).status().message()),
              testing::EndsWith(":2: column kind: 'd' is not one of the 2 labels of data.train"));
}

TEST_F(NetworkReaderTest, ABadRecordCountsNeitherTokensNorLabels) {
  const std::string contents = "u\tb\ta\tb\t1\nv\tc\tx\ty\tz\nv\tc\tx\t\xff\t1\n";
  EXPECT_EQ(1u, Read(Job(contents, "data { on_bad_record: SKIP }"))->size());
  ASSERT_TRUE(FreezeTextsAndLabels(&spaces_).ok());
  EXPECT_EQ(1, spaces_.NumRows(0));
  EXPECT_EQ(2, spaces_.NumRows(1));
  EXPECT_EQ(1, spaces_.labels[0].vocabulary().size());
}

TEST_F(NetworkReaderTest, ColumnsMustFitTheirUse) {
  const auto message = [this](const std::string& model) {
    return std::string(Read(Job("", absl::StrCat("model { network { ", model, " } }"))).status().message());
  };
  EXPECT_EQ("column 'number' is read as a label; its type is NUMBER, not LABEL", message("label: 'number'"));
  EXPECT_EQ("column 'id' is read as a bag; its type is STRING_ID, not TEXT or ID_LIST",
            message("features { bag { column: 'id' table: 'words' } }"));
  EXPECT_EQ("column 'words' is read as a number; its type is TEXT, not NUMBER",
            message("features { dense { columns: 'words' } }"));
  EXPECT_EQ("column 'kind' is read as an id; its type is LABEL, not STRING_ID or INTEGER_ID",
            message("features { id { column: 'kind' table: 'ids' } }"));
  EXPECT_EQ("data.train has no images 'face', which the model reads; only IDX sources have images",
            message("features { image { column: 'face' } }"));
}

// A table of 10 rows by lists, one of keys by lists and ids.
constexpr char kLists[] = R"pb(
  data {
    train {}
    columns {
      name: 'weighted'
      position: 0
      type: ID_LIST
      id_list { weight_separator: ':' }
    }
    columns {
      name: 'pair'
      position: 1
      type: ID_LIST
      id_list { separator: ' ' shape: 2 }
    }
    columns {
      name: 'tags'
      position: 2
      type: ID_LIST
      id_list { ids: STRING_ID }
    }
    columns { name: 'tag' position: 3 }
    columns { name: 'same' position: 4 type: NUMBER }
  }
  tables { name: 'items' num_embeddings: 10 }
  tables { name: 'tags' }
  model {
    network {
      features { bag { column: 'weighted' table: 'items' mode: SUM } }
      features { bag { column: 'tags' table: 'tags' } }
      members { columns: [ 'weighted', 'tags' ] }
      loss { contrastive { mining: GIVEN same: 'same' } }
    }
  }
)pb";

class ListReaderTest : public NetworkReaderTest {
 protected:
  JobConfig ListJob(const std::string& contents, const std::string& more = "") {
    JobConfig job = ParseJobWith(kLists, R"pb(model {
                                                network {
                                                  features { id { column: 'pair' table: 'items' } }
                                                  features { id { column: 'tag' table: 'tags' } }
                                                }
                                              })pb");
    EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(more, &job));
    Network* network = job.mutable_model()->mutable_network();
    network->mutable_members(0)->add_columns("pair");
    network->mutable_members(0)->add_columns("tag");
    job.mutable_data()->mutable_train()->set_path(files_.Write("examples", contents));
    return job;
  }
};

// Ids of id columns come first in a vocabulary.
TEST_F(ListReaderTest, ListsAreBagsOfTheIdsOfTheirTable) {
  EXPECT_THAT(Read(ListJob("3:0.5,9\t1 2\tx,y,x\ty\t1\n\t0 0\t\tz\t0\n")).value(),
              ElementsAre("0|3 9|1 0 1|1 2|1|", "2|||0 0|0|"));
  EXPECT_EQ(3, spaces_.NumRows(1));
  EXPECT_EQ(0, spaces_.NumRows(0));
}

TEST_F(ListReaderTest, WeightsComeWithTheirIds) {
  const JobConfig job = ListJob("3:0.5,9\t1 2\tx\ty\t1\n");
  const ModelInputs inputs = FindModelInputs(job).value();
  spaces_ = GrowingSpaces(job, inputs).value();
  const auto reader = ExampleReader::Open(job, SourceRole::kTrain, inputs, &spaces_).value();
  Example example;
  ASSERT_TRUE(reader->Next(&example).value());
  ASSERT_EQ(3u, example.weights.size());
  EXPECT_THAT(example.weights[0], ElementsAre(0.5F, 1));
  EXPECT_TRUE(example.weights[1].empty());
  EXPECT_TRUE(example.weights[2].empty());
}

TEST_F(ListReaderTest, ABadListIsNamedWithItsPlace) {
  const std::string good = "1\t1 2\tx\ty\t1\n";
  EXPECT_EQ(":2: column weighted: id 10 is out of range: table 'items' has num_embeddings 10, ids 0 to 9",
            Error(ListJob(good + "1,10\t1 2\tx\ty\t1\n")));
  EXPECT_EQ(":2: column weighted: weight of id '1': 'nan' is not a finite 32-bit number",
            Error(ListJob(good + "1:nan\t1 2\tx\ty\t1\n")));
  EXPECT_EQ(":1: column pair: the list has 3 ids, expected 2 for shape [2]", Error(ListJob("1\t1 2 3\tx\ty\t1\n")));
  EXPECT_EQ(":1: column tags: the id is empty", Error(ListJob("1\t1 2\tx,\ty\t1\n")));
  EXPECT_EQ(":1: column same: '2' is neither 1 nor 0", Error(ListJob("1\t1 2\tx\ty\t2\n")));
}

TEST_F(ListReaderTest, SkippedListsAddNoKey) {
  const std::string contents = "10\t1 2\ta,b\tc\t1\n1\t1 2\td,d\te\t1\n1\t1 2\tf\tg\tmaybe\n";
  EXPECT_THAT(Read(ListJob(contents, "data { on_bad_record: SKIP }")).value(), ElementsAre("0|1|1 1|1 2|1|"));
  EXPECT_EQ(2, spaces_.NumRows(1));
}

TEST_F(ListReaderTest, ListsOfStringsNeedAVocabulary) {
  JobConfig job = ListJob("");
  job.mutable_tables(1)->set_num_embeddings(7);
  job.mutable_data()->mutable_columns(3)->set_type(ColumnConfig::INTEGER_ID);
  EXPECT_EQ(
      "column 'tags' has ids STRING_ID, whose ids come from a vocabulary, but table 'tags' gives num_embeddings: leave "
      "it out, or use INTEGER_ID",
      Read(job).status().message());
}

TEST_F(NetworkReaderTest, ImagesComeAsTheirPixels) {
  JobConfig job = ParseJob(R"pb(
    data { train { format: IDX } }
    model {
      network {
        features { image { column: 'image' } }
        label: 'label'
      }
    }
  )pb");
  DataSource* source = job.mutable_data()->mutable_train();
  source->set_path(files_.Write("images", IdxImages(2, 1, 3, "abcdef")));
  source->set_labels_path(files_.Write("labels", IdxLabels(2, "\x05\x03")));
  const ModelInputs inputs = FindModelInputs(job).value();
  ValueSpaces spaces = GrowingSpaces(job, inputs).value();
  const auto reader = ExampleReader::Open(job, SourceRole::kTrain, inputs, &spaces).value();
  ASSERT_EQ(1u, reader->images().size());
  EXPECT_EQ(1, reader->images()[0].height());
  EXPECT_EQ(3, reader->images()[0].width());
  Example example;
  ASSERT_TRUE(reader->Next(&example).value());
  EXPECT_THAT(example.images, ElementsAre("abc"));
  ASSERT_TRUE(reader->Next(&example).value());
  EXPECT_THAT(example.images, ElementsAre("def"));
  EXPECT_THAT(example.labels, ElementsAre(1));
  EXPECT_FALSE(reader->Next(&example).value());
  EXPECT_EQ("5", spaces.labels[0].vocabulary().key(0));

  job.mutable_model()->mutable_network()->mutable_features(0)->mutable_image()->set_column("face");
  EXPECT_EQ("data.train has no images 'face', which the model reads; its images are 'image'",
            ExampleReader::Open(job, SourceRole::kTrain, FindModelInputs(job).value(), &spaces).status().message());
}

}  // namespace
}  // namespace shoal
