// What a Collective promises, held against every implementation that the executable has.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "tests/integration/collective_cases.h"
#include "tests/support/collectives.h"

namespace shoal {
namespace {

using ::testing::Each;

constexpr uint32_t kSeed = 20260731;
// Floats of a worker whose sums depend on the order of addition: magnitudes from 2^-20 to 2^20.
std::vector<float> OrderSensitiveFloats(int rank, int round, size_t n) {
  std::mt19937 random(kSeed + 1000 * round + rank);
  std::vector<float> floats(n);
  for (float& value : floats) {
    const float fraction = static_cast<float>(random() % 65536) / 65536 - 0.5F;
    value = std::ldexp(fraction, static_cast<int>(random() % 41) - 20);
  }
  return floats;
}

// Added in the order of `ranks`.
std::vector<float> SumInOrder(const std::vector<int>& ranks, int round, size_t n) {
  std::vector<float> sum = OrderSensitiveFloats(ranks[0], round, n);
  for (size_t r = 1; r < ranks.size(); ++r) {
    const std::vector<float> share = OrderSensitiveFloats(ranks[r], round, n);
    for (size_t i = 0; i < n; ++i) sum[i] += share[i];
  }
  return sum;
}

std::vector<int> RankOrder(int size) {
  std::vector<int> ranks(size);
  std::iota(ranks.begin(), ranks.end(), 0);
  return ranks;
}

bool HaveSameBits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

TEST(OrderSensitiveFloatsTest, AnotherOrderGivesOtherSums) {
  EXPECT_FALSE(HaveSameBits(SumInOrder({0, 1, 2}, 0, 1000), SumInOrder({2, 1, 0}, 0, 1000)));
  EXPECT_FALSE(HaveSameBits(SumInOrder({0, 1, 2, 3}, 0, 1000), SumInOrder({1, 2, 3, 0}, 0, 1000)));
}

class CollectiveConformanceTest : public testing::TestWithParam<CollectiveCase> {
 protected:
  void SetUp() override {
    const std::string why = GetParam().why_skipped();
    if (!why.empty()) GTEST_SKIP() << why;
    collectives_ = GetParam().connect(size());
    ASSERT_EQ(collectives_.size(), static_cast<size_t>(size()));
    for (const std::unique_ptr<Collective>& collective : collectives_) ASSERT_NE(collective, nullptr);
  }
  int size() const { return GetParam().size; }

