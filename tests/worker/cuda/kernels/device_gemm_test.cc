#include "worker/cuda/kernels/device_gemm.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/worker/cuda/kernels/device_suite.h"
#include "tests/worker/cuda/kernels/device_test_util.h"

namespace shoal {
namespace {

constexpr uint32_t kSeed = 3;

class DeviceGemmTest : public DeviceSuite {
 protected:
  struct Shape {
    int rows;
    int cols;
    int inner;
  };

  static std::vector<float> RandomFloats(size_t count, std::mt19937* random) {
    std::normal_distribution<float> normal;
    std::vector<float> values(count);
    for (float& value : values) value = normal(*random);
    return values;
  }

  std::vector<float> Product(const std::vector<float>& a, bool a_transposed, const std::vector<float>& b,
                             bool b_transposed, const Shape& shape, const float* bias) {
    const DeviceArray<float> on_device_a = OnDevice(device(), a);
    const DeviceArray<float> on_device_b = OnDevice(device(), b);
    DeviceArray<float> c = OnDevice<float>(device(), static_cast<size_t>(shape.rows) * shape.cols);
    const auto view = [](const float* data, int rows, int cols, bool transposed) {
      return GemmFactor(transposed ? ConstMatrixView{data, cols, rows} : ConstMatrixView{data, rows, cols}, transposed);
    };
    device().gemm->Multiply(view(on_device_a.data(), shape.rows, shape.inner, a_transposed),
                            view(on_device_b.data(), shape.inner, shape.cols, b_transposed),
                            {c.data(), shape.rows, shape.cols}, bias);
    return FromDevice(device(), c.data(), static_cast<size_t>(shape.rows) * shape.cols);
  }

  // Against sums in double, to 1e-5 of the sum of the terms' magnitudes.
  void ExpectProducts(const Shape& shape, bool a_transposed, bool b_transposed) {
    SCOPED_TRACE(testing::Message() << shape.rows << " x " << shape.inner << " x " << shape.cols << ", transposed "
                                    << a_transposed << " " << b_transposed << ", seed " << kSeed);
    std::mt19937 random(kSeed);
    const std::vector<float> a = RandomFloats(static_cast<size_t>(shape.rows) * shape.inner, &random);
    const std::vector<float> b = RandomFloats(static_cast<size_t>(shape.inner) * shape.cols, &random);
    const std::vector<float> bias = RandomFloats(shape.cols, &random);
    const DeviceArray<float> on_device_bias = OnDevice(device(), bias);
    for (const float* added : {static_cast<const float*>(nullptr), on_device_bias.data()}) {
      const std::vector<float> c = Product(a, a_transposed, b, b_transposed, shape, added);
      for (int i = 0; i < shape.rows; ++i) {
        for (int j = 0; j < shape.cols; ++j) {
          double sum = added != nullptr ? bias[j] : 0;
          double magnitude = std::abs(sum);
          for (int k = 0; k < shape.inner; ++k) {
            const double term = static_cast<double>(a[a_transposed ? k * shape.rows + i : i * shape.inner + k]) *
                                b[b_transposed ? j * shape.inner + k : k * shape.cols + j];
            sum += term;
            magnitude += std::abs(term);
          }
          ASSERT_NEAR(c[i * shape.cols + j], sum, 1e-5 * magnitude) << i << ", " << j;
        }
      }
      const std::vector<float> again = Product(a, a_transposed, b, b_transposed, shape, added);
      EXPECT_EQ(std::memcmp(again.data(), c.data(), c.size() * sizeof(float)), 0) << "the same product, other bits";
    }
  }
};

// Factors above zero, so that errors do not cancel out: those that are cut off make 1.4 units, those that are rounded
// to the nearest 0.3, and bfloat16 would make 2.3 of TF32's. The shape is large and aligned: of small ones cuBLAS may
// compute exact products.
TEST_P(DeviceGemmTest, FactorsAreRoundedAsThePrecisionSays) {
  const Shape shape = {1024, 512, 256};
  std::mt19937 random(kSeed);
  std::vector<float> a = RandomFloats(static_cast<size_t>(shape.rows) * shape.inner, &random);
  std::vector<float> b = RandomFloats(static_cast<size_t>(shape.inner) * shape.cols, &random);
  for (std::vector<float>* factor : {&a, &b}) {
    for (float& value : *factor) value = std::abs(value);
  }
  for (const auto& [precision, unit] :
       {std::pair(ClusterConfig::HIGH, 0x1p-11), std::pair(ClusterConfig::MEDIUM, 0x1p-8)}) {
    device().gemm->SetPrecision(ClusterConfig::HIGHEST);
    const std::vector<float> exact = Product(a, false, b, true, shape, {});
    device().gemm->SetPrecision(precision);
    const std::vector<float> rounded = Product(a, false, b, true, shape, {});
    double largest = 0;  // Of all errors, in parts of the sum of the terms' magnitudes.
    for (size_t i = 0; i < exact.size(); ++i) {
      largest = std::max(largest, std::abs(double{rounded[i]} - exact[i]) / exact[i]);
    }
    EXPECT_LE(largest, 2 * unit) << ClusterConfig::MatmulPrecision_Name(precision);
    EXPECT_GE(largest, unit / 16) << ClusterConfig::MatmulPrecision_Name(precision);
  }
}

TEST_P(DeviceGemmTest, ProductsOfAllShapesAreThoseOfTheDefinition) {
  for (const Shape shape :
       {Shape{1, 1, 1}, Shape{7, 5, 3}, Shape{64, 10, 33}, Shape{100, 128, 256}, Shape{3, 2, 700}}) {
    for (const bool a_transposed : {false, true}) {
      for (const bool b_transposed : {false, true}) ExpectProducts(shape, a_transposed, b_transposed);
    }
  }
}

SHOAL_INSTANTIATE_DEVICE_SUITE(DeviceGemmTest);

}  // namespace
}  // namespace shoal
