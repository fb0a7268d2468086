// Dense parameters on a device against the host's: the same bits for the same gradients.
#include "worker/cuda/models/device_dense_parameters.h"

#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/worker/cuda/kernels/device_suite.h"
#include "tests/worker/tower/tower_problem.h"

namespace shoal {
namespace {

constexpr const char* kOptimizers[] = {
    "sgd {}",
    "sgd { weight_decay: 0.1 }",
    "sgd { momentum: 0.9 dampening: 0.5 weight_decay: 0.01 }",
    "sgd { momentum: 0.9 nesterov: true }",
    "adagrad { weight_decay: 0.01 initial_accumulator_value: 0.1 }",
    "rowwise_adagrad { weight_decay: 0.01 }",
    "adam { weight_decay: 0.01 }",
    "adam { weight_decay: 0.01 decoupled_weight_decay: true }",
};

class DeviceDenseParametersTest : public DeviceSuite {
 protected:
  // Sizes around the kernel's chunks of 16.
  std::unique_ptr<DenseParameters> Create(const std::string& optimizer) const {
    std::vector<ParameterSpec> specs;
    for (const int size : {1, 5, 16, 17, 300}) {
      ParameterSpec spec = {absl::StrCat("p", size), {size}, {}};
      spec.initializer.mutable_uniform()->set_low(-1);
      specs.push_back(std::move(spec));
    }
    OptimizerConfig config;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(optimizer, &config)) << optimizer;
    return DenseParameters::Create(specs, config, /*seed=*/3, schedule_).value();
  }

  static void SetGradients(int step, DenseParameters* parameters) {
    std::mt19937_64 random(step);
    std::normal_distribution<float> normal;
    for (int p = 0; p < parameters->size(); ++p) {
      for (int i = 0; i < parameters->layout(p).dim(); ++i) parameters->Ref(p).gradient[i] = normal(random);
    }
  }

  static void TakeSteps(int from, int to, DenseParameters* parameters) {
    for (int step = from; step <= to; ++step) {
      SetGradients(step, parameters);
      parameters->ApplyGradients(step);
    }
  }

  // The same on the device, whose gradients are the host's.
  void TakeStepsOnDevice(int from, int to, DenseParameters* parameters) {
    const auto on_device = DeviceDenseParameters::Create(&device(), parameters).value();
    on_device->Load();
    for (int step = from; step <= to; ++step) {
      SetGradients(step, parameters);
      on_device->CopyGradientsToDevice();
      on_device->Apply(step);
      ASSERT_TRUE(device().memory->Wait().ok());
    }
    ASSERT_TRUE(on_device->Fetch().ok());
  }

  static void ExpectSameBits(const DenseParameters& got, const DenseParameters& expected) {
    const std::vector<SavedParameter> ours = got.Save();
    const std::vector<SavedParameter> theirs = expected.Save();
    ASSERT_EQ(ours.size(), theirs.size());
    const auto same = [](absl::Span<const float> a, absl::Span<const float> b) {
      return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
    };
    for (size_t p = 0; p < ours.size(); ++p) {
      EXPECT_TRUE(same(ours[p].values, theirs[p].values)) << ours[p].name;
      ASSERT_EQ(ours[p].state.size(), theirs[p].state.size());
      for (size_t f = 0; f < ours[p].state.size(); ++f) {
        EXPECT_TRUE(same(ours[p].state[f].values, theirs[p].state[f].values)) << ours[p].name << " " << f;
      }
    }
  }

  const Schedule schedule_ = ConstantSchedule(0.1F);
};

TEST_P(DeviceDenseParametersTest, StepsHaveTheBitsOfTheHosts) {
  for (const char* optimizer : kOptimizers) {
    SCOPED_TRACE(optimizer);
    const std::unique_ptr<DenseParameters> expected = Create(optimizer);
    TakeSteps(1, 5, expected.get());
    const std::unique_ptr<DenseParameters> parameters = Create(optimizer);
    TakeStepsOnDevice(1, 5, parameters.get());
    ExpectSameBits(*parameters, *expected);
  }
}

TEST_P(DeviceDenseParametersTest, GoOnFromWhatWasSaved) {
  for (const char* optimizer : kOptimizers) {
    SCOPED_TRACE(optimizer);
    const std::unique_ptr<DenseParameters> expected = Create(optimizer);
    TakeSteps(1, 5, expected.get());
    const std::unique_ptr<DenseParameters> before = Create(optimizer);
    TakeStepsOnDevice(1, 3, before.get());
    const std::unique_ptr<DenseParameters> after = Create(optimizer);
    ASSERT_TRUE(after->Restore(before->Save()).ok());
    TakeStepsOnDevice(4, 5, after.get());
    ExpectSameBits(*after, *expected);
  }
}

TEST_P(DeviceDenseParametersTest, WhatWasNeverLoadedIsNotFetched) {
  const std::unique_ptr<DenseParameters> expected = Create("adam {}");
  const std::unique_ptr<DenseParameters> parameters = Create("adam {}");
  ASSERT_TRUE(DeviceDenseParameters::Create(&device(), parameters.get()).value()->Fetch().ok());
  ExpectSameBits(*parameters, *expected);
}

TEST_P(DeviceDenseParametersTest, BucketsHaveEachGradientOnceAndTheLastOnesFirst) {
  const std::unique_ptr<DenseParameters> parameters = Create("sgd {}");
  const auto on_device = DeviceDenseParameters::Create(&device(), parameters.get()).value();
  const std::vector<DeviceParameter> refs = on_device->Refs();
  for (const int64_t floats : {1, 40, 320, 1000}) {
    SCOPED_TRACE(floats);
    float* end = refs[0].gradient + parameters->gradients().size();
    int first = parameters->size();
    for (const DeviceDenseParameters::Bucket& bucket : on_device->Buckets(floats)) {
      EXPECT_LT(bucket.first_parameter, first);
      first = bucket.first_parameter;
      EXPECT_EQ(bucket.gradients, refs[first].gradient);
      EXPECT_EQ(bucket.gradients + bucket.size, end);
      EXPECT_TRUE(bucket.size >= floats || first == 0);
      end = bucket.gradients;
    }
    EXPECT_EQ(first, 0);
  }
  EXPECT_EQ(on_device->Buckets(1).size(), 5u);
  EXPECT_EQ(on_device->Buckets(1000).size(), 1u);
}

SHOAL_INSTANTIATE_DEVICE_SUITE(DeviceDenseParametersTest);

}  // namespace
}  // namespace shoal
