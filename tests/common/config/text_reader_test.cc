#include "common/config/text_reader.h"

#include <cmath>
#include <random>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "proto/job.pb.h"
#include "tests/common/config/test_job.h"

namespace shoal {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Read(absl::string_view text, Message* message) {
  std::vector<Diagnostic> problems;
  FieldLocations locations({"job", 1, 1});
  TextReader(text, {"job", 1, 1}, &locations, &problems).ReadMessage("", message);
  return Format(problems);
}

TEST(TextReaderTest, ReadsEveryWayOfWritingAValue) {
  JobConfig job;
  EXPECT_THAT(Read(R"(# A comment.
      name: "a" 'b\n'; seed: 0x10,
      tables: [ { name: "t" }, < num_embeddings: -3 > ]
      tables < learning_rate_multiplier: -1.5f row_semantics: 1 >
      training: { shuffle: f drop_last: 1 learning_rate: -inf })",
                   &job),
              IsEmpty());
  EXPECT_EQ(job.name(), "ab\n");
  EXPECT_EQ(job.seed(), 16);
  EXPECT_EQ(job.tables(0).name(), "t");
  EXPECT_EQ(job.tables(1).num_embeddings(), -3);
  EXPECT_EQ(job.tables(2).learning_rate_multiplier(), -1.5f);
  EXPECT_EQ(job.tables(2).row_semantics(), DENSE_EQUIVALENT);
  EXPECT_FALSE(job.training().shuffle());
  EXPECT_TRUE(job.training().drop_last());
  EXPECT_TRUE(std::isinf(job.training().learning_rate()));
}

// A file of data, given as a job by mistake.
TEST(TextReaderTest, AfterAHundredProblemsTheRestIsNotRead) {
  for (const char* line : {"sead: 1\n", "196\t242\t3\n", "tables [ { nam: 1 } ]\n", "seed: [ a, b ]\n", "seed: '\n"}) {
    std::string text;
    for (int i = 0; i < 1000; ++i) absl::StrAppend(&text, line);
    JobConfig job;
    const std::vector<std::string> problems = Read(text, &job);
    ASSERT_EQ(problems.size(), 101u) << line;
    EXPECT_THAT(problems.back(), testing::HasSubstr("100 problems are enough: what follows is not read"));
  }
}

TEST(TextReaderTest, NamesTheTypeThatAFieldTakes) {
  JobConfig job;
  EXPECT_THAT(
      Read(R"(name: plain
seed: -1
training {
  epochs: 3000000000
  batch_size: 1.5
  drop_last: yes
  learning_rate: "fast"
  log_every_steps: { }
  row_semantics: lazy
  schedule: 7
}
data: [])",
           &job),
      ElementsAre("job:1: name: must be a string in quotes, is plain",
                  "job:2: seed: must be a whole number from 0 to 18446744073709551615, is -1",
                  "job:4: training.epochs: must be a whole number from -2147483648 to 2147483647, is 3000000000",
                  "job:5: training.batch_size: must be a whole number, is 1.5",
                  "job:6: training.drop_last: must be true or false, is yes",
                  "job:7: training.learning_rate: must be a decimal number, is \"fast\"",
                  "job:8: training.log_every_steps: takes a single value, not a message or a list",
                  "job:9: training.row_semantics: is lazy, which is no value of RowSemantics; did you mean 'LAZY'? "
                  "(the values are: LAZY, DENSE_EQUIVALENT)",
                  "job:10: training.schedule: is a message: write schedule { ... }; found '7'",
                  "job:12: data: is a message: write data { ... }; found '['"));
}

TEST(TextReaderTest, RefusesNumbersBeyondTheRangeOfFloat) {
  JobConfig job;
  EXPECT_THAT(Read("training { learning_rate: 1e39 }", &job),
              ElementsAre("job:1: training.learning_rate: must be a number of at most 3.40282e+38 in size, is 1e39"));
}

