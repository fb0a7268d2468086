// The CPU's device is strict about copies, so that suites see what a GPU would get wrong now and then.
#include <array>
#include <string>

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

}  // namespace
}  // namespace shoal
