#include "common/checkpoint/dense_layout.h"

#include <cstring>
#include <string>
#include <vector>

#include "common/checkpoint/saved_parameter.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace shoal {
namespace {

using ::testing::HasSubstr;
using Parts = google::protobuf::RepeatedPtrField<DenseParameterPart>;

DenseParameterPart* Add(const std::string& name, const std::vector<int64_t>& shape, Parts* parts) {
  DenseParameterPart* part = parts->Add();
  part->set_name(name);
  part->mutable_shape()->Add(shape.begin(), shape.end());
  return part;
}

void AddState(const std::string& name, int width, DenseParameterPart* part) {
  TableFieldPart* state = part->add_state();
  state->set_name(name);
  state->set_width(width);
}

TEST(DenseLayoutTest, TheHeaderIsSafetensorsWithoutGaps) {
  Parts parts;
  Add("tower.0.bias", {}, &parts);
  DenseParameterPart* weight = Add("tower.0.weight", {2, 3}, &parts);
  AddState("exp_avg", 6, weight);
  AddState("sum", 1, weight);
  const auto layout = DenseLayout::Create(parts);
  ASSERT_TRUE(layout.ok()) << layout.status();
  const std::string& header = layout->header();
  const auto json = nlohmann::ordered_json::parse(header.substr(8));
  std::vector<std::string> names;
  uint64_t end = 0;
  for (const auto& [name, tensor] : json.items()) {
    names.push_back(name);
    uint64_t bytes = 4;
    for (const uint64_t extent : tensor["shape"]) bytes *= extent;
    EXPECT_EQ(tensor["dtype"], "F32");
    EXPECT_EQ(tensor["data_offsets"][0], end) << name;
    end += bytes;
    EXPECT_EQ(tensor["data_offsets"][1], end) << name;
  }
  EXPECT_THAT(names,
              testing::ElementsAre("tower.0.bias", "tower.0.weight", "tower.0.weight/exp_avg", "tower.0.weight/sum"));
  EXPECT_EQ(json["tower.0.weight/exp_avg"]["shape"].dump(), "[2,3]");
  EXPECT_EQ(json["tower.0.weight/sum"]["shape"].dump(), "[1]");
  EXPECT_EQ(layout->file_bytes(), header.size() + end);
  EXPECT_EQ(layout->offsets()[1].values, header.size() + 4);
  EXPECT_THAT(layout->offsets()[1].state, testing::ElementsAre(header.size() + 28, header.size() + 52));
  EXPECT_EQ(CountElements(parts[0]), 1);
  EXPECT_EQ(CountElements(parts[1]), 6);
}

TEST(DenseLayoutTest, MalformedParametersAreRefusedByName) {
  const auto error = [](const std::string& name, const std::vector<int64_t>& shape) {
    Parts parts;
    Add(name, shape, &parts);
    const absl::Status status = DenseLayout::Create(parts).status();
    EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status)) << status;
    return std::string(status.message());
  };
  EXPECT_EQ(error("tower.0.weight", {kMaxParameterElements}), "");
  for (const char* name : {"", ".", "a.", ".a", "a..b", "0.weight", "A", "a b", "a/b", "a\"b", "../a"}) {
    EXPECT_THAT(error(name, {1}), HasSubstr("joined with dots")) << name;
  }
  for (const std::vector<int64_t>& shape : {std::vector<int64_t>{0},
                                            {-1},
                                            {kMaxParameterElements + 1},
                                            {int64_t{1} << 32, int64_t{1} << 32},
                                            std::vector<int64_t>(9, 1)}) {
    EXPECT_THAT(error("a", shape), HasSubstr("dense parameter 'a': the shape ["));
  }
}

TEST(DenseLayoutTest, MalformedStateIsRefused) {
  const auto error = [](const std::vector<std::pair<std::string, int>>& state) {
    Parts parts;
    DenseParameterPart* part = Add("a", {2}, &parts);
    for (const auto& [name, width] : state) AddState(name, width, part);
    return std::string(DenseLayout::Create(parts).status().message());
  };
  EXPECT_THAT(error({{"Sum", 1}}), HasSubstr("state 'Sum'"));
  EXPECT_THAT(error({{"sum", 0}}), HasSubstr("state sum has 0 floats"));
  EXPECT_THAT(error({{"sum", 1}, {"sum", 1}}), HasSubstr("state sum stands twice"));
}

TEST(DenseLayoutTest, ParametersMustAscend) {
  for (const char* second : {"tower.0.weight", "tower.0.bias"}) {
    Parts parts;
    Add("tower.0.weight", {1}, &parts);
    Add(second, {1}, &parts);
    EXPECT_THAT(std::string(DenseLayout::Create(parts).status().message()), HasSubstr("they must ascend"));
  }
}

}  // namespace
}  // namespace shoal
