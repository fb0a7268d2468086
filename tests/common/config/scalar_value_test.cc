#include "common/config/scalar_value.h"

#include <limits>

#include "gtest/gtest.h"
#include "proto/job.pb.h"

namespace shoal {
namespace {

using google::protobuf::io::Tokenizer;

template <typename MessageType>
absl::Status Set(const std::string& field, const ScalarValue& value, MessageType* message) {
  return SetScalar(value, *MessageType::descriptor()->FindFieldByName(field), message);
}

ScalarValue Integer(const std::string& text, bool negative = false) {
  return {Tokenizer::TYPE_INTEGER, negative, text};
}
ScalarValue Word(const std::string& text, bool negative = false) {
  return {Tokenizer::TYPE_IDENTIFIER, negative, text};
}

TEST(ScalarValueTest, WholeNumbersReachBothEndsOfTheirType) {
  TableConfig table;
  EXPECT_TRUE(Set("num_embeddings", Integer("9223372036854775808", /*negative=*/true), &table).ok());
  EXPECT_EQ(table.num_embeddings(), std::numeric_limits<int64_t>::min());
  EXPECT_TRUE(Set("num_embeddings", Integer("9223372036854775807"), &table).ok());
  EXPECT_EQ(table.num_embeddings(), std::numeric_limits<int64_t>::max());
  JobConfig job;
  EXPECT_TRUE(Set("seed", Integer("18446744073709551615"), &job).ok());
  EXPECT_EQ(job.seed(), std::numeric_limits<uint64_t>::max());
}

TEST(ScalarValueTest, AWholeNumberOutOfRangeChangesNothing) {
  TableConfig table;
  table.set_num_embeddings(5);
  EXPECT_EQ(Set("num_embeddings", Integer("9223372036854775808"), &table).message(),
            "must be a whole number from -9223372036854775808 to 9223372036854775807, is 9223372036854775808");
  EXPECT_EQ(Set("num_embeddings", Integer("99999999999999999999"), &table).message(),
            "must be a whole number from -9223372036854775808 to 9223372036854775807, is 99999999999999999999");
  EXPECT_EQ(table.num_embeddings(), 5);
}

TEST(ScalarValueTest, DecimalNumbersMayBeWholeButNotOctal) {
  TrainingConfig training;
  EXPECT_TRUE(Set("learning_rate", Integer("3"), &training).ok());
  EXPECT_EQ(training.learning_rate(), 3.0f);
  EXPECT_EQ(Set("learning_rate", Integer("010"), &training).message(), "must be a decimal number, is 010");
  EXPECT_EQ(Set("learning_rate", Word("fast"), &training).message(), "must be a decimal number, is fast");
}

TEST(ScalarValueTest, TruthValuesTakeNoSign) {
  TrainingConfig training;
  EXPECT_TRUE(Set("shuffle", Word("false"), &training).ok());
  EXPECT_FALSE(training.shuffle());
  EXPECT_EQ(Set("shuffle", Word("true", /*negative=*/true), &training).message(), "must be true or false, is -true");
  EXPECT_EQ(Set("shuffle", Integer("2"), &training).message(), "must be true or false, is 2");
}

TEST(ScalarValueTest, EnumValuesHaveNamesAndNumbers) {
  TrainingConfig training;
  EXPECT_TRUE(Set("row_semantics", Word("DENSE_EQUIVALENT"), &training).ok());
  EXPECT_TRUE(Set("row_semantics", Integer("1"), &training).ok());
  EXPECT_EQ(training.row_semantics(), DENSE_EQUIVALENT);
  EXPECT_EQ(Set("row_semantics", Integer("2"), &training).message(),
            "is 2, which is no value of RowSemantics; the values are: LAZY, DENSE_EQUIVALENT");
}

TEST(ScalarValueTest, StringsAreShownEscaped) {
  TrainingConfig training;
  EXPECT_EQ(Set("epochs", {Tokenizer::TYPE_STRING, false, "a\n"}, &training).message(),
            "must be a whole number, is \"a\\n\"");
}

}  // namespace
}  // namespace shoal
