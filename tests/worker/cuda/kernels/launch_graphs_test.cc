// Parts that are queued, recorded and launched, on every device.
#include "worker/cuda/kernels/launch_graphs.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "tests/worker/cuda/kernels/device_suite.h"
#include "tests/worker/cuda/kernels/device_test_util.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class LaunchGraphsTest : public DeviceSuite {
 protected:
  void SetUp() override {
    DeviceSuite::SetUp();
    if (!has_device()) return;
    numbers_ = std::make_unique<DeviceArray<float>>(OnDevice<float>(device(), {1, 2, 3}));
    factors_ = std::make_unique<DeviceArray<float>>(OnDevice<float>(device(), {2, 2, 2}));
  }

  // numbers_ *= factors_, in a part of this many numbers.
  absl::Status Multiply(LaunchGraphs& graphs, int64_t count = 3, bool training = true) {
    float* const numbers = numbers_->data();
    return graphs.Run({"products", {numbers, count, 1}, training}, [&] {
      ++num_calls_;
      device().layers->Multiply(numbers, factors_->data(), count, numbers);
    });
  }
  std::vector<float> Numbers() { return FromDevice(device(), numbers_->data(), 3); }

  int num_calls_ = 0;
  std::unique_ptr<DeviceArray<float>> numbers_;
  std::unique_ptr<DeviceArray<float>> factors_;
};

TEST_P(LaunchGraphsTest, APartIsQueuedThenRecordedThenLaunchedWithoutACall) {
  LaunchGraphs graphs(&device(), /*records=*/true);
  std::vector<int> calls;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(Multiply(graphs).ok());
    calls.push_back(num_calls_);
  }
  EXPECT_THAT(calls, ElementsAre(1, 2, 2, 2, 2));
  EXPECT_THAT(Numbers(), ElementsAre(32, 64, 96));
}

TEST_P(LaunchGraphsTest, NothingIsRecordedUnasked) {
  LaunchGraphs graphs(&device(), /*records=*/false);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Multiply(graphs).ok());
  EXPECT_EQ(num_calls_, 5);
  EXPECT_THAT(Numbers(), ElementsAre(32, 64, 96));
}

// Whoever records what differs from step to step gets the step of the recording, on the CPU's device too: so trainings
// with graphs show it.
TEST_P(LaunchGraphsTest, NumbersAreThoseOfTheRecording) {
  LaunchGraphs graphs(&device(), /*records=*/true);
  DeviceArray<uint32_t> filled = OnDevice(device(), std::vector<uint32_t>{0});
  std::vector<uint32_t> seen;
  for (uint32_t step = 1; step <= 4; ++step) {
    ASSERT_TRUE(graphs.Run({"filling", {}, true}, [&] { device().rows->Fill(step, 1, filled.data()); }).ok());
    seen.push_back(FromDevice(device(), filled.data(), 1)[0]);
  }
  EXPECT_THAT(seen, ElementsAre(1, 2, 2, 2));
}

TEST_P(LaunchGraphsTest, ClearsAndProductsAreRecordedToo) {
  LaunchGraphs graphs(&device(), /*records=*/true);
  DeviceArray<float> sums = OnDevice<float>(device(), {5, 5});
  const DeviceArray<float> ones = OnDevice(device(), std::vector<float>{1});
  for (int i = 0; i < 3; ++i) {
    const ConstMatrixView row = {numbers_->data(), 1, 3};
    ASSERT_TRUE(graphs
                    .Run({"sum of squares", row, true},
                         [&] {
                           ++num_calls_;
                           device().memory->Clear(sums.data(), 2 * sizeof(float));
                           device().gemm->Multiply(row, Transposed(row), {sums.data(), 1, 1}, ones.data());
                         })
                    .ok());
    EXPECT_THAT(FromDevice(device(), sums.data(), 2), ElementsAre(15, 0)) << i;
    const std::vector<float> dirt = {7, 7};
    ASSERT_TRUE(sums.Assign(dirt).ok());
    ASSERT_TRUE(device().memory->Wait().ok());
  }
  EXPECT_EQ(num_calls_, 2);
}

