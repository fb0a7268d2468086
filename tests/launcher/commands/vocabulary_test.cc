#include "launcher/commands/vocabulary.h"

#include <filesystem>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "common/data/vocabulary.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/data/packing.h"
#include "tests/common/data/test_files.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class VocabularyCommandTest : public ::testing::Test {
 protected:
  VocabularyCommandTest() { options_.file = files_.Write("texts.txt", "b a\n\na c\r\na\n"); }

  absl::Status Run() {
    out_.str("");
    return RunVocabulary(PosixFileSystem(), options_, out_);
  }

  std::string Problem() {
    const absl::Status status = Run();
    EXPECT_EQ(absl::StatusCode::kInvalidArgument, status.code()) << status;
    EXPECT_EQ("", out_.str());
    return std::string(status.message());
  }

  TestFiles files_;
  VocabularyOptions options_;
  std::ostringstream out_;
};

TEST_F(VocabularyCommandTest, ShowsSizesCoverageAndTheFirstKeys) {
  options_.top = 2;
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(out_.str(),
            "texts       3\n"
            "tokens      5\n"
            "entries     3 distinct\n"
            "vocabulary  3 keys\n"
            "coverage    100.00% of the tokens\n"
            "\n"
            "        id        count    share  key\n"
            "         0            3   60.00%  'a'\n"
            "         1            1   20.00%  'b'\n");
}

TEST_F(VocabularyCommandTest, WritesTheKeysOneALine) {
  options_.output = files_.Path("keys.txt");
  options_.min_count = 2;
  options_.unknown_token = "<unk>";
  options_.padding_token = "<pad>";
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(out_.str(), HasSubstr("coverage    60.00% of the tokens"));
  EXPECT_THAT(out_.str(), HasSubstr("         1            2   40.00%  '<unk>'"));
  EXPECT_THAT(out_.str(), HasSubstr(options_.output + ": 3 keys, one a line"));
  const Vocabulary written = Vocabulary::Read(options_.output).value();
  ASSERT_EQ(3, written.size());
  EXPECT_EQ("<pad>", written.key(0));
  EXPECT_EQ("<unk>", written.key(1));
  EXPECT_EQ("a", written.key(2));
}

TEST_F(VocabularyCommandTest, NothingIsOverwrittenUnasked) {
  options_.output = files_.Write("keys.txt", "mine\n");
  EXPECT_EQ(absl::StatusCode::kAlreadyExists, Run().code());
  EXPECT_EQ(1, Vocabulary::Read(options_.output).value().size());
  options_.overwrite = true;
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(3, Vocabulary::Read(options_.output).value().size());
}

TEST_F(VocabularyCommandTest, TokenizersAndTheirOptions) {
  options_.file = files_.Write("chinese.txt", "你好好嗎嗎\n");
  options_.tokenizer = "characters";
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(out_.str(), HasSubstr("tokens      5\nentries     3 distinct\nvocabulary  3 keys\n"));
  options_.file = files_.Write("mixed.txt", "New York\nnew york\n");
  options_.tokenizer = "whole";
  options_.lowercase = true;
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(out_.str(), HasSubstr("'new york'"));
  options_.tokenizer = "whitespace";
  options_.word_ngrams = 2;
  options_.max_size = 2;
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(out_.str(), HasSubstr("entries     3 distinct\nvocabulary  2 keys\n"));
}

TEST_F(VocabularyCommandTest, ColumnsAreFoundByNameOrPositionInPackedFilesToo) {
  const std::string with_header = "label,text\nham,\"a, b\"\nspam,a\n";
  for (const std::string& contents : {with_header, Gzip(with_header), Zstd(with_header)}) {
    options_.file = files_.Write("t.csv", contents);
    options_.column = "text";
    options_.delimiter = ",";
    ASSERT_TRUE(Run().ok());
    EXPECT_THAT(out_.str(), HasSubstr("texts       2\ntokens      3\n"));
  }
  options_.file = files_.Write("t.tsv", "ham\ta b\nspam\ta\n");
  options_.column = "0";
  options_.delimiter = "\t";
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(out_.str(), HasSubstr("'ham'"));
  EXPECT_THAT(out_.str(), Not(HasSubstr("'a'")));
}

TEST_F(VocabularyCommandTest, BadTextsAreNamedWithFileLineAndByte) {
  options_.file = files_.Write("t.txt", "a\ncaf\xe9\n");
  EXPECT_EQ(options_.file + ":2: byte 4 (0xe9) is not valid UTF-8", Problem());
  options_.file = files_.Write("t.tsv", "1\ta\n2\tb\xff\n");
  options_.column = "1";
  EXPECT_EQ(options_.file + ":2: column 1: byte 2 (0xff) is not valid UTF-8", Problem());
  options_.file = files_.Write("t.tsv", "1\ta\n2\n");
  EXPECT_EQ(
      options_.file + ":2: column 1: field 2 is missing; the line has 1 field, split at '\\t'; is --delimiter right?",
      Problem());
  options_.column = "text";
  EXPECT_EQ(options_.file + ":1: the header has no column 'text'; it has: '1, a'", Problem());
}

TEST_F(VocabularyCommandTest, OptionsThatCannotBeAreNamed) {
  options_.min_count = 0;
  EXPECT_EQ("min_count must be at least 1, is 0", Problem());
  options_.min_count = 1;
  options_.model = "m.model";
  EXPECT_EQ("--model is for --tokenizer=sentencepiece", Problem());
  options_.model = "";
  options_.tokenizer = "sentencepiece";
  EXPECT_THAT(Problem(), HasSubstr("sentencepiece needs a model"));
  options_.tokenizer = "syllables";
  EXPECT_THAT(Problem(), HasSubstr("the tokenizers are: whole, whitespace, words, characters, sentencepiece"));
  options_.tokenizer = "whitespace";
  options_.column = "-1";
  EXPECT_EQ("--column counts from 0, is -1", Problem());
  options_.column = "1";
  options_.delimiter = "";
  EXPECT_EQ("--delimiter is empty", Problem());
}

TEST_F(VocabularyCommandTest, AFileWithoutTextsHasAnEmptyVocabulary) {
  options_.file = files_.Write("empty.txt", "\n\n");
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(out_.str(), HasSubstr("vocabulary  0 keys\ncoverage    - of the tokens\n"));
}

TEST_F(VocabularyCommandTest, AMissingFileIsNotFound) {
  options_.file = files_.Path("nowhere");
  EXPECT_EQ(absl::StatusCode::kNotFound, Run().code());
}

}  // namespace
}  // namespace shoal
