// Towers on a device against those on the CPU.
#include "worker/cuda/models/device_tower.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/worker/cuda/kernels/device_suite.h"
#include "tests/worker/cuda/kernels/device_test_util.h"
#include "tests/worker/tower/tower_problem.h"
#include "worker/cuda/models/device_dense_parameters.h"

namespace shoal {
namespace {

constexpr uint64_t kSeed = 5;
constexpr bool kWantsInputGradient = true;

// To 1e-5 of the number, or of a tenth of the largest: a sum that cancels keeps the rounding of its terms, which cuBLAS
// adds in another order.
void ExpectNearAll(const std::vector<float>& actual, const float* expected, const std::string& what) {
  float largest = 0;
  for (size_t i = 0; i < actual.size(); ++i) largest = std::max(largest, std::abs(expected[i]));
  for (size_t i = 0; i < actual.size(); ++i) {
    ASSERT_NEAR(actual[i], expected[i], 1e-5 * std::max(std::abs(expected[i]), 0.1F * largest)) << what << " " << i;
  }
}

class DeviceTowerTest : public DeviceSuite {
 protected:
  struct Shape {
    int in_features = 20;
    int64_t examples = 70;
  };

  void ExpectAgreesWithCpu(const std::vector<std::string>& layers, const Shape& shape, bool training = true) {
    SCOPED_TRACE(testing::Message() << layers[0] << ", in " << shape.in_features << ", examples " << shape.examples);
    TowerProblem problem(layers, shape.in_features, shape.examples, kSeed);
    std::iota(problem.positions.begin(), problem.positions.end(), kFirstPosition);
    const ForwardContext context = {training, /*seed=*/9, /*step=*/4, problem.positions};
    const ConstMatrixView expected_output = problem.tower->Forward(context, problem.input);
    const ConstMatrixView expected_input_gradient =
        problem.tower->Backward(problem.output_gradient, /*want_input_gradient=*/true);

    auto tower = DeviceTower::Create(&device(), ParseLayers(layers), shape.in_features, kWantsInputGradient).value();
    ASSERT_EQ(tower->out_features(), expected_output.cols);
    auto dense = DeviceDenseParameters::Create(&device(), problem.parameters.get()).value();
    dense->Load();
    tower->Bind(dense->Refs());
    DeviceArray<float> input = Copy(problem.input);
    DeviceArray<float> output_gradient = Copy(problem.output_gradient);
    const ConstMatrixView output =
        tower->Begin({training, 9, 4, kFirstPosition}, {input.data(), shape.examples, shape.in_features}).value();
    tower->Forward();
    ExpectNearAll(FromDevice(device(), output.data, output.size()), expected_output.data, "output");
    if (!training) return;
    const ConstMatrixView gradient_view = {output_gradient.data(), shape.examples, output.cols};
    tower->Backward(gradient_view, [](int) {});
    const ConstMatrixView input_gradient = tower->InputGradient(gradient_view);
    ExpectNearAll(FromDevice(device(), input_gradient.data, input_gradient.size()), expected_input_gradient.data,
                  "input gradient");
    const absl::Span<float> gradients = problem.parameters->gradients();
    const std::vector<float> expected(gradients.begin(), gradients.end());
    dense->CopyGradientsToHost();
    ASSERT_TRUE(device().memory->Wait().ok());
    ExpectNearAll({gradients.begin(), gradients.end()}, expected.data(), "parameter gradient");
  }

  DeviceArray<float> Copy(const Matrix& matrix) {
    const ConstMatrixView view = matrix.view();
    return OnDevice(device(), std::vector<float>(view.data, view.data + view.size()));
  }

  static constexpr int64_t kFirstPosition = 1000;
};

TEST_P(DeviceTowerTest, EachLayerIsThatOfTheCpu) {
  for (const std::string layer :
       {"linear { out_features: 7 }", "linear { out_features: 33 bias: false }", "relu {}", "tanh {}", "prelu {}",
        "layer_norm {}", "layer_norm { elementwise_affine: false }", "l2_normalize {}", "dropout { p: 0.3 }"}) {
    for (const Shape shape : {Shape{20, 70}, Shape{3, 1}, Shape{64, 32}, Shape{50, 129}}) {
      ExpectAgreesWithCpu({layer}, shape);
    }
  }
  ExpectAgreesWithCpu({"prelu { num_parameters: 20 }"}, {});
}

TEST_P(DeviceTowerTest, DropoutDropsNothingOutsideOfTraining) {
  ExpectAgreesWithCpu({"dropout { p: 0.5 }"}, {}, /*training=*/false);
}

TEST_P(DeviceTowerTest, ATowerIsThatOfTheCpu) {
  ExpectAgreesWithCpu({"linear { out_features: 40 }", "relu {}", "linear { out_features: 30 bias: false }", "relu {}",
                       "layer_norm {}", "dropout { p: 0.2 }", "linear { out_features: 5 }", "tanh {}",
                       "prelu { num_parameters: 5 }", "linear { out_features: 2 }", "l2_normalize {}"},
                      {});
}

TEST_P(DeviceTowerTest, ATowerWithoutLayersPassesItsInputOn) {
  auto tower = DeviceTower::Create(&device(), {}, 3, kWantsInputGradient).value();
  const DeviceArray<float> input = OnDevice<float>(device(), {1, 2, 3, 4, 5, 6});
  const ConstMatrixView output = tower->Begin({}, {input.data(), 2, 3}).value();
  tower->Forward();
  EXPECT_EQ(output.data, input.data());
  tower->Backward(output, [](int) {});
  EXPECT_EQ(tower->InputGradient(output).data, input.data());
}

// A model that diverges must not look well behind a ReLU.
TEST_P(DeviceTowerTest, ReluBehindALinearLayerKeepsNotANumber) {
  const std::vector<std::string> layers = {"linear { out_features: 3 }", "relu {}"};
  TowerProblem problem(layers, /*in_features=*/2, /*examples=*/2, kSeed);
  auto tower = DeviceTower::Create(&device(), ParseLayers(layers), 2, kWantsInputGradient).value();
  auto dense = DeviceDenseParameters::Create(&device(), problem.parameters.get()).value();
  dense->Load();
  tower->Bind(dense->Refs());
  const DeviceArray<float> input = OnDevice<float>(device(), {std::nanf(""), 1, 2, 3});
  const ConstMatrixView output = tower->Begin({}, {input.data(), 2, 2}).value();
  tower->Forward();
  const std::vector<float> values = FromDevice(device(), output.data, output.size());
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(std::isnan(values[i])) << values[i];
    EXPECT_GE(values[3 + i], 0) << "of the other example";
  }
}

SHOAL_INSTANTIATE_DEVICE_SUITE(DeviceTowerTest);

}  // namespace
}  // namespace shoal
