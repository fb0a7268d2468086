// The CPU's device is strict about copies, so that suites see what a GPU would get wrong now and then.
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "worker/cuda/kernels/compute_device.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

class HostDeviceTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(array_.Reserve(8).ok()); }

  void ExpectInUse() {
    EXPECT_THAT(std::string(memory().Wait().message()), HasSubstr("8 bytes were copied to memory that is in use"));
    EXPECT_TRUE(memory().Wait().ok()) << "it is told once";
  }
  ComputeMemory& memory() { return *device_.memory; }
  // Two floats, from element `first` on.
  void CopyIn(int first) { memory().CopyToDevice(values_.data(), 2 * sizeof(float), array_.data() + first); }

  const ComputeDevice device_ = MakeHostDevice();
  DeviceArray<float> array_{device_.memory.get(), "a test's array"};
  std::array<float, 2> values_ = {1, 2};
};

TEST_F(HostDeviceTest, WhatChangesWhileItIsCopiedIsAnError) {
  CopyIn(0);
  values_[1] = 3;
  EXPECT_THAT(std::string(memory().Wait().message()), HasSubstr("8 bytes changed while they were copied"));
}

TEST_F(HostDeviceTest, CopiesToDifferentMemoryAndBehindAWaitAreInOrder) {
  CopyIn(0);
  CopyIn(2);
  EXPECT_TRUE(memory().Wait().ok());
  CopyIn(1);
  EXPECT_TRUE(memory().Wait().ok());
}

TEST_F(HostDeviceTest, ACopyToMemoryThatWasCopiedToSinceTheLastWaitIsAnError) {
  CopyIn(1);
  CopyIn(2);
  ExpectInUse();
}

TEST_F(HostDeviceTest, ACopyToMemoryThatIsCopiedToTheHostIsAnError) {
  std::array<float, 8> values = {};
  memory().CopyToHost(array_.data(), sizeof(values), values.data());
  CopyIn(6);
  ExpectInUse();
}

TEST_F(HostDeviceTest, ACopyToMemoryThatIsClearedIsAnError) {
  memory().Clear(array_.data(), sizeof(float));
  CopyIn(0);
  ExpectInUse();
}

TEST_F(HostDeviceTest, FreeingWaits) {
  CopyIn(0);
  { const DeviceArray<float> other(std::move(array_)); }
  ASSERT_TRUE(array_.Reserve(8).ok());
  CopyIn(0);
  EXPECT_TRUE(memory().Wait().ok());
}

// As on a GPU, where it would fail the recording or, worse, be done once.
TEST_F(HostDeviceTest, WhatAGpuDoesNotRecordIsAnErrorOfTheRecording) {
  struct Forbidden {
    std::string name;
    std::function<void()> ask;
  };
  std::array<uint32_t, 4> keys = {};
  const Forbidden all[] = {
      {"a wait for the device", [&] { EXPECT_FALSE(memory().Wait().ok()); }},
      {"memory", [&] { EXPECT_FALSE(memory().Allocate(8, "a test").ok()); }},
      {"that memory be freed", [&] { const DeviceArray<float> freed(std::move(array_)); }},
      {"a copy to the device", [&] { CopyIn(0); }},
      {"a copy to the host", [&] { memory().CopyToHost(array_.data(), sizeof(values_), values_.data()); }},
      {"a scan", [&] { device_.primitives->ExclusiveSum(keys.data(), 2, keys.data()); }},
      {"a sort", [&] { device_.primitives->SortPlaces(keys.data(), 2, 1, keys.data(), keys.data() + 2); }},
  };
  for (const Forbidden& forbidden : all) {
    ASSERT_TRUE(array_.Reserve(8).ok());
    ASSERT_TRUE(device_.recorder->Begin().ok());
    forbidden.ask();
    EXPECT_EQ(std::string(device_.recorder->End().status().message()),
              forbidden.name + " was asked for while launches were recorded");
    EXPECT_TRUE(memory().Wait().ok()) << "it is told once";
  }
}

TEST_F(HostDeviceTest, MemoryCountsHowOftenItWasFreed) {
  const int64_t before = memory().num_frees();
  ASSERT_TRUE(array_.Reserve(8).ok());
  EXPECT_EQ(memory().num_frees(), before) << "there was room";
  ASSERT_TRUE(array_.Reserve(9).ok());
  EXPECT_EQ(memory().num_frees(), before + 1);
}

}  // namespace
}  // namespace shoal
