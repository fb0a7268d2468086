#include "common/config/validate_tower.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/common/config/test_job.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ValidateTowerTest : public testing::Test {
 protected:
  // Layers as if written in model.tower, one a line from line 1.
  absl::optional<int> Validate(const std::vector<std::string>& texts, absl::optional<int> in_features) {
    google::protobuf::RepeatedPtrField<Layer> layers;
    problems_.clear();
    for (size_t i = 0; i < texts.size(); ++i) {
      EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(texts[i], layers.Add())) << texts[i];
      locations_.Record(PathOf(static_cast<int>(i)), {"job", static_cast<int>(i) + 1, 1});
    }
    return ValidateTower(layers, in_features, [&](int number) {
      return MessageCheck(layers[number], PathOf(number), locations_, &problems_);
    });
  }
  std::vector<std::string> Problems() const { return Format(problems_); }

  static std::string PathOf(int number) { return ElementPath("model.tower", number); }

  FieldLocations locations_{{"job", 1, 1}};
  std::vector<Diagnostic> problems_;
};

TEST_F(ValidateTowerTest, EveryLayerWithItsDefaultsIsValid) {
  EXPECT_EQ(Validate({"linear { out_features: 8 }", "relu {}", "prelu {}", "tanh {}", "dropout {}", "layer_norm {}",
                      "l2_normalize {}"},
                     3),
            8);
  EXPECT_THAT(Problems(), IsEmpty());
}

TEST_F(ValidateTowerTest, TheWidthOfTheOutputIsThatOfTheLastLinearLayerOrOfTheInput) {
  EXPECT_EQ(Validate({}, 3), 3);
  EXPECT_EQ(Validate({"relu {}"}, 3), 3);
  EXPECT_EQ(Validate({"relu {}"}, absl::nullopt), absl::nullopt);
  EXPECT_EQ(Validate({"linear { out_features: 8 }", "linear { out_features: 5 }", "tanh {}"}, absl::nullopt), 5);
  EXPECT_THAT(Problems(), IsEmpty());
}

TEST_F(ValidateTowerTest, EachProblemIsReportedWithItsLayer) {
  Validate({"linear {}", "linear { out_features: 0 }", "linear { out_features: 65537 }", "prelu { num_parameters: 0 }",
            "dropout { p: 1 }", "dropout { p: -0.5 }", "layer_norm { eps: 0 }", "l2_normalize { eps: -1 }", ""},
           3);
  EXPECT_THAT(Problems(),
              ElementsAre("job:1: model.tower[0].linear.out_features: is required",
                          "job:2: model.tower[1].linear.out_features: must be from 1 to 65536, is 0",
                          "job:3: model.tower[2].linear.out_features: must be from 1 to 65536, is 65537",
                          "job:4: model.tower[3].prelu.num_parameters: must be at least 1, is 0",
                          "job:5: model.tower[4].dropout.p: must be at least 0 and below 1, is 1",
                          "job:6: model.tower[5].dropout.p: must be at least 0 and below 1, is -0.5",
                          "job:7: model.tower[6].layer_norm.eps: must be above 0, is 0",
                          "job:8: model.tower[7].l2_normalize.eps: must be above 0, is -1",
                          "job:9: model.tower[8]: must hold one of: linear, relu, prelu, tanh, dropout, layer_norm, "
                          "l2_normalize"));
}

TEST_F(ValidateTowerTest, PreluHasOneParameterOrOneAFeature) {
  Validate({"prelu { num_parameters: 3 }", "linear { out_features: 5 }", "prelu { num_parameters: 5 }", "prelu {}"}, 3);
  EXPECT_THAT(Problems(), IsEmpty());
  Validate({"linear { out_features: 5 }", "prelu { num_parameters: 3 }"}, 3);
  EXPECT_THAT(Problems(), ElementsAre("job:2: model.tower[1].prelu.num_parameters: must be 1 or the number of features "
                                      "that the layer gets, 5, is 3"));
}

// Nothing is said of a width that another problem leaves open.
TEST_F(ValidateTowerTest, NoProblemFollowsFromAnother) {
  EXPECT_EQ(Validate({"linear {}", "prelu { num_parameters: 3 }"}, 5), absl::nullopt);
  EXPECT_THAT(Problems(), ElementsAre("job:1: model.tower[0].linear.out_features: is required"));
  Validate({"prelu { num_parameters: 3 }"}, absl::nullopt);
  EXPECT_THAT(Problems(), IsEmpty());
  locations_.MarkUnreadable(PathOf(0));
  Validate({"", "prelu { num_parameters: 3 }"}, 5);
  EXPECT_THAT(Problems(), IsEmpty());
}

}  // namespace
}  // namespace shoal
