#include "worker/cuda/models/device_lookups.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/cuda/kernels/device_suite.h"
#include "tests/worker/cuda/kernels/device_test_util.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;

class DeviceLookupsTest : public DeviceSuite {
 protected:
  // Two rows of one float, which place 0 and 2, and place 1, read.
  LookupRows Lookup() {
    LookupRows lookup;
    lookup.rows = rows_.data();
    lookup.gradients = gradients_.data();
    lookup.index = index_.data();
    lookup.num_rows = 2;
    lookup.num_places = 3;
    return lookup;
  }

  // Adds the places' numbers 1, 10 and 100 to their rows, by each of the lookups.
  absl::Status AddNumbers(DeviceLookups& lookups, int num_lookups) {
    PlaceTerms terms;
    terms.dim = 1;
    terms.source = numbers_.data();
    terms.stride = 1;
    for (int i = 0; i < num_lookups; ++i) {
      absl::Status added = lookups.AddGradients(i, terms);
      if (!added.ok()) return added;
    }
    lookups.EndBatch();
    return device().memory->Wait();
  }

  void SetUp() override {
    DeviceSuite::SetUp();
    if (!has_device()) return;
    absl::Status reserved = numbers_holder_.emplace_back(device().memory.get(), "numbers").Assign(values_);
    ASSERT_TRUE(reserved.ok() && device().memory->Wait().ok());
    numbers_ = absl::MakeConstSpan(numbers_holder_[0].data(), 3);
  }
  // Before the device.
  void TearDown() override { numbers_holder_.clear(); }

  const std::vector<float> values_ = {1, 10, 100};
  std::vector<float> rows_ = {5, 6};
  std::vector<float> gradients_ = {0, 0};
  std::vector<uint32_t> index_ = {0, 1, 0};
  std::vector<DeviceArray<float>> numbers_holder_;
  absl::Span<const float> numbers_;  // On the device.
};

TEST_P(DeviceLookupsTest, RowsAndIndexAreOnTheDevice) {
  DeviceLookups lookups(&device());
  ASSERT_TRUE(lookups.Begin({Lookup()}, {1}).ok());
  ASSERT_TRUE(lookups.CopyRows().ok());
  const IndexedRows rows = lookups.rows(0);
  EXPECT_EQ(rows.stride, 1);
  EXPECT_THAT(FromDevice(device(), rows.rows, 2), ElementsAre(5, 6));
  EXPECT_THAT(FromDevice(device(), rows.index, 3), ElementsAre(0, 1, 0));
}

TEST_P(DeviceLookupsTest, ALookupWithoutIndexReadsRowZero) {
  LookupRows lookup = Lookup();
  lookup.index = nullptr;
  DeviceLookups lookups(&device());
  ASSERT_TRUE(lookups.Begin({lookup}, {1}).ok());
  ASSERT_TRUE(lookups.CopyRows().ok());
  EXPECT_THAT(FromDevice(device(), lookups.rows(0).index, 3), ElementsAre(0, 0, 0));
  ASSERT_TRUE(AddNumbers(lookups, 1).ok());
  EXPECT_THAT(gradients_, ElementsAre(111, 0));
}

TEST_P(DeviceLookupsTest, LookupsOfOneBlockAddUp) {
  DeviceLookups lookups(&device());
  ASSERT_TRUE(lookups.Begin({Lookup(), Lookup()}, {1, 1}).ok());
  ASSERT_TRUE(lookups.CopyRows().ok());
  EXPECT_EQ(lookups.rows(0).rows, lookups.rows(1).rows);
  ASSERT_TRUE(AddNumbers(lookups, 2).ok());
  EXPECT_THAT(gradients_, ElementsAre(202, 20));
}

TEST_P(DeviceLookupsTest, ABlockOfOneLookupCanBeCopiedEarly) {
  std::vector<float> shared_rows = {0, 0};
  std::vector<float> shared_gradients = {0, 0};
  LookupRows shared = Lookup();
  shared.rows = shared_rows.data();
  shared.gradients = shared_gradients.data();
  DeviceLookups lookups(&device());
  ASSERT_TRUE(lookups.Begin({Lookup(), shared, shared}, {1, 1, 1}).ok());
  ASSERT_TRUE(lookups.CopyRows().ok());
  PlaceTerms terms;
  terms.dim = 1;
  terms.source = numbers_.data();
  terms.stride = 1;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(lookups.AddGradients(i, terms).ok());
    lookups.CopyGradientsOf(i);
  }
  lookups.EndBatch();
  ASSERT_TRUE(device().memory->Wait().ok());
  EXPECT_THAT(gradients_, ElementsAre(101, 10));
  EXPECT_THAT(shared_gradients, ElementsAre(202, 20));
}

TEST_P(DeviceLookupsTest, TheNextBatchBeginsFromZero) {
  DeviceLookups lookups(&device());
  for (int batch = 0; batch < 2; ++batch) {
    ASSERT_TRUE(lookups.Begin({Lookup()}, {1}).ok());
    ASSERT_TRUE(lookups.CopyRows().ok());
    ASSERT_TRUE(AddNumbers(lookups, 1).ok());
    EXPECT_THAT(gradients_, ElementsAre(101, 10));
  }
}

TEST_P(DeviceLookupsTest, GradientsOfOthersCanBeKept) {
  DeviceLookups lookups(&device());
  ASSERT_TRUE(lookups.Begin({Lookup()}, {1}).ok());
  ASSERT_TRUE(lookups.CopyRows().ok());
  gradients_ = {1000, 2000};
  std::vector<float> elsewhere = {7, 7};
  ASSERT_TRUE(lookups.KeepGradients(elsewhere.data()).ok());
  ASSERT_TRUE(lookups.KeepGradients(gradients_.data()).ok());
  ASSERT_TRUE(AddNumbers(lookups, 1).ok());
  EXPECT_THAT(gradients_, ElementsAre(1101, 2010));
  EXPECT_THAT(elsewhere, ElementsAre(7, 7));
}

SHOAL_INSTANTIATE_DEVICE_SUITE(DeviceLookupsTest);

}  // namespace
}  // namespace shoal