TEST(TextReaderTest, GoesOnAfterUnknownFieldsOfEveryShape) {
  JobConfig job;
  EXPECT_THAT(Read("a: 1\nb: -2\nc { d: [ < > ] }\ne: \"x\" \"y\"\nf\ng: [ 1, 2 ]\nnam: \"z\"\nseed: 9", &job),
              ElementsAre(testing::HasSubstr("job:1: a: unknown field"), testing::HasSubstr("job:2: b: unknown field"),
                          testing::HasSubstr("job:3: c: unknown field"), testing::HasSubstr("job:4: e: unknown field"),
                          testing::HasSubstr("job:5: f: unknown field"), testing::HasSubstr("job:6: g: unknown field"),
                          testing::HasSubstr("job:7: nam: unknown field; did you mean 'name'?")));
  EXPECT_EQ(job.seed(), 9);
}

TEST(TextReaderTest, ReportsAMissingValueWhereItIsMissing) {
  JobConfig job;
  EXPECT_THAT(Read("training {\n  epochs:\n  batch_size: 32\n  log_every_steps\n  shuffle: false\n}\nname:", &job),
              ElementsAre("job:2: training.epochs: has no value", "job:4: training.log_every_steps: has no value",
                          "job:7: name: has no value"));
  EXPECT_EQ(job.training().batch_size(), 32);
  EXPECT_FALSE(job.training().shuffle());
}

TEST(TextReaderTest, ReportsAMissingColonAndTakesTheValue) {
  JobConfig job;
  EXPECT_THAT(
      Read("name \"x\"\nseed = 3", &job),
      ElementsAre("job:1: name: needs a ':' before its value, found '\"x\"'",
                  "job:2: seed: needs a ':' before its value, found '='",
                  "job:2: seed: must be a whole number, is =", "job:2: expected the name of a field, found '3'"));
  EXPECT_EQ(job.name(), "x");
}

TEST(TextReaderTest, ReportsFieldsAndAlternativesThatAreSetTwice) {
  JobConfig job;
  EXPECT_THAT(Read(R"(seed: 1
seed: 2
training {
  optimizer {
    sgd {}
    adam { beta1: "x" }
  }
}
training {})",
                   &job),
              ElementsAre("job:2: seed: is set twice; the first time at job:1",
                          "job:6: training.optimizer.adam: contradicts 'sgd' at job:5; give one of them",
                          "job:6: training.optimizer.adam.beta1: must be a decimal number, is \"x\"",
                          "job:9: training: is set twice; the first time at job:3"));
  EXPECT_EQ(job.seed(), 1);
  EXPECT_TRUE(job.training().optimizer().has_sgd());
}

TEST(TextReaderTest, FindsTheBlockThatIsNotClosed) {
  JobConfig job;
  EXPECT_THAT(
      Read("data {\n  train {\n    path: \"x\"\n}\ntables { name: \"t\" }\ntraining {\n  epochs: 2\n", &job),
      ElementsAre("job:1: data: has no closing '}' before line 5 ('tables')", "job:6: training: has no closing '}'"));
  EXPECT_EQ(job.tables(0).name(), "t");
  EXPECT_EQ(job.training().epochs(), 2);
}

TEST(TextReaderTest, ReportsStrayAndWrongBrackets) {
  JobConfig job;
  EXPECT_THAT(
      Read("}\ntraining { epochs: 2 >\n]\ntables: [ { }\nname: \"x\"", &job),
      ElementsAre("job:1: expected the name of a field, found '}'", "job:2: training: must close with '}', not '>'",
                  "job:3: expected the name of a field, found ']'",
                  "job:5: tables: expected ',' or ']' in the list, found 'name'",
                  "job:5: tables: expected '{' in the list, found 'name'"));
}

TEST(TextReaderTest, ReadsListsOfValues) {
  Network network;
  EXPECT_THAT(Read(R"(features { dense { columns: "a" columns: ["b" 'c', "d"] columns: [] } }
      loss { softmax_cross_entropy { weight: [1, -2.5] weight: 3 } })",
                   &network),
              IsEmpty());
  EXPECT_THAT(network.features(0).dense().columns(), ElementsAre("a", "bc", "d"));
  EXPECT_THAT(network.loss().softmax_cross_entropy().weight(), ElementsAre(1, -2.5, 3));
}

