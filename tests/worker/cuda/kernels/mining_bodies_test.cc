// What bodies that look for triplets and pairs have of their own; the rest is in device_losses_test.
#include "worker/cuda/kernels/mining_bodies.h"

#include <cstring>
#include <limits>
#include <vector>

#include "gtest/gtest.h"
#include "worker/losses/step_random.h"

namespace shoal {
namespace {

TEST(MiningBodiesTest, RandomNumbersAreThoseOfStepRandom) {
  const StepRandom random(StepRandom::Purpose::kTripletNegatives, /*seed=*/5, /*step=*/9);
  for (const int64_t bound : {int64_t{1}, int64_t{2}, int64_t{1000}, (int64_t{1} << 32) - 1}) {
    for (int64_t stream = 0; stream < 20; ++stream) {
      for (const int64_t draw : {int64_t{0}, int64_t{7}, int64_t{1} << 40}) {
        ASSERT_EQ(RandomBelow(random.key(), bound, stream, draw), random.Below(bound, stream, draw))
            << bound << " " << stream << " " << draw;
      }
    }
  }
}

TEST(MiningBodiesTest, KeysAreInTheOrderOfDistances) {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> rising = {-infinity, -2, -1e-7F, 0, 1e-40F, 1e-7F, 1, 1.0000001F, 3e38F, infinity};
  for (size_t i = 1; i < rising.size(); ++i) EXPECT_LT(DistanceKey(rising[i - 1]), DistanceKey(rising[i])) << rising[i];
  EXPECT_EQ(DistanceKey(-0.0F), DistanceKey(0));
  EXPECT_LT(DistanceKey(infinity), kNoKey);
}

TEST(MiningBodiesTest, KeysOfNotANumberAreBehindAllDistances) {
  for (const uint32_t bits : {0x7FC00000U, 0xFFC00000U, 0x7FFFFFFFU, 0xFFFFFFFFU}) {
    float nan;
    std::memcpy(&nan, &bits, sizeof(nan));
    EXPECT_GT(DistanceKey(nan), DistanceKey(std::numeric_limits<float>::infinity())) << bits;
    EXPECT_LT(DistanceKey(nan), kNoKey) << bits;
  }
}

}  // namespace
}  // namespace shoal
