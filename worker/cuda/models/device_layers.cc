#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "worker/cuda/models/device_layer.h"
#include "worker/tower/dropout_layer.h"

namespace shoal {
namespace {

class Linear : public DeviceLayer {
 public:
  Linear(const ComputeDevice& device, const Layer::Linear& config, int in_features)
      : device_(device),
        config_(config),
        in_features_(in_features),
        scratch_(device.memory.get(), "partial sums of bias gradients") {}

  void Bind(absl::Span<const DeviceParameter> parameters) override {
    weight_ = parameters[0];
    if (config_.bias()) bias_ = parameters[1];
  }

  absl::Status Begin(const DeviceForwardContext& context, ConstMatrixView input) override {
    if (!context.training || !config_.bias()) return absl::OkStatus();
    return scratch_.Reserve(LayerKernels::NumColumnSums(input.rows) * config_.out_features());
  }
  void Forward(ConstMatrixView input, MatrixView output) override {
    device_.gemm->Multiply(input, Transposed(weight()), output, bias_.values);
  }
  void Backward(ConstMatrixView input, ConstMatrixView, ConstMatrixView output_gradient,
                MatrixView input_gradient) override {
    device_.gemm->Multiply(Transposed(output_gradient), input,
                           {weight_.gradient, config_.out_features(), in_features_});
    if (bias_.gradient != nullptr) device_.layers->ColumnSums(output_gradient, scratch_.data(), bias_.gradient);
    if (input_gradient.data != nullptr) device_.gemm->Multiply(output_gradient, weight(), input_gradient);
  }

 private:
  ConstMatrixView weight() const { return {weight_.values, config_.out_features(), in_features_}; }

  const ComputeDevice& device_;
  const Layer::Linear config_;
  const int in_features_;
  DeviceParameter weight_;
  DeviceParameter bias_;  // Null without one.
  DeviceArray<float> scratch_;
};

// A function of each element whose derivative follows from its value.
class Activation : public DeviceLayer {
 public:
  using Apply = void (LayerKernels::*)(const float* x, int64_t n, float* y);
  using Gradient = void (LayerKernels::*)(const float* y, const float* output_gradient, int64_t n,
                                          float* input_gradient);

  Activation(const ComputeDevice& device, Apply apply, Gradient gradient)
      : device_(device), apply_(apply), gradient_(gradient) {}
  void Forward(ConstMatrixView input, MatrixView output) override {
    (device_.layers.get()->*apply_)(input.data, static_cast<int64_t>(input.size()), output.data);
  }
  void Backward(ConstMatrixView, ConstMatrixView output, ConstMatrixView output_gradient,
                MatrixView input_gradient) override {
    if (input_gradient.data == nullptr) return;
    (device_.layers.get()->*gradient_)(output.data, output_gradient.data, static_cast<int64_t>(output.size()),
                                       input_gradient.data);
  }

 private:
  const ComputeDevice& device_;
  const Apply apply_;
  const Gradient gradient_;
};

class Prelu : public DeviceLayer {
 public:
  Prelu(const ComputeDevice& device, const Layer::Prelu& config)
      : device_(device),
        shared_(config.num_parameters() == 1),
        scratch_(device.memory.get(), "partial sums of weight gradients") {}

  void Bind(absl::Span<const DeviceParameter> parameters) override { weight_ = parameters[0]; }

  absl::Status Begin(const DeviceForwardContext& context, ConstMatrixView input) override {
    if (!context.training) return absl::OkStatus();
    return scratch_.Reserve((LayerKernels::NumColumnSums(input.rows) + 1) * input.cols);
  }
  void Forward(ConstMatrixView input, MatrixView output) override {
    device_.layers->Prelu(input, weight_.values, shared_, output);
  }
  void Backward(ConstMatrixView input, ConstMatrixView, ConstMatrixView output_gradient,
                MatrixView input_gradient) override {
    device_.layers->PreluWeightGradient(input, output_gradient.data, shared_, scratch_.data(), weight_.gradient);
    if (input_gradient.data == nullptr) return;
    device_.layers->PreluGradient(input, weight_.values, shared_, output_gradient.data, input_gradient.data);
  }

 private:
  const ComputeDevice& device_;
  const bool shared_;
  DeviceParameter weight_;
  DeviceArray<float> scratch_;
};

class Dropout : public DeviceLayer {
 public:
  Dropout(const ComputeDevice& device, const Layer::Dropout& config, int number)
      : device_(device), p_(config.p()), number_(number), mask_(device.memory.get(), "masks of dropout") {}

