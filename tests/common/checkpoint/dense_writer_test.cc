#include "common/checkpoint/dense_writer.h"

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "common/base/hash.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/common/base/memory_file_system.h"
#include "tests/common/checkpoint/test_checkpoint.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

constexpr char kPath[] = "/c/step-5.tmp/dense.safetensors";

std::string BytesOf(const std::vector<float>& values) {
  return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
}

TEST(DenseWriterTest, EveryTensorHoldsItsValuesAndHashInOrderOfTheNames) {
  std::mt19937_64 random(1);
  const std::vector<LoadedParameter> parameters = {RandomParameter("tower.0.weight", {2, 3}, &random),
                                                   RandomParameter("tower.0.bias", {2}, &random)};
  MemoryFileSystem files;
  const auto written = WriteDenseParameters(files, kPath, Views(parameters));
  ASSERT_TRUE(written.ok()) << written.status();
  const std::string file = *ReadFile(files, kPath, 1 << 20);
  EXPECT_EQ(written->name(), "dense.safetensors");
  EXPECT_EQ(written->size_bytes(), file.size());
  EXPECT_EQ(written->xxh3_128(), HashToHex(Hash128(file)));

  uint64_t length = 0;
  std::memcpy(&length, file.data(), sizeof(length));
  const auto json = nlohmann::ordered_json::parse(file.substr(8, length));
  EXPECT_EQ(json.begin().key(), "tower.0.bias");
  const auto tensor = [&](const std::string& name) {
    const uint64_t begin = json[name]["data_offsets"][0];
    const uint64_t end = json[name]["data_offsets"][1];
    return file.substr(8 + length + begin, end - begin);
  };
  for (int i = 0; i < 2; ++i) {
    const LoadedParameter& parameter = parameters[1 - i];
    const DenseParameterPart& part = written->parameters(i);
    EXPECT_EQ(part.name(), parameter.name);
    EXPECT_THAT(part.shape(), testing::ElementsAreArray(parameter.shape));
    EXPECT_EQ(json[parameter.name]["shape"], parameter.shape);
    EXPECT_TRUE(tensor(parameter.name) == BytesOf(parameter.values));
    EXPECT_EQ(part.values_xxh3_128(), HashToHex(Hash128(BytesOf(parameter.values))));
    ASSERT_EQ(part.state_size(), 2);
    for (int s = 0; s < 2; ++s) {
      EXPECT_TRUE(tensor(parameter.name + "/" + parameter.state[s].name) == BytesOf(parameter.state[s].values));
      EXPECT_EQ(part.state(s).xxh3_128(), HashToHex(Hash128(BytesOf(parameter.state[s].values))));
    }
  }
}

TEST(DenseWriterTest, WhatCannotBeReadBackIsNotWritten) {
  std::mt19937_64 random(1);
  const LoadedParameter good = RandomParameter("a", {2, 3}, &random);
  MemoryFileSystem files;
  const auto error = [&](const std::vector<LoadedParameter>& parameters) {
    const absl::Status status = WriteDenseParameters(files, kPath, Views(parameters)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    return std::string(status.message());
  };
  EXPECT_THAT(error({good, good}), HasSubstr("'a'"));
  LoadedParameter bad = good;
  bad.values.pop_back();
  EXPECT_EQ(error({bad}), "dense parameter 'a' has 5 values, its shape 6");
  bad = good;
  bad.name = "a/b";
  EXPECT_THAT(error({bad}), HasSubstr("'a/b'"));
  bad = good;
  bad.state[1].values.clear();
  EXPECT_THAT(error({bad}), HasSubstr("state sum"));
  EXPECT_FALSE(*files.Exists(kPath));
}

TEST(DenseWriterTest, AFullDiskIsReported) {
  std::mt19937_64 random(1);
  MemoryFileSystem files;
  files.SetCapacity(100);
  const std::vector<LoadedParameter> parameters = {RandomParameter("a", {20, 30}, &random)};
  EXPECT_EQ(WriteDenseParameters(files, kPath, Views(parameters)).status().code(),
            absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace shoal
