#include "common/config/dense_layers.h"

#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

bool HasDenseParametersIn(const std::string& text) {
  ModelConfig model;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &model)) << text;
  return HasDenseParameters(model);
}

TEST(DenseLayersTest, AModelHasDenseParametersIfALayerOfItsTowerHas) {
  EXPECT_TRUE(HasDenseParametersIn("network { tower { linear {} } }"));
  EXPECT_TRUE(HasDenseParametersIn("network { tower { relu {} } tower { prelu {} } }"));
  EXPECT_TRUE(HasDenseParametersIn("network { tower { layer_norm {} } }"));
  EXPECT_FALSE(HasDenseParametersIn("network { tower { layer_norm { elementwise_affine: false } } }"));
  EXPECT_FALSE(HasDenseParametersIn(
      "network { tower { relu {} } tower { tanh {} } tower { dropout {} } tower { l2_normalize {} } }"));
  EXPECT_FALSE(HasDenseParametersIn("network {}"));
  EXPECT_FALSE(HasDenseParametersIn("matrix_factorization {}"));
  EXPECT_FALSE(HasDenseParametersIn(""));
}

}  // namespace
}  // namespace shoal
