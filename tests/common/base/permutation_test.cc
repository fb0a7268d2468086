#include "common/base/permutation.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <random>
#include <vector>

#include "absl/types/span.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

std::vector<int64_t> Order(const Permutation& permutation) {
  std::vector<int64_t> order;
  for (int64_t i = 0; i < permutation.size(); ++i) order.push_back(permutation.At(i));
  return order;
}

void ExpectWorkedExample(const Permutation& permutation, const std::vector<int64_t>& expected) {
  const int64_t last = permutation.size() - 1;
  EXPECT_EQ(expected,
            (std::vector<int64_t>{permutation.At(0), permutation.At(1), permutation.At(2), permutation.At(last)}));
}

// The values stand in the header, too: other programs are written against them.
TEST(PermutationTest, WorkedExamplesOfTheHeaderHold) {
  ExpectWorkedExample(Permutation(10, 0, 0), {3, 5, 2, 9});
  ExpectWorkedExample(Permutation(80000, 42, 3), {42878, 70921, 45539, 42969});
  ExpectWorkedExample(Permutation(100000, UINT64_MAX, 0x73706C6974), {59097, 31890, 43134, 78274});
}

TEST(PermutationTest, EveryElementStandsAtExactlyOnePosition) {
  std::vector<int64_t> sizes;
  for (int64_t size = 1; size <= 300; ++size) sizes.push_back(size);
  for (const int64_t size : {1023, 1024, 1025, 65535, 65536, 65537, 80000}) sizes.push_back(size);
  for (const int64_t size : sizes) {
    std::vector<bool> seen(static_cast<size_t>(size), false);
    for (const int64_t element : Order(Permutation(size, 7, 1))) {
      ASSERT_GE(element, 0);
      ASSERT_LT(element, size);
      ASSERT_FALSE(seen[static_cast<size_t>(element)]) << "size " << size << ", element " << element;
      seen[static_cast<size_t>(element)] = true;
    }
  }
}

TEST(PermutationTest, FillGivesWhatAtGives) {
  for (const int64_t size : {int64_t{1}, int64_t{2}, int64_t{50}, int64_t{80000}, int64_t{1} << 33, INT64_MAX}) {
    const Permutation permutation(size, 5, 9);
    for (const int64_t begin : {int64_t{0}, size / 3}) {
      std::vector<int64_t> elements(static_cast<size_t>(std::min<int64_t>(size - begin, 1000)));
      permutation.Fill(begin, absl::MakeSpan(elements));
      for (size_t i = 0; i < elements.size(); ++i) {
        ASSERT_EQ(elements[i], permutation.At(begin + static_cast<int64_t>(i)))
            << "size " << size << ", position " << begin << " + " << i;
      }
    }
  }
}

TEST(PermutationTest, LargestSizesStayInRange) {
  for (const int64_t size : {int64_t{1} << 32, (int64_t{1} << 40) + 1, INT64_MAX}) {
    const Permutation permutation(size, 1, 2);
    for (const int64_t position : {int64_t{0}, size / 2, size - 1}) {
      EXPECT_GE(permutation.At(position), 0);
      EXPECT_LT(permutation.At(position), size);
    }
  }
}

TEST(PermutationTest, SeedAndStreamChangeTheOrder) {
  const std::vector<int64_t> order = Order(Permutation(1000, 5, 0));
  EXPECT_EQ(order, Order(Permutation(1000, 5, 0)));
  EXPECT_NE(order, Order(Permutation(1000, 6, 0)));
  EXPECT_NE(order, Order(Permutation(1000, 5, 1)));
}

// Chi-square of a table of counts that should be equal, as a distance from its mean in standard deviations.
double ChiSquareDeviation(const std::vector<int64_t>& counts, double expected) {
  double chi_square = 0;
  for (const int64_t count : counts) {
    const double difference = static_cast<double>(count) - expected;
    chi_square += difference * difference / expected;
  }
  const double degrees = static_cast<double>(counts.size()) - 1;
  return (chi_square - degrees) / std::sqrt(2 * degrees);
}

TEST(PermutationTest, FirstElementsAreUniformOverSeeds) {
  const uint64_t first_seed = std::random_device()();
  std::cout << "first seed " << first_seed << "\n";
  for (const int64_t size : {7, 10, 100, 313}) {
    const int64_t seeds = 200 * size;
    for (const int64_t position : {int64_t{0}, int64_t{1}, size - 1}) {
      std::vector<int64_t> counts(static_cast<size_t>(size), 0);
      for (int64_t i = 0; i < seeds; ++i) {
        const Permutation permutation(size, first_seed + static_cast<uint64_t>(i), 0);
        ++counts[static_cast<size_t>(permutation.At(position))];
      }
      EXPECT_LT(ChiSquareDeviation(counts, 200), 8) << "size " << size << ", position " << position;
    }
  }
}

TEST(PermutationTest, ConsecutivePositionsAreIndependentWithinAnOrder) {
  const uint64_t first_seed = std::random_device()();
  std::cout << "first seed " << first_seed << "\n";
  constexpr int64_t kSize = 80000;
  constexpr int64_t kCells = 20;
  for (uint64_t seed = first_seed; seed < first_seed + 5; ++seed) {
    const std::vector<int64_t> order = Order(Permutation(kSize, seed, 0));
    for (const size_t distance : {1, 2, 64, 256}) {
      std::vector<int64_t> counts(kCells * kCells, 0);
      for (size_t i = 0; i + distance < order.size(); ++i) {
        ++counts[static_cast<size_t>(order[i] * kCells / kSize * kCells + order[i + distance] * kCells / kSize)];
      }
      const double pairs = static_cast<double>(kSize - static_cast<int64_t>(distance));
      EXPECT_LT(ChiSquareDeviation(counts, pairs / (kCells * kCells)), 8) << "seed " << seed << ", " << distance;
    }
  }
}

TEST(PermutationTest, NeighboursInTheLowBitsAreSpread) {
  // Positions that share their high half, or their low half, must not share them afterwards.
  const Permutation permutation(1 << 16, 11, 0);
  for (const int64_t stride : {1, 256}) {
    std::vector<int64_t> counts(256, 0);
    for (int64_t i = 0; i < 256; ++i) ++counts[static_cast<size_t>(permutation.At(i * stride) >> 8)];
    int64_t most = 0;
    for (const int64_t count : counts) most = std::max(most, count);
    EXPECT_LE(most, 9) << "stride " << stride;
  }
}

}  // namespace
}  // namespace shoal
