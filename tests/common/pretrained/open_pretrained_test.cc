#include "common/pretrained/open_pretrained.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/data/packing.h"
#include "tests/common/data/test_files.h"
#include "tests/common/pretrained/pretrained_rows.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<PretrainedRows> Read(const std::string& path, PretrainedConfig::Format format = PretrainedConfig::AUTO) {
  PretrainedConfig config;
  config.set_path(path);
  config.set_format(format);
  auto vectors = OpenPretrained(config);
  if (!vectors.ok()) return vectors.status();
  return ReadAllRows(vectors->get());
}

const std::vector<std::string>& Names() {
  static const auto& names = *new std::vector<std::string>{"float32.npy",  "float16.npy",  "one.safetensors",
                                                           "word2vec.vec", "word2vec.bin", "glove.txt"};
  return names;
}

TEST(OpenPretrainedTest, TheNameTellsTheFormatPackedOrNot) {
  const TestFiles files;
  const auto expected = BitsOf(ReferenceRows().vectors);
  for (const std::string& name : Names()) {
    const std::string bytes = ReferenceFile(name);
    for (const std::string& path :
         {files.Write(name, bytes), files.Write(name + ".gz", Gzip(bytes)), files.Write(name + ".zst", Zstd(bytes))}) {
      const absl::StatusOr<PretrainedRows> rows = Read(path);
      ASSERT_TRUE(rows.ok()) << rows.status();
      EXPECT_EQ(expected, BitsOf(rows->vectors)) << path;
    }
  }
}

TEST(OpenPretrainedTest, TheConfigsFormatWinsOverTheName) {
  const TestFiles files;
  EXPECT_TRUE(Read(files.Write("vectors.txt", ReferenceFile("float32.npy")), PretrainedConfig::NPY).ok());
  EXPECT_TRUE(Read(files.Write("vectors", ReferenceFile("glove.txt")), PretrainedConfig::GLOVE_TEXT).ok());
  EXPECT_TRUE(Read(files.Write("v.model", ReferenceFile("word2vec.bin")), PretrainedConfig::WORD2VEC_BINARY).ok());
}

TEST(OpenPretrainedTest, WhatCannotBeOpenedIsNamed) {
  EXPECT_THAT(std::string(Read("vectors.pt").status().message()),
              HasSubstr("the name 'vectors.pt' does not tell the format of its vectors"));
  EXPECT_THAT(std::string(Read("").status().message()), HasSubstr("need a path"));
  EXPECT_EQ(absl::StatusCode::kNotFound, Read("nowhere.npy").status().code());
}

TEST(OpenPretrainedTest, AFileCutOffAnywhereIsAnErrorThatNamesIt) {
  const TestFiles files;
  for (const std::string& name : Names()) {
    const std::string bytes = ReferenceFile(name);
    const bool is_text = absl::EndsWith(name, ".vec") || absl::EndsWith(name, ".txt");
    const size_t num_rows = ReferenceRows().vectors.size();
    for (size_t size = 0; size < bytes.size(); ++size) {
      const std::string path = files.Write(name, bytes.substr(0, size));
      const absl::StatusOr<PretrainedRows> rows = Read(path);
      if (!rows.ok()) {
        EXPECT_THAT(std::string(rows.status().message()), HasSubstr(path)) << size;
      } else {
        // Text may be cut off behind any number: GloVe does not say how many rows there are, and a last line needs no
        // end.
        ASSERT_TRUE(is_text) << name << " cut off at " << size;
        EXPECT_LE(rows->vectors.size(), num_rows) << name << " cut off at " << size;
      }
    }
  }
}

TEST(OpenPretrainedTest, ADamagedByteIsReadOrAnErrorThatNamesTheFile) {
  const TestFiles files;
  for (const std::string& name : Names()) {
    for (size_t position = 0; position < ReferenceFile(name).size(); ++position) {
      for (const char byte : {'\0', '\x01', ' ', '\n', '9', '-', '\x7f', '\xff'}) {
        std::string bytes = ReferenceFile(name);
        bytes[position] = byte;
        const absl::Status status = Read(files.Write(name, bytes)).status();
        EXPECT_TRUE(status.ok() || absl::StrContains(status.message(), files.Path(name))) << status;
      }
    }
  }
}

}  // namespace
}  // namespace shoal
