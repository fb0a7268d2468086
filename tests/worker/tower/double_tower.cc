#include "tests/worker/tower/double_tower.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "worker/tower/dropout_layer.h"

namespace shoal {
namespace {

using Parameter = std::function<const std::vector<double>&(const char*)>;

DoubleMatrix Linear(const Layer::Linear& config, const Parameter& parameter, const DoubleMatrix& x) {
  DoubleMatrix y = {x.rows, config.out_features(), std::vector<double>(x.rows * config.out_features())};
  for (int64_t i = 0; i < y.rows; ++i) {
    for (int o = 0; o < y.cols; ++o) {
      double sum = config.bias() ? parameter("bias")[o] : 0;
      for (int j = 0; j < x.cols; ++j) sum += x.row(i)[j] * parameter("weight")[o * x.cols + j];
      y.row(i)[o] = sum;
    }
  }
  return y;
}

DoubleMatrix Prelu(const std::vector<double>& weight, DoubleMatrix x) {
  for (size_t i = 0; i < x.values.size(); ++i) {
    if (x.values[i] < 0) x.values[i] *= weight[i % x.cols % weight.size()];
  }
  return x;
}

DoubleMatrix LayerNorm(const Layer::LayerNorm& config, const Parameter& parameter, DoubleMatrix x) {
  for (int64_t i = 0; i < x.rows; ++i) {
    double mean = 0;
    double variance = 0;
    for (int j = 0; j < x.cols; ++j) mean += x.row(i)[j] / x.cols;
    for (int j = 0; j < x.cols; ++j) variance += (x.row(i)[j] - mean) * (x.row(i)[j] - mean) / x.cols;
    for (int j = 0; j < x.cols; ++j) {
      double& value = x.row(i)[j];
      value = (value - mean) / std::sqrt(variance + config.eps());
      if (config.elementwise_affine()) value = value * parameter("weight")[j] + parameter("bias")[j];
    }
  }
  return x;
}

DoubleMatrix L2Normalize(double eps, DoubleMatrix x) {
  for (int64_t i = 0; i < x.rows; ++i) {
    double squares = 0;
    for (int j = 0; j < x.cols; ++j) squares += x.row(i)[j] * x.row(i)[j];
    for (int j = 0; j < x.cols; ++j) x.row(i)[j] /= std::max(std::sqrt(squares), eps);
  }
  return x;
}

DoubleMatrix Dropout(const Layer::Dropout& config, int number, const ForwardContext& context, DoubleMatrix x) {
  std::vector<float> factors(x.values.size(), 1);
  DropoutLayer(config, number).Forward(context, {factors.data(), x.rows, x.cols}, {factors.data(), x.rows, x.cols});
  for (size_t i = 0; i < x.values.size(); ++i) x.values[i] *= factors[i];
  return x;
}

DoubleMatrix ForwardLayer(const Layer& layer, int number, const Parameter& parameter, const ForwardContext& context,
                          DoubleMatrix x) {
  switch (layer.layer_case()) {
    case Layer::kLinear:
      return Linear(layer.linear(), parameter, x);
    case Layer::kRelu:
      for (double& value : x.values) value = std::max(value, 0.0);
      return x;
    case Layer::kPrelu:
      return Prelu(parameter("weight"), std::move(x));
    case Layer::kTanh:
      for (double& value : x.values) value = std::tanh(value);
      return x;
    case Layer::kDropout:
      return Dropout(layer.dropout(), number, context, std::move(x));
    case Layer::kLayerNorm:
      return LayerNorm(layer.layer_norm(), parameter, std::move(x));
    case Layer::kL2Normalize:
      return L2Normalize(layer.l2_normalize().eps(), std::move(x));
    case Layer::LAYER_NOT_SET:
      break;
  }
  std::abort();
}

}  // namespace

DoubleMatrix ForwardInDouble(const google::protobuf::RepeatedPtrField<Layer>& layers,
                             const DoubleParameters& parameters, const ForwardContext& context, DoubleMatrix input) {
  for (int number = 0; number < layers.size(); ++number) {
    const auto parameter = [&](const char* name) -> const std::vector<double>& {
      return parameters.at(absl::StrCat(number, ".", name));
    };
    input = ForwardLayer(layers[number], number, parameter, context, std::move(input));
  }
  return input;
}

}  // namespace shoal
