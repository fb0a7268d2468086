#include "launcher/commands/export.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/base/memory_file_system.h"
#include "tests/common/checkpoint/test_checkpoint.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Rows [-id, step].
class FakeUncreatedRows : public UncreatedRows {
 public:
  explicit FakeUncreatedRows(uint64_t step) : step_(step) {}
  void Fill(uint64_t id, absl::Span<float> weight) override {
    weight[0] = -static_cast<float>(id);
    weight[1] = static_cast<float>(step_);
  }

 private:
  uint64_t step_;
};

// A table of four rows of which 1 and 3 are created, after step 5; its number in the job is 1.
class ExportCommandTest : public ::testing::Test {
 protected:
  ExportCommandTest() {
    ModelTable other;
    other.schema = {"other", 1, 1, 1, {{"weight", 1}}, false};
    ModelTable table;
    table.schema = {"words", 4, 2, 2, {{"weight", 2}}, false};
    table.rows[1].fields = {{0.1f, 1e-20f}};
    table.rows[3].fields = {{-2.5f, 3.0f}};
    ModelTable full;
    full.schema = {"full", 1, 1, 1, {{"weight", 1}}, false};
    full.rows[0].fields = {{0.5f}};
    EXPECT_TRUE(files_.CreateDirectories("/vocabulary").ok());
    EXPECT_TRUE(WriteFile(files_, "/vocabulary/words.txt", "the\nNew York\n\na\tb\n").ok());
    EXPECT_TRUE(SaveCheckpoint(files_, "/run/checkpoints", 5, {other, table, full}, 2, "/vocabulary").ok());
    EXPECT_TRUE(SaveCheckpoint(files_, "/keyless/checkpoints", 5, {other, table}, 2).ok());
    const std::vector<LoadedParameter> parameters = {{"tower.0.weight", {2, 3}, {1, 2, 3, 0.1f, 5, 6}, {}},
                                                     {"tower.0.bias", {2}, {7, 8}, {{"sum", {1}}}},
                                                     {"tower.1.weight", {1, 2, 2}, {1, 2, 3, 4}, {}}};
    EXPECT_TRUE(SaveDenseCheckpoint(files_, "/dense/checkpoints", 5, {other, table}, parameters, 2).ok());
    options_.checkpoint = "/run";
    options_.table = "words";
  }

  absl::Status Export(const std::string& format, const std::string& output) {
    options_.format = format;
    options_.output = output;
    out_.str("");
    return RunExport(
        files_, options_,
        [this](const ResolvedJob& job, int table, uint64_t step) -> absl::StatusOr<std::unique_ptr<UncreatedRows>> {
          EXPECT_EQ(job.job().tables(table).name(), options_.table);
          return std::make_unique<FakeUncreatedRows>(step);
        },
        out_);
  }

  std::string Contents(const std::string& path) {
    const auto contents = ReadFile(files_, path, 1 << 20);
    return contents.ok() ? *contents : contents.status().ToString();
  }

  static std::vector<float> Floats(absl::string_view bytes) {
    std::vector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
    return values;
  }

  MemoryFileSystem files_;
  ExportOptions options_;
  std::ostringstream out_;
};

