#include "common/checkpoint/dense_digest.h"

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

TEST(DenseDigestTest, IsWhatTheFormatSays) {
  const std::vector<float> weight = {1, -2, 0.5f, 4, 5, 6};
  const std::vector<float> bias = {7, 8};
  const std::vector<float> state = {9};
  const absl::uint128 weight_hash = Hash128(BytesOf(weight));
  const absl::uint128 bias_hash = Hash128(BytesOf(bias));
  const std::string listed =
      BytesOf<uint64_t>({6}) + "0.bias" +
      BytesOf<uint64_t>({1, 2, absl::Uint128Low64(bias_hash), absl::Uint128High64(bias_hash)}) +
      BytesOf<uint64_t>({8}) + "0.weight" +
      BytesOf<uint64_t>({2, 2, 3, absl::Uint128Low64(weight_hash), absl::Uint128High64(weight_hash)});
  const std::string expected = HashToHex(Hash128(listed));
  EXPECT_EQ(DenseDigest({{"0.weight", {2, 3}, weight_hash}, {"0.bias", {2}, bias_hash}}), expected);
  const std::vector<SavedParameter> saved = {{"0.weight", {2, 3}, weight, {{"sum", state}}}, {"0.bias", {2}, bias, {}}};
  EXPECT_EQ(DenseDigest(saved), expected);
}

TEST(DenseDigestTest, AnotherNameShapeOrValueHashesDifferently) {
  const std::string base = DenseDigest({{"a", {2, 3}, 1}});
  EXPECT_NE(DenseDigest({{"b", {2, 3}, 1}}), base);
  EXPECT_NE(DenseDigest({{"a", {3, 2}, 1}}), base);
  EXPECT_NE(DenseDigest({{"a", {6}, 1}}), base);
  EXPECT_NE(DenseDigest({{"a", {2, 3}, 2}}), base);
  EXPECT_EQ(DenseDigest({{"a", {2, 3}, 1}}), base);
}

TEST(DenseDigestTest, NoParametersHaveNone) { EXPECT_EQ(DenseDigest(std::vector<DenseDigestEntry>()), ""); }

}  // namespace
}  // namespace shoal
