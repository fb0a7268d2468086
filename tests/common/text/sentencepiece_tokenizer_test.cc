// Against what spm_encode makes of the same texts (tests/reference/sentencepiece). The executable links the system's
// Protobuf and uses it too: SentencePiece brings an older one along.
#include "common/text/sentencepiece_tokenizer.h"

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "proto/job.pb.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

constexpr char kModel[] = "tests/reference/sentencepiece/tiny.model";

class SentencePieceTokenizerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto tokenizer = SentencePieceTokenizer::Load(kModel);
    if (tokenizer.status().code() == absl::StatusCode::kUnimplemented &&
        tokenizer.status().message().find("Sanitizer") != std::string::npos) {
      GTEST_SKIP() << tokenizer.status().message();
    }
    ASSERT_TRUE(tokenizer.ok()) << tokenizer.status();
    tokenizer_ = *std::move(tokenizer);
  }

  std::vector<std::string> Split(const std::string& text) {
    EXPECT_TRUE(tokenizer_->Split(text, &list_).ok());
    return {list_.tokens.begin(), list_.tokens.end()};
  }

  std::unique_ptr<SentencePieceTokenizer> tokenizer_;
  TokenList list_;
};

TEST_F(SentencePieceTokenizerTest, PiecesAreThoseOfSpmEncode) {
  std::ifstream file("tests/reference/sentencepiece/tiny.json");
  ASSERT_TRUE(file.good()) << "run from the repository's root";
  const nlohmann::json cases = nlohmann::json::parse(file);
  ASSERT_GE(cases.size(), 10u);
  for (const nlohmann::json& each : cases) {
    EXPECT_EQ(each["pieces"].get<std::vector<std::string>>(), Split(each["text"].get<std::string>())) << each;
  }
}

TEST_F(SentencePieceTokenizerTest, TheSystemsProtobufWorksBesideIt) {
  JobConfig job;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString("name: 'x' tables { name: 't' embedding_dim: 3 }", &job));
  JobConfig copy;
  ASSERT_TRUE(copy.ParseFromString(job.SerializeAsString()));
  EXPECT_EQ(job.DebugString(), copy.DebugString());
  EXPECT_FALSE(Split("a cat").empty());
}

TEST_F(SentencePieceTokenizerTest, WhatIsNoModelIsRefusedWithItsName) {
  EXPECT_EQ(absl::StatusCode::kNotFound, SentencePieceTokenizer::Load("nowhere.model").status().code());
  const absl::Status status = SentencePieceTokenizer::Load("tests/reference/sentencepiece/tiny.json").status();
  EXPECT_EQ(absl::StatusCode::kInvalidArgument, status.code());
  EXPECT_THAT(std::string(status.message()), HasSubstr("'tests/reference/sentencepiece/tiny.json' is not a Sentence"));
}

}  // namespace
}  // namespace shoal
