#include "common/checkpoint/dense_reader.h"

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "common/checkpoint/dense_writer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/base/memory_file_system.h"
#include "tests/common/checkpoint/test_checkpoint.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

constexpr char kPath[] = "/c/dense.safetensors";

class DenseReaderTest : public ::testing::Test {
 protected:
  DenseReaderTest() {
    std::mt19937_64 random(1);
    parameters_ = {RandomParameter("tower.0.weight", {2, 3}, &random), RandomParameter("tower.2.weight", {1}, &random)};
    description_ = *WriteDenseParameters(files_, kPath, Views(parameters_));
  }

  absl::StatusOr<DenseReader> Open() { return DenseReader::Create(*files_.OpenFile(kPath), kPath, &description_); }

  MemoryFileSystem files_;
  std::vector<LoadedParameter> parameters_;
  CheckpointFile description_;
};

void ExpectSame(const LoadedParameter& read, const LoadedParameter& expected) {
  EXPECT_EQ(read.name, expected.name);
  EXPECT_EQ(read.shape, expected.shape);
  EXPECT_EQ(read.values, expected.values);
  ASSERT_EQ(read.state.size(), expected.state.size());
  for (size_t i = 0; i < read.state.size(); ++i) {
    EXPECT_EQ(read.state[i].name, expected.state[i].name);
    EXPECT_EQ(read.state[i].values, expected.state[i].values);
  }
}

TEST_F(DenseReaderTest, GivesBackWhatWasWritten) {
  const auto reader = Open();
  ASSERT_TRUE(reader.ok()) << reader.status();
  const auto all = reader->ReadAll();
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_EQ(all->size(), 2u);
  for (int i = 0; i < 2; ++i) {
    ExpectSame((*all)[i], parameters_[i]);
    ExpectSame(*reader->Read(parameters_[i].name), parameters_[i]);
  }
}

TEST_F(DenseReaderTest, UnknownNamesAreAnsweredWithTheKnownOnes) {
  EXPECT_EQ(Open()->Read("tower.1.weight").status(),
            absl::NotFoundError("there is no dense parameter 'tower.1.weight'; the dense parameters are: "
                                "tower.0.weight, tower.2.weight"));
}

TEST_F(DenseReaderTest, EveryFlippedBitIsFound) {
  const std::string good = *ReadFile(files_, kPath, 1 << 20);
  for (size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_TRUE(WriteFile(files_, kPath, bad).ok());
    const auto reader = Open();
    const absl::Status status = reader.ok() ? reader->ReadAll().status() : reader.status();
    ASSERT_EQ(status.code(), absl::StatusCode::kDataLoss) << "bit " << bit;
    ASSERT_THAT(std::string(status.message()), HasSubstr(kPath));
  }
}

TEST_F(DenseReaderTest, ADescriptionOfAnotherFileIsNotBelieved) {
  description_.mutable_parameters(0)->set_shape(0, 3);
  description_.mutable_parameters(0)->set_shape(1, 2);
  EXPECT_EQ(Open().status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace shoal