  // What is dropped changes from step to step.
  absl::Status Begin(const DeviceForwardContext& context, ConstMatrixView input) override {
    SHOAL_RETURN_IF_ERROR(mask_.Reserve(input.size()));
    DropoutMask mask;
    mask.key = DropoutLayer::StreamKey(context.seed, number_, context.step);
    mask.first_position = static_cast<uint64_t>(context.first_position);
    const bool drops = context.training && p_ > 0;
    mask.limit = drops ? static_cast<uint32_t>(std::ldexp(static_cast<double>(p_), 32)) : 0;
    mask.kept = drops ? 1 / (1 - p_) : 1;
    device_.layers->FillDropoutMask(mask, {mask_.data(), input.rows, input.cols});
    return absl::OkStatus();
  }
  void Forward(ConstMatrixView input, MatrixView output) override {
    device_.layers->Multiply(input.data, mask_.data(), static_cast<int64_t>(input.size()), output.data);
  }
  void Backward(ConstMatrixView, ConstMatrixView, ConstMatrixView output_gradient, MatrixView input_gradient) override {
    if (input_gradient.data == nullptr) return;
    device_.layers->Multiply(output_gradient.data, mask_.data(), static_cast<int64_t>(output_gradient.size()),
                             input_gradient.data);
  }

 private:
  const ComputeDevice& device_;
  const float p_;
  const int number_;
  DeviceArray<float> mask_;
};

class LayerNorm : public DeviceLayer {
 public:
  LayerNorm(const ComputeDevice& device, const Layer::LayerNorm& config)
      : device_(device),
        config_(config),
        means_(device.memory.get(), "means of layer_norm"),
        scales_(device.memory.get(), "scales of layer_norm"),
        scratch_(device.memory.get(), "partial sums of weight gradients") {}

  void Bind(absl::Span<const DeviceParameter> parameters) override {
    if (!config_.elementwise_affine()) return;
    weight_ = parameters[0];
    bias_ = parameters[1];
  }

  absl::Status Begin(const DeviceForwardContext& context, ConstMatrixView input) override {
    SHOAL_RETURN_IF_ERROR(means_.Reserve(input.rows));
    SHOAL_RETURN_IF_ERROR(scales_.Reserve(input.rows));
    if (!context.training || !config_.elementwise_affine()) return absl::OkStatus();
    return scratch_.Reserve(LayerKernels::NumColumnSums(input.rows) * input.cols);
  }
  void Forward(ConstMatrixView input, MatrixView output) override {
    device_.layers->LayerNorm(input, config_.eps(), weight_.values, bias_.values, output, moments());
  }
  void Backward(ConstMatrixView input, ConstMatrixView, ConstMatrixView output_gradient,
                MatrixView input_gradient) override {
    if (weight_.gradient != nullptr) {
      device_.layers->LayerNormParameterGradients(input, moments(), output_gradient.data, scratch_.data(),
                                                  weight_.gradient, bias_.gradient);
    }
    if (input_gradient.data == nullptr) return;
    device_.layers->LayerNormGradient(input, moments(), weight_.values, output_gradient.data, input_gradient.data);
  }

 private:
  NormMoments moments() { return {means_.data(), scales_.data()}; }

  const ComputeDevice& device_;
  const Layer::LayerNorm config_;
  DeviceParameter weight_;  // Null without elementwise_affine, as is bias_.
  DeviceParameter bias_;
  DeviceArray<float> means_;
  DeviceArray<float> scales_;
  DeviceArray<float> scratch_;
};

class L2Normalize : public DeviceLayer {
 public:
  L2Normalize(const ComputeDevice& device, const Layer::L2Normalize& config)
      : device_(device), eps_(config.eps()), norms_(device.memory.get(), "norms of l2_normalize") {}

  absl::Status Begin(const DeviceForwardContext&, ConstMatrixView input) override { return norms_.Reserve(input.rows); }
  void Forward(ConstMatrixView input, MatrixView output) override {
    device_.layers->L2Normalize(input, eps_, output, norms_.data());
  }
  void Backward(ConstMatrixView, ConstMatrixView output, ConstMatrixView output_gradient,
                MatrixView input_gradient) override {
    if (input_gradient.data == nullptr) return;
    device_.layers->L2NormalizeGradient(output, norms_.data(), eps_, output_gradient.data, input_gradient.data);
  }

 private:
  const ComputeDevice& device_;
  const float eps_;
  DeviceArray<float> norms_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<DeviceLayer>> CreateDeviceLayer(const ComputeDevice* device, const Layer& config,
                                                               int number, int in_features) {
  switch (config.layer_case()) {
    case Layer::kLinear:
      return std::make_unique<Linear>(*device, config.linear(), in_features);
    case Layer::kRelu:
      return std::make_unique<Activation>(*device, &LayerKernels::Relu, &LayerKernels::ReluGradient);
    case Layer::kPrelu:
      return std::make_unique<Prelu>(*device, config.prelu());
    case Layer::kTanh:
      return std::make_unique<Activation>(*device, &LayerKernels::Tanh, &LayerKernels::TanhGradient);
    case Layer::kDropout:
      return std::make_unique<Dropout>(*device, config.dropout(), number);
    case Layer::kLayerNorm:
      return std::make_unique<LayerNorm>(*device, config.layer_norm());
    case Layer::kL2Normalize:
      return std::make_unique<L2Normalize>(*device, config.l2_normalize());
    case Layer::LAYER_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError(absl::StrCat("layer ", number, " of the tower is of no kind"));
}

}  // namespace shoal