TEST_F(ExportCommandTest, NpyHoldsAllRowsInOrderOfId) {
  const absl::Status status = Export("npy", "/words.npy");
  ASSERT_TRUE(status.ok()) << status;
  const std::string file = Contents("/words.npy");
  EXPECT_EQ(file.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
  const size_t header = 10 + static_cast<unsigned char>(file[8]) + 256 * static_cast<unsigned char>(file[9]);
  EXPECT_EQ(header % 64, 0u);
  EXPECT_EQ(file[header - 1], '\n');
  EXPECT_THAT(file.substr(10, header - 10), HasSubstr("{'descr': '<f4', 'fortran_order': False, 'shape': (4, 2), }"));
  EXPECT_THAT(Floats(file.substr(header)), ElementsAre(0, 5, 0.1f, 1e-20f, -2, 5, -2.5f, 3));
  EXPECT_THAT(out_.str(), HasSubstr("4 x 2 float32, table words at step 5 (2 rows that no batch has read)\n"));
}

TEST_F(ExportCommandTest, NothingIsSaidOfRowsThatWereNotReadWhereThereAreNone) {
  options_.table = "full";
  ASSERT_TRUE(Export("npy", "/full.npy").ok());
  EXPECT_EQ(out_.str(), "/full.npy: 1 x 1 float32, table full at step 5\n");
}

TEST_F(ExportCommandTest, SafetensorsHoldsOneTensor) {
  ASSERT_TRUE(Export("safetensors", "/words.safetensors").ok());
  const std::string file = Contents("/words.safetensors");
  uint64_t length = 0;
  std::memcpy(&length, file.data(), sizeof(length));
  EXPECT_THAT(file.substr(8, length),
              HasSubstr(R"({"words.weight":{"dtype":"F32","shape":[4,2],"data_offsets":[0,32]}})"));
  EXPECT_THAT(Floats(file.substr(8 + length)), ElementsAre(0, 5, 0.1f, 1e-20f, -2, 5, -2.5f, 3));
}

TEST_F(ExportCommandTest, Word2vecKeysHaveNoWhiteSpaceAndTheChangeIsReported) {
  ASSERT_TRUE(Export("word2vec", "/words.txt").ok());
  EXPECT_EQ(Contents("/words.txt"), "4 2\nthe -0 5\nNew_York 0.1 1e-20\n_ -2 5\na_b -2.5 3\n");
  EXPECT_THAT(out_.str(), HasSubstr("3 keys were changed"));
}

TEST_F(ExportCommandTest, WithoutVocabularyTheIdsAreTheKeys) {
  options_.checkpoint = "/keyless";
  ASSERT_TRUE(Export("word2vec", "/words.txt").ok());
  EXPECT_EQ(Contents("/words.txt"), "4 2\n0 -0 5\n1 0.1 1e-20\n2 -2 5\n3 -2.5 3\n");
  EXPECT_THAT(out_.str(), Not(HasSubstr("changed")));
}

TEST_F(ExportCommandTest, TsvIsWhatTheEmbeddingProjectorReads) {
  ASSERT_TRUE(Export("tsv", "/dir.d/vectors.tsv").code() == absl::StatusCode::kNotFound) << "no such directory";
  ASSERT_TRUE(Export("tsv", "/vectors.tsv").ok());
  EXPECT_EQ(Contents("/vectors.tsv"), "-0\t5\n0.1\t1e-20\n-2\t5\n-2.5\t3\n");
  EXPECT_EQ(Contents("/vectors.metadata.tsv"), "the\nNew York\n_\na_b\n");
  EXPECT_THAT(out_.str(), HasSubstr("/vectors.metadata.tsv"));
}

TEST_F(ExportCommandTest, WithoutAnOutputTheFileIsNamedAfterTableAndFormat) {
  ASSERT_TRUE(files_.CreateDirectories(".").ok());
  const std::vector<std::pair<std::string, std::string>> names = {{"npy", "./words.npy"},
                                                                  {"safetensors", "./words.safetensors"},
                                                                  {"word2vec", "./words.txt"},
                                                                  {"tsv", "./words.tsv"}};
  for (const auto& [format, name] : names) {
    ASSERT_FALSE(*files_.Exists(name));
    const absl::Status status = Export(format, "");
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_TRUE(*files_.Exists(name));
    EXPECT_THAT(out_.str(), HasSubstr(name + ": 4 x 2 float32"));
    EXPECT_EQ(Export(format, "").code(), absl::StatusCode::kAlreadyExists);
  }
}

TEST_F(ExportCommandTest, NothingIsOverwrittenUnasked) {
  ASSERT_TRUE(WriteFile(files_, "/vectors.metadata.tsv", "mine").ok());
  const absl::Status status = Export("tsv", "/vectors.tsv");
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/vectors.metadata.tsv"));
  EXPECT_EQ(Contents("/vectors.metadata.tsv"), "mine");
  EXPECT_FALSE(*files_.Exists("/vectors.tsv"));
  options_.overwrite = true;
  EXPECT_TRUE(Export("tsv", "/vectors.tsv").ok());
  EXPECT_NE(Contents("/vectors.metadata.tsv"), "mine");
}

TEST_F(ExportCommandTest, AFullDiskLeavesNoOutput) {
  files_.SetCapacity(1);
  EXPECT_EQ(Export("npy", "/words.npy").code(), absl::StatusCode::kResourceExhausted);
  EXPECT_FALSE(*files_.Exists("/words.npy"));
}

class ExportParameterTest : public ExportCommandTest {
 protected:
  absl::Status ExportParameter(const std::string& parameter, const std::string& format, const std::string& output) {
    options_.checkpoint = "/dense";
    options_.table = "";
    options_.parameter = parameter;
    return Export(format, output);
  }
};

TEST_F(ExportParameterTest, NpyHasTheParametersShape) {
  for (const auto& [parameter, shape] : std::vector<std::pair<std::string, std::string>>{
           {"tower.0.weight", "(2, 3)"}, {"tower.0.bias", "(2,)"}, {"tower.1.weight", "(1, 2, 2)"}}) {
    const absl::Status status = ExportParameter(parameter, "npy", "/" + parameter);
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_THAT(Contents("/" + parameter).substr(10, 118),
                HasSubstr("{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }"));
  }
  EXPECT_THAT(Floats(Contents("/tower.0.weight").substr(128)), ElementsAre(1, 2, 3, 0.1f, 5, 6));
  EXPECT_THAT(out_.str(), HasSubstr("/tower.1.weight: [1, 2, 2] float32, dense parameter tower.1.weight at step 5\n"));
}

TEST_F(ExportParameterTest, SafetensorsHoldsOneTensorOfTheParametersName) {
  ASSERT_TRUE(ExportParameter("tower.0.bias", "safetensors", "/b").ok());
  const std::string file = Contents("/b");
  uint64_t length = 0;
  std::memcpy(&length, file.data(), sizeof(length));
  EXPECT_THAT(file.substr(8, length),
              HasSubstr(R"({"tower.0.bias":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})"));
  EXPECT_THAT(Floats(file.substr(8 + length)), ElementsAre(7, 8));
}

TEST_F(ExportParameterTest, TsvHasALineForEachRowAlongTheLastDimensionAndNoMetadata) {
  ASSERT_TRUE(ExportParameter("tower.0.weight", "tsv", "/w.tsv").ok());
  EXPECT_EQ(Contents("/w.tsv"), "1\t2\t3\n0.1\t5\t6\n");
  EXPECT_FALSE(*files_.Exists("/w.metadata.tsv"));
  ASSERT_TRUE(ExportParameter("tower.0.bias", "tsv", "/b.tsv").ok());
  EXPECT_EQ(Contents("/b.tsv"), "7\t8\n");
  ASSERT_TRUE(ExportParameter("tower.1.weight", "tsv", "/t.tsv").ok());
  EXPECT_EQ(Contents("/t.tsv"), "1\t2\n3\t4\n");
}

TEST_F(ExportParameterTest, WithoutAnOutputTheFileIsNamedAfterTheParameterAndNotReplaced) {
  ASSERT_TRUE(files_.CreateDirectories(".").ok());
  ASSERT_TRUE(ExportParameter("tower.0.weight", "npy", "").ok());
  EXPECT_TRUE(*files_.Exists("./tower.0.weight.npy"));
  EXPECT_EQ(ExportParameter("tower.0.weight", "npy", "").code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(ExportParameterTest, ErrorsListWhatThereIs) {
  EXPECT_THAT(std::string(ExportParameter("tower.0.weights", "npy", "/x").message()),
              HasSubstr("tower.0.bias, tower.0.weight, tower.1.weight"));
  EXPECT_THAT(std::string(ExportParameter("tower.0.weight", "word2vec", "/x").message()),
              HasSubstr("no format 'word2vec' of dense parameters; the formats are: npy, safetensors, tsv"));
  EXPECT_THAT(std::string(ExportParameter("", "npy", "/x").message()), HasSubstr("either --table or --parameter"));
  options_.checkpoint = "/run";
  options_.table = "words";
  options_.parameter = "tower.0.weight";
  EXPECT_EQ(Export("npy", "/x").code(), absl::StatusCode::kInvalidArgument);
  options_.table = "";
  EXPECT_THAT(std::string(Export("npy", "/x").message()), HasSubstr("has no dense parameters"));
}

TEST_F(ExportCommandTest, UnknownTablesAndFormatsAreAnsweredWithTheKnownOnes) {
  EXPECT_THAT(std::string(Export("csv", "/x").message()), HasSubstr("npy, safetensors, word2vec, tsv"));
  options_.table = "word";
  EXPECT_THAT(std::string(Export("npy", "/x").message()), HasSubstr("other, words"));
}

}  // namespace
}  // namespace shoal
