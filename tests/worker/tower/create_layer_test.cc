#include "common/config/dense_layers.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "worker/tower/tower_layer.h"

namespace shoal {
namespace {

constexpr int kFeatures = 6;

Layer ParseLayer(const std::string& text) {
  Layer layer;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &layer)) << text;
  return layer;
}

TEST(CreateLayerTest, EveryKindOfLayerHasItsParametersAndWidth) {
  struct Case {
    std::string text;
    size_t parameters;
    int out_features;
  };
  const std::vector<Case> cases = {
      {"linear { out_features: 4 }", 2, 4},
      {"linear { out_features: 4 bias: false }", 1, 4},
      {"relu {}", 0, kFeatures},
      {"prelu {}", 1, kFeatures},
      {"tanh {}", 0, kFeatures},
      {"dropout {}", 0, kFeatures},
      {"layer_norm {}", 2, kFeatures},
      {"layer_norm { elementwise_affine: false }", 0, kFeatures},
      {"l2_normalize {}", 0, kFeatures},
  };
  for (const Case& expected : cases) {
    const std::unique_ptr<TowerLayer> layer = CreateLayer(ParseLayer(expected.text), 0, kFeatures).value();
    EXPECT_EQ(layer->parameters().size(), expected.parameters) << expected.text;
    EXPECT_EQ(layer->out_features(kFeatures), expected.out_features) << expected.text;
    // What the launcher is told without building layers.
    ModelConfig model;
    *model.mutable_network()->add_tower() = ParseLayer(expected.text);
    EXPECT_EQ(HasDenseParameters(model), expected.parameters > 0) << expected.text;
  }
}

TEST(CreateLayerTest, NoFieldOfTheMessageIsWithoutALayer) {
  const google::protobuf::OneofDescriptor& kinds = *Layer::descriptor()->FindOneofByName("layer");
  for (int i = 0; i < kinds.field_count(); ++i) {
    Layer layer;
    layer.GetReflection()->MutableMessage(&layer, kinds.field(i));
    const auto created = CreateLayer(layer, 0, kFeatures);
    ASSERT_TRUE(created.ok()) << kinds.field(i)->name();
    ModelConfig model;
    *model.mutable_network()->add_tower() = layer;
    EXPECT_EQ(HasDenseParameters(model), !(*created)->parameters().empty()) << kinds.field(i)->name();
  }
}

TEST(CreateLayerTest, ALayerOfNoKindIsNamedByItsNumber) {
  EXPECT_THAT(CreateLayer(Layer(), 3, kFeatures).status().message(), testing::HasSubstr("layer 3"));
}

}  // namespace
}  // namespace shoal
