#include "common/config/validate_tower.h"

#include "absl/strings/str_cat.h"

namespace shoal {
namespace {

constexpr int kMaxFeatures = 65536;

// The width of the output; nothing where it is missing or out of range.
absl::optional<int> ValidateLinear(const Layer::Linear& linear, const MessageCheck& check) {
  if (!check.Required("out_features")) return absl::nullopt;
  check.Between("out_features", 1, kMaxFeatures);
  if (linear.out_features() < 1 || linear.out_features() > kMaxFeatures) return absl::nullopt;
  return linear.out_features();
}

void ValidatePrelu(const Layer::Prelu& prelu, absl::optional<int> in_features, const MessageCheck& check) {
  const int count = prelu.num_parameters();
  if (count == 1 || count == in_features) return;
  if (count < 1) {
    check.AtLeast("num_parameters", 1);
  } else if (in_features.has_value()) {
    check.Problem("num_parameters", absl::StrCat("must be 1 or the number of features that the layer gets, ",
                                                 *in_features, ", is ", count));
  }
}

}  // namespace

absl::optional<int> ValidateTower(const google::protobuf::RepeatedPtrField<Layer>& layers,
                                  absl::optional<int> in_features, absl::FunctionRef<MessageCheck(int)> check_of) {
  absl::optional<int> features = in_features;
  for (int i = 0; i < layers.size(); ++i) {
    const Layer& layer = layers[i];
    const MessageCheck check = check_of(i);
    check.RequireOneOf("layer");
    // A layer that could not be read may be one that changes the width.
    if (layer.layer_case() == Layer::LAYER_NOT_SET) features = absl::nullopt;
    if (layer.has_linear()) features = ValidateLinear(layer.linear(), check.Nested("linear"));
    if (layer.has_prelu()) ValidatePrelu(layer.prelu(), features, check.Nested("prelu"));
    if (layer.has_dropout()) check.Nested("dropout").FromBelow("p", 0, 1);
    if (layer.has_layer_norm()) check.Nested("layer_norm").Above("eps", 0);
    if (layer.has_l2_normalize()) check.Nested("l2_normalize").Above("eps", 0);
  }
  return features;
}

}  // namespace shoal
