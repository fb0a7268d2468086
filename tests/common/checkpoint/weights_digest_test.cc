#include "common/checkpoint/weights_digest.h"

#include <cstring>
#include <string>
#include <vector>

#include "common/base/hash.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

template <typename T>
std::string BytesOf(const std::vector<T>& values) {
  return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

TEST(WeightsDigestTest, IsWhatTheFormatSays) {
  const std::vector<float> row_3 = {1.5f, -2.0f};
  const std::vector<float> row_9 = {0.25f, 3.0f};
  TableDigest digest("users", 2);
  digest.Add(3, row_3);
  digest.Add(9, row_9);
  const absl::uint128 sum = Hash128(BytesOf<uint64_t>({3}) + BytesOf(row_3), Hash64("users")) +
                            Hash128(BytesOf<uint64_t>({9}) + BytesOf(row_9), Hash64("users"));
  EXPECT_EQ(digest.rows(), 2u);
  EXPECT_EQ(digest.sum(), sum);

  const std::string listed = BytesOf<uint64_t>({5}) + "items" + BytesOf<uint64_t>({0, 0, 0}) + BytesOf<uint64_t>({5}) +
                             "users" + BytesOf<uint64_t>({2, absl::Uint128Low64(sum), absl::Uint128High64(sum)});
  EXPECT_EQ(WeightsDigest({{"users", 2, sum}, {"items", 0, 0}}), HashToHex(Hash128(listed)));
}

TEST(WeightsDigestTest, DependsNeitherOnTheOrderNorOnTheShardingOfRows) {
  const std::vector<float> a = {1}, b = {2}, c = {3};
  TableDigest whole("t", 1), first("t", 1), second("t", 1);
  whole.Add(0, a);
  whole.Add(1, b);
  whole.Add(2, c);
  second.Add(2, c);
  second.Add(0, a);
  first.Add(1, b);
  EXPECT_EQ(whole.sum(), first.sum() + second.sum());
}

TEST(WeightsDigestTest, ARowOfAnotherIdTableOrValueHashesDifferently) {
  const std::vector<float> zero = {0.0f}, minus_zero = {-0.0f};
  TableDigest base("t", 1), other_id("t", 1), other_table("u", 1), other_value("t", 1);
  base.Add(1, zero);
  other_id.Add(2, zero);
  other_table.Add(1, zero);
  other_value.Add(1, minus_zero);
  EXPECT_NE(base.sum(), other_id.sum());
  EXPECT_NE(base.sum(), other_table.sum());
  EXPECT_NE(base.sum(), other_value.sum());
}

}  // namespace
}  // namespace shoal