  Collectives collectives_;
};

TEST_P(CollectiveConformanceTest, RanksAndSizeAreThoseOfTheJob) {
  for (int rank = 0; rank < size(); ++rank) {
    EXPECT_EQ(collectives_[rank]->rank(), rank);
    EXPECT_EQ(collectives_[rank]->size(), size());
  }
}

TEST_P(CollectiveConformanceTest, SumsAreAddedInRankOrderOnEveryRank) {
  RecordProperty("seed", kSeed);
  // Blocks of no float, of less than a cache line, and 4 MB.
  const std::vector<size_t> sizes = {0, 1, 3, 15, 17, 64, 1000, 269322, 1 << 20};
  OnEachRank(collectives_, [&](Collective& collective) {
    for (const size_t n : sizes) {
      std::vector<float> data = OrderSensitiveFloats(collective.rank(), 0, n);
      const absl::Status status = SumAndWait(collective, absl::MakeSpan(data));
      ASSERT_TRUE(status.ok()) << status;
      EXPECT_TRUE(HaveSameBits(data, SumInOrder(RankOrder(size()), 0, n)))
          << n << " floats, rank " << collective.rank() << ", seed " << kSeed;
    }
  });
}

TEST_P(CollectiveConformanceTest, NaNsAndInfinitiesPassThroughWithTheSameBitsOnEveryRank) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<std::vector<float>> sums(size());
  OnEachRank(collectives_, [&](Collective& collective) {
    const bool is_last = collective.rank() == size() - 1;
    std::vector<float>& data = sums[collective.rank()];
    data.assign(100, 1);
    data[0] = is_last ? nan : 1;
    data[40] = is_last ? infinity : 1;
    data[60] = is_last ? -infinity : 1;
    data[99] = is_last ? nan : -nan;
    ASSERT_TRUE(SumAndWait(collective, absl::MakeSpan(data)).ok());
  });
  for (const std::vector<float>& sum : sums) {
    EXPECT_TRUE(std::isnan(sum[0]));
    EXPECT_EQ(sum[40], infinity);
    EXPECT_EQ(sum[60], -infinity);
    EXPECT_TRUE(std::isnan(sum[99]));
    EXPECT_EQ(sum[1], static_cast<float>(size()));
    EXPECT_TRUE(HaveSameBits(sum, sums[0]));
  }
}

TEST_P(CollectiveConformanceTest, GatheredFloatsLieInRankOrder) {
  // Equal, uneven, and some empty; 4 MB.
  std::vector<std::vector<int64_t>> cases(5, std::vector<int64_t>(size()));
  for (int r = 0; r < size(); ++r) {
    cases[0][r] = 5;
    cases[1][r] = 1 + 7 * r;
    cases[2][r] = r % 2 == 0 ? 0 : 3;
    cases[3][r] = 0;
    cases[4][r] = (int64_t{1} << 20) / size() - r;
  }
  OnEachRank(collectives_, [&](Collective& collective) {
    for (const std::vector<int64_t>& counts : cases) {
      std::vector<float> expected;
      for (int r = 0; r < size(); ++r) {
        const std::vector<float> share = OrderSensitiveFloats(r, 1, counts[r]);
        expected.insert(expected.end(), share.begin(), share.end());
      }
      const std::vector<float> mine = OrderSensitiveFloats(collective.rank(), 1, counts[collective.rank()]);
      std::vector<float> all(expected.size(), -1);
      ASSERT_TRUE(GatherAndWait(collective, mine, counts, absl::MakeSpan(all)).ok());
      EXPECT_TRUE(HaveSameBits(all, expected));
    }
  });
}

TEST_P(CollectiveConformanceTest, FloatsThatAreInPlaceCanBeGathered) {
  const std::vector<int64_t> counts(size(), 40);
  OnEachRank(collectives_, [&](Collective& collective) {
    std::vector<float> all(40 * size(), -1);
    const absl::Span<float> mine = absl::MakeSpan(all).subspan(40 * collective.rank(), 40);
    for (float& value : mine) value = static_cast<float>(collective.rank());
    ASSERT_TRUE(GatherAndWait(collective, mine, counts, absl::MakeSpan(all)).ok());
    for (int r = 0; r < size(); ++r) {
      EXPECT_THAT(absl::MakeSpan(all).subspan(40 * r, 40), Each(static_cast<float>(r)));
    }
  });
}

TEST_P(CollectiveConformanceTest, ManyOperationsFollowEachOther) {
  OnEachRank(collectives_, [&](Collective& collective) {
    const std::vector<int64_t> counts(size(), 1);
    for (int round = 0; round < 50; ++round) {
      const size_t n = round % 37;
      std::vector<float> data = OrderSensitiveFloats(collective.rank(), round, n);
      ASSERT_TRUE(SumAndWait(collective, absl::MakeSpan(data)).ok());
      ASSERT_TRUE(HaveSameBits(data, SumInOrder(RankOrder(size()), round, n))) << "round " << round;
      const float mine = static_cast<float>(1000 * round + collective.rank());
      std::vector<float> all(size());
      ASSERT_TRUE(GatherAndWait(collective, {&mine, 1}, counts, absl::MakeSpan(all)).ok());
      for (int r = 0; r < size(); ++r) ASSERT_EQ(all[r], static_cast<float>(1000 * round + r));
    }
  });
}

TEST_P(CollectiveConformanceTest, TheNextOperationCanStartInDone) {
  constexpr int kRounds = 10;
  OnEachRank(collectives_, [](Collective& collective) {
    std::vector<float> data = {1};
    int rounds = 0;
    absl::Notification all_done;
    std::function<void(absl::Status)> next = [&](const absl::Status& status) {
      EXPECT_TRUE(status.ok()) << status;
      if (rounds++ == kRounds) {
        all_done.Notify();
      } else {
        collective.AllReduceSum(absl::MakeSpan(data), next);
      }
    };
    next(absl::OkStatus());
    all_done.WaitForNotification();
    EXPECT_EQ(data[0], std::pow(static_cast<float>(collective.size()), kRounds));
  });
}

std::string CaseName(const testing::TestParamInfo<CollectiveCase>& info) {
  return absl::StrCat(info.param.name, "Of", info.param.size);
}

INSTANTIATE_TEST_SUITE_P(Workers, CollectiveConformanceTest, testing::ValuesIn(CollectiveCases()), CaseName);

}  // namespace
}  // namespace shoal