TEST_P(LaunchGraphsTest, PartsOfOtherShapesOrForValidationAreOthers) {
  LaunchGraphs graphs(&device(), /*records=*/true);
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(Multiply(graphs, 3).ok());
    ASSERT_TRUE(Multiply(graphs, 2).ok());
    ASSERT_TRUE(Multiply(graphs, 1, /*training=*/false).ok());
  }
  EXPECT_EQ(num_calls_, 3 * 2);
  EXPECT_THAT(Numbers(), ElementsAre(4096, 512, 48));
}

TEST_P(LaunchGraphsTest, MemoryThatIsFreedForgetsWhatWasRecorded) {
  LaunchGraphs graphs(&device(), /*records=*/true);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Multiply(graphs).ok());
  EXPECT_EQ(num_calls_, 2);
  factors_ = std::make_unique<DeviceArray<float>>(OnDevice<float>(device(), {3, 3, 3}));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Multiply(graphs).ok());
  EXPECT_EQ(num_calls_, 4);
  EXPECT_THAT(Numbers(), ElementsAre(8 * 27, 16 * 27, 24 * 27));
}

TEST_P(LaunchGraphsTest, BeyondTheMostPartsAreQueuedAsTheyAre) {
  LaunchGraphs graphs(&device(), /*records=*/true);
  constexpr int kKeys = static_cast<int>(LaunchGraphs::kMaxGraphs) + 2;
  for (int i = 0; i < 3; ++i) {
    for (int key = 0; key < kKeys; ++key) {
      ASSERT_TRUE(graphs.Run({"a part", {nullptr, key, 1}, true}, [&] { ++num_calls_; }).ok());
    }
  }
  EXPECT_EQ(num_calls_, 3 * kKeys - static_cast<int>(LaunchGraphs::kMaxGraphs));
}

TEST_P(LaunchGraphsTest, WhatCannotBeRecordedIsAnErrorThatSaysHowToDoWithout) {
  LaunchGraphs graphs(&device(), /*records=*/true);
  const auto wait = [&] { static_cast<void>(device().memory->Wait()); };
  ASSERT_TRUE(graphs.Run({"waiting", {}, true}, wait).ok());
  const std::string message(graphs.Run({"waiting", {}, true}, wait).message());
  EXPECT_THAT(message, HasSubstr("the launches of a step's waiting cannot be recorded as a graph: "));
  EXPECT_THAT(message, HasSubstr("; train with cluster.cuda_graphs: false"));
  // The device is as before.
  ASSERT_TRUE(Multiply(graphs).ok());
  EXPECT_THAT(Numbers(), ElementsAre(2, 4, 6));
}

// Which is no matter of graphs.
TEST_P(LaunchGraphsTest, AnEarlierErrorOfTheDeviceIsToldAsItIs) {
  class FailedRecorder : public LaunchRecorder {
   public:
    absl::Status Begin() override { return absl::ResourceExhaustedError("sorting the batch wants 12 GiB"); }
    absl::StatusOr<std::unique_ptr<RecordedLaunches>> End() override { return absl::InternalError("not begun"); }
  };
  ComputeDevice failed = GetParam().make().value();
  failed.recorder = std::make_unique<FailedRecorder>();
  LaunchGraphs graphs(&failed, /*records=*/true);
  const auto queue = [&] { ++num_calls_; };
  EXPECT_TRUE(graphs.Run({"a part", {}, true}, queue).ok());
  EXPECT_EQ(graphs.Run({"a part", {}, true}, queue), absl::ResourceExhaustedError("sorting the batch wants 12 GiB"));
  EXPECT_EQ(num_calls_, 1);
}

SHOAL_INSTANTIATE_DEVICE_SUITE(LaunchGraphsTest);

}  // namespace
}  // namespace shoal
