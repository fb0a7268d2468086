#include "common/optimizer/max_norm.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/simd/instruction_sets.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<float> Limited(float max_norm, float norm_type, std::vector<float> row) {
  TableConfig table;
  table.set_max_norm(max_norm);
  table.set_norm_type(norm_type);
  MaxNorm::Of(table)->Apply(row.data(), static_cast<int>(row.size()));
  return row;
}

TEST(MaxNormTest, ATableWithoutMaxNormHasNone) { EXPECT_FALSE(MaxNorm::Of(TableConfig()).has_value()); }

// The norms of (3, -4): 7, 5, the cube root of 91, and 4.
TEST(MaxNormTest, ALongRowIsScaledByItsPNorm) {
  const struct {
    float norm_type;
    double norm;
  } cases[] = {{1, 7}, {2, 5}, {3, std::cbrt(91.0)}, {0.5F, 7 + 4 * std::sqrt(3.0)}, {kInfinity, 4}};
  for (const auto& [norm_type, norm] : cases) {
    const auto scale = static_cast<float>(2 / (norm + 1e-7));
    EXPECT_THAT(Limited(2, norm_type, {3, -4}), ElementsAre(FloatEq(3 * scale), FloatEq(-4 * scale))) << norm_type;
  }
}

TEST(MaxNormTest, ARowThatIsNoLongerStays) {
  EXPECT_THAT(Limited(5, 2, {3, -4}), ElementsAre(3, -4));
  EXPECT_THAT(Limited(4, kInfinity, {3, -4}), ElementsAre(3, -4));
  EXPECT_THAT(Limited(1, 2, {0, 0}), ElementsAre(0, 0));
}

TEST(MaxNormTest, ANormThatIsNoNumberIsNotAboveTheLimit) {
  const std::vector<float> row = Limited(1, 2, {std::nanf(""), 4});
  EXPECT_TRUE(std::isnan(row[0]));
  EXPECT_EQ(row[1], 4);
}

TEST(MaxNormTest, RowsHaveTheSameBitsOnEveryInstructionSetAndWithZerosBehindThem) {
  constexpr unsigned kSeed = 3;
  std::mt19937 random(kSeed);
  for (const int dim : {1, 7, 16, 21, 50}) {
    std::vector<float> row(dim);
    for (float& value : row) value = static_cast<float>(random() % 2048) / 512 - 2;
    for (const float norm_type : {1.0F, 2.0F, 2.5F, kInfinity}) {
      SCOPED_TRACE(testing::Message() << "seed " << kSeed << ", dim " << dim << ", p " << norm_type);
      std::vector<float> first;
      ForEachInstructionSet([&](const InstructionSet& set) {
        std::vector<float> padded = row;
        padded.resize(64);
        std::vector<float> limited = Limited(0.5F, norm_type, padded);
        limited.resize(dim);
        if (!set.fuses_multiply_add) return;
        if (first.empty()) first = Limited(0.5F, norm_type, row);
        EXPECT_EQ(std::memcmp(limited.data(), first.data(), dim * sizeof(float)), 0) << set.name;
      });
    }
  }
}

}  // namespace
}  // namespace shoal