TEST(TextReaderTest, ReportsWhatIsWrongInAListOfValues) {
  SoftmaxCrossEntropy loss;
  EXPECT_THAT(Read("weight: [1, x, 2]\nweight: [{}]\nweight {}\nweight: [1 2]\nweight [4]\nweight: [3", &loss),
              ElementsAre("job:1: weight: must be a decimal number, is x",
                          "job:2: weight: expected a value in the list, found '{'",
                          "job:2: expected the name of a field, found ']'", "job:3: weight: takes values, not messages",
                          "job:4: weight: expected ',' or ']' in the list, found '2'",
                          "job:5: weight: needs a ':' before its list, found '['",
                          "job:6: weight: expected ',' or ']' in the list, found the end",
                          "job:6: weight: has no closing ']'"));
  EXPECT_THAT(loss.weight(), ElementsAre(1, 2, 1, 2, 4, 3));
}

// A word at the start of a line is no field there: it lacks its quotes, or the list its end.
TEST(TextReaderTest, ReportsWordsInAListOverSeveralLines) {
  DenseFeature dense;
  EXPECT_THAT(Read("columns: [\n  price,\n  weight\n]\ncolumns: \"size\"", &dense),
              ElementsAre("job:2: columns: must be a string in quotes, is price",
                          "job:3: columns: must be a string in quotes, is weight"));
  EXPECT_THAT(dense.columns(), ElementsAre("size"));
  EXPECT_THAT(Read("columns: [\"price\",\ncolumns: 3, 4\ncolumns: \"size\"", &dense),
              ElementsAre("job:2: columns: must be a string in quotes, is columns",
                          "job:2: columns: expected ',' or ']' in the list, found ':'"));
}

TEST(TextReaderTest, ReportsWhatIsNoToken) {
  JobConfig job;
  EXPECT_THAT(Read("name: \"never closed\nseed: 4\n\x01\x02\n", &job),
              ElementsAre("job:1: name: cannot be read: String literals cannot cross line boundaries",
                          testing::HasSubstr("job:3: seed: cannot be read: Invalid control characters")));
  EXPECT_EQ(job.seed(), 4);
}

TEST(TextReaderTest, AStartWithoutALineIsTheLocationOfEverything) {
  TrainingConfig training;
  std::vector<Diagnostic> problems;
  FieldLocations locations({"job", 1, 1});
  TextReader("epochs: 1\nepocs: 2", {"--set training", 0, 0}, &locations, &problems).ReadMessage("training", &training);
  EXPECT_THAT(Format(problems), ElementsAre(testing::HasSubstr("--set training: training.epocs: unknown field")));
  EXPECT_EQ(locations.Find("training.epochs").source, "--set training");
}

TEST(TextReaderTest, NoMessageOfAJobContainsItself) {
  std::vector<const google::protobuf::Descriptor*> types = {JobConfig::descriptor()};
  for (size_t i = 0; i < types.size(); ++i) {
    for (int j = 0; j < types[i]->field_count(); ++j) {
      const FieldDescriptor& field = *types[i]->field(j);
      const bool is_message = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
      // So the reader's recursion ends.
      if (is_message) types.push_back(field.message_type());
      ASSERT_LT(types.size(), 1000) << "a message seems to contain itself";
    }
  }
}

// ---- Against TextFormat, on random texts ----------------------------------------------------------------------------

using Random = std::mt19937_64;

int Below(int bound, Random* random) { return static_cast<int>((*random)() % bound); }

void Fill(Message* message, Random* random);

float RandomFloat(Random* random) { return std::ldexp(1.0f + Below(1000, random) / 997.0f, Below(80, random) - 40); }

std::string RandomString(Random* random) {
  std::string text(Below(8, random), ' ');
  for (char& c : text) c = static_cast<char>(Below(256, random));
  return text;
}

