#include "common/pretrained/read_pretrained.h"

#include <map>
#include <string>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/common/data/test_files.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

// A table of five words: its text has a padding and an unknown token.
class ReadPretrainedTest : public ::testing::Test {
 protected:
  ReadPretrainedTest() {
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
        R"pb(
          data {
            columns {
              name: 'message'
              type: TEXT
              text { padding_token: '<pad>' unknown_token: '<unk>' }
            }
          }
          tables {
            name: 'word'
            num_embeddings: 5
            embedding_dim: 2
            pretrained { match: BY_WORD }
          }
          model { network { features { bag { column: 'message' table: 'word' } } } }
        )pb",
        job_.mutable_job()));
    for (const char* key : {"<pad>", "<unk>", "a", "b", "c"}) vocabulary_.Add(key);
    table()->mutable_pretrained()->set_path(files_.Path("vectors.txt"));
  }

  TableConfig* table() { return job_.mutable_job()->mutable_tables(0); }
  absl::StatusOr<PretrainedMatch> Read() {
    return ReadPretrained(job_, 0, &vocabulary_, [this](uint64_t id, absl::Span<const float> vector) {
      first_numbers_[id] = vector[0];
      return absl::OkStatus();
    });
  }
  std::string Error() { return std::string(Read().status().message()); }

  TestFiles files_;
  ResolvedJob job_;
  Vocabulary vocabulary_;
  std::map<uint64_t, float> first_numbers_;
};

TEST_F(ReadPretrainedTest, PaddingAndUnknownTokenNeedNoVector) {
  files_.Write("vectors.txt", "c 3 0\na 1 0\nb 2 0\n");
  const absl::StatusOr<PretrainedMatch> match = Read();
  ASSERT_TRUE(match.ok()) << match.status();
  EXPECT_THAT(first_numbers_, ElementsAre(Pair(2, 1), Pair(3, 2), Pair(4, 3)));
  EXPECT_EQ(match->num_missing, 2);
}

TEST_F(ReadPretrainedTest, ThePaddingRowNeedsNoVectorButTakesTheOneThatItHas) {
  files_.Write("vectors.txt", "c 3 0\na 1 0\n");
  EXPECT_THAT(Error(), HasSubstr("has no vector for 1 of the 5 rows of table 'word': 'b'"));
  table()->set_padding_idx(3);
  EXPECT_TRUE(Read().ok());
  files_.Write("vectors.txt", "c 3 0\na 1 0\nb 2 0\n");
  EXPECT_TRUE(Read().ok());
  EXPECT_EQ(first_numbers_.at(3), 2);
}

TEST_F(ReadPretrainedTest, ErrorsNameTheTableAndTheFile) {
  EXPECT_THAT(Error(), HasSubstr("tables 'word': pretrained: "));
  EXPECT_THAT(Error(), HasSubstr(files_.Path("vectors.txt")));
  EXPECT_EQ(Read().status().code(), absl::StatusCode::kNotFound);
  files_.Write("vectors.txt", "a 1 2 3\n");
  EXPECT_EQ(Error(), "tables 'word': pretrained: '" + files_.Path("vectors.txt") +
                         "' does not fit table 'word': its vectors have 3 numbers; the table's embedding_dim is 2");
}

}  // namespace
}  // namespace shoal