void FillList(const FieldDescriptor& field, Message* message, Random* random) {
  const auto& reflection = *message->GetReflection();
  for (int i = Below(3, random); i >= 0; --i) {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        Fill(reflection.AddMessage(message, &field), random);
        break;
      case FieldDescriptor::CPPTYPE_STRING:
        reflection.AddString(message, &field, RandomString(random));
        break;
      case FieldDescriptor::CPPTYPE_FLOAT:
        reflection.AddFloat(message, &field, RandomFloat(random));
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        reflection.AddInt32(message, &field, static_cast<int32_t>((*random)()));
        break;
      default:
        FAIL() << "a job has no lists such as " << field.full_name();
    }
  }
}

void FillField(const FieldDescriptor& field, Message* message, Random* random) {
  const auto& reflection = *message->GetReflection();
  if (field.is_repeated()) return FillList(field, message, random);
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection.SetInt32(message, &field, static_cast<int32_t>((*random)()));
    case FieldDescriptor::CPPTYPE_INT64:
      return reflection.SetInt64(message, &field, static_cast<int64_t>((*random)()));
    case FieldDescriptor::CPPTYPE_UINT64:
      return reflection.SetUInt64(message, &field, (*random)());
    case FieldDescriptor::CPPTYPE_FLOAT:
      return reflection.SetFloat(message, &field, RandomFloat(random));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return reflection.SetDouble(message, &field,
                                  std::ldexp(1.0 + Below(1000, random) / 997.0, Below(80, random) - 40));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.SetBool(message, &field, Below(2, random) == 0);
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection.SetEnum(message, &field,
                                field.enum_type()->value(Below(field.enum_type()->value_count(), random)));
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection.SetString(message, &field, RandomString(random));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return Fill(reflection.MutableMessage(message, &field), random);
    default:
      FAIL() << "a job has no fields such as " << field.full_name();
  }
}

void Fill(Message* message, Random* random) {
  for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
    if (Below(2, random) == 0) FillField(*message->GetDescriptor()->field(i), message, random);
  }
}

std::string RandomJobText(Random* random) {
  JobConfig job;
  Fill(&job, random);
  std::string text;
  google::protobuf::TextFormat::PrintToString(job, &text);
  return text;
}

TEST(TextReaderTest, ReadsWhatTextFormatPrints) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Random random(seed);
    JobConfig job;
    Fill(&job, &random);
    std::string text;
    google::protobuf::TextFormat::PrintToString(job, &text);
    JobConfig read;
    EXPECT_THAT(Read(text, &read), IsEmpty());
    EXPECT_TRUE(MessageDifferencer::Equals(read, job)) << text;
  }
}

class SilentCollector : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int, int, const std::string&) override {}
};

bool TextFormatAccepts(const std::string& text, JobConfig* job) {
  SilentCollector silent;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&silent);
  return parser.ParseFromString(text, job);
}

TEST(TextReaderTest, AcceptsDamagedTextWhereTextFormatDoes) {
  // Pieces that matter to the grammar, so that some damaged texts stay valid.
  const std::vector<std::string> pieces = {"{",    "}",    "<",    ">",  "[",  "]", ":",          ",",
                                           ";",    "-",    "\"",   "'",  "\n", "#", "0",          "1.5",
                                           "name", "seed", "true", "\\", "",   " ", "training {", "\xff"};
  int accepted = 0;
  for (uint64_t seed = 0; seed < 5000; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Random random(seed);
    std::string text = seed % 2 == 0 ? kTestJob : RandomJobText(&random);
    for (int damages = 1 + Below(3, &random); damages > 0 && !text.empty(); --damages) {
      const std::string& piece = pieces[Below(static_cast<int>(pieces.size()), &random)];
      // One after the other: arguments may be evaluated in any order, and a seed must give one text.
      const int place = Below(static_cast<int>(text.size()), &random);
      const int length = Below(3, &random);
      text.replace(place, length, piece);
    }
    JobConfig expected;
    JobConfig read;
    const std::vector<std::string> problems = Read(text, &read);
    const bool valid = TextFormatAccepts(text, &expected);
    ASSERT_EQ(problems.empty(), valid) << text << testing::PrintToString(problems);
    if (!valid) continue;
    ++accepted;
    ASSERT_TRUE(MessageDifferencer::Equals(read, expected)) << text;
  }
  EXPECT_GT(accepted, 100);
}

}  // namespace
}  // namespace shoal
