#include "common/initializer/distribution.h"

#include <cmath>
#include <limits>
#include <string>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

constexpr uint32_t kLast = std::numeric_limits<uint32_t>::max();

TableConfig MakeTable(const std::string& initializer) {
  TableConfig table;
  table.set_name("user");
  table.set_embedding_dim(16);
  table.set_num_embeddings(80);
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(initializer, table.mutable_initializer())) << initializer;
  return table;
}

Distribution Make(const std::string& initializer) { return Distribution::Create(MakeTable(initializer)).value(); }

TEST(DistributionTest, NoInitializerMeansStandardNormal) {
  TableConfig table = MakeTable("");
  table.clear_initializer();
  const Distribution standard = Distribution::Create(table).value();
  const Distribution normal = Make("normal { mean: 0 std: 1 }");
  for (const uint32_t bits : {0U, 123456789U, kLast}) EXPECT_EQ(standard.Value(bits), normal.Value(bits));
}

TEST(DistributionTest, NormalIsSymmetricAboutItsMean) {
  const Distribution normal = Make("normal { mean: 2 std: 0.5 }");
  for (const uint32_t bits : {0U, 77U, 1U << 20, 1U << 31}) {
    EXPECT_NEAR(normal.Value(bits) - 2, 2 - normal.Value(~bits), 1e-6);
  }
  EXPECT_NEAR(normal.Value(1U << 31), 2, 1e-6);
  EXPECT_NEAR(normal.Value(0), 2 - 0.5 * 6.337, 1e-3);
}

TEST(DistributionTest, TruncatedNormalSpansItsInterval) {
  const Distribution distribution = Make("truncated_normal { mean: 1 std: 0.01 low: -2 high: 3 }");
  EXPECT_NEAR(distribution.Value(0), 0.98, 1e-6);
  EXPECT_NEAR(distribution.Value(kLast), 1.03, 1e-6);
  EXPECT_GE(distribution.Value(0), 0.98F);
  EXPECT_LE(distribution.Value(kLast), 1.03F);
}

TEST(DistributionTest, TruncatedNormalKeepsItsResolutionInTheUpperTail) {
  const Distribution upper = Make("truncated_normal { low: 9 high: 12 }");
  const Distribution lower = Make("truncated_normal { low: -12 high: -9 }");
  for (const uint32_t bits : {0U, 1U << 30, 3U << 30, kLast}) EXPECT_EQ(upper.Value(bits), -lower.Value(bits));
  EXPECT_GE(upper.Value(kLast), 9);
  EXPECT_LE(upper.Value(0), 12);
  EXPECT_LT(upper.Value(3U << 30), upper.Value(1U << 30));
}

TEST(DistributionTest, UniformIsHalfOpenEvenAfterRounding) {
  const Distribution distribution = Make("uniform { low: 1 high: 2 }");
  EXPECT_GE(distribution.Value(0), 1);
  EXPECT_LT(distribution.Value(kLast), 2);
  EXPECT_NEAR(distribution.Value(1U << 30), 1.25, 1e-6);
  EXPECT_EQ(Make("uniform { low: 3 high: 3 }").Value(kLast), 3);
}

TEST(DistributionTest, XavierFollowsTorchsFans) {
  // fan_in 16, fan_out 80.
  const float bound = 2 * std::sqrt(6.0F / 96);
  const Distribution uniform = Make("xavier_uniform { gain: 2 }");
  EXPECT_NEAR(uniform.Value(0), -bound, 1e-6);
  EXPECT_NEAR(uniform.Value(kLast), bound, 1e-6);
  const Distribution normal = Make("xavier_normal { gain: 2 }");
  // The bits at which the standard normal variable is 1.
  const auto one = static_cast<uint32_t>(0.841344746068542949 * 4294967296.0);
  EXPECT_NEAR(normal.Value(one), 2 * std::sqrt(2.0 / 96), 1e-6);
}

TEST(DistributionTest, ConstantIgnoresTheBits) {
  const Distribution distribution = Make("constant { value: -0.25 }");
  EXPECT_EQ(distribution.Value(0), -0.25F);
  EXPECT_EQ(distribution.Value(kLast), -0.25F);
}

TEST(DistributionTest, HugeParametersGiveFiniteValues) {
  for (const char* text : {"normal { std: 3e38 }", "uniform { low: -3e38 high: 3e38 }", "xavier_uniform { gain: 3e38 }",
                           "truncated_normal { mean: 3e38 std: 3e38 low: 5 high: 6 }"}) {
    for (const uint32_t bits : {0U, kLast}) EXPECT_TRUE(std::isfinite(Make(text).Value(bits))) << text;
  }
}

struct BadInitializer {
  const char* text;
  const char* message;
};

class DistributionErrorTest : public testing::TestWithParam<BadInitializer> {};

TEST_P(DistributionErrorTest, NamesTableFieldAndValue) {
  const absl::Status status = Distribution::Create(MakeTable(GetParam().text)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Errors, DistributionErrorTest,
    testing::Values(
        BadInitializer{"normal { std: -1 }",
                       "table 'user': initializer.normal.std is -1, expected a finite number, at least 0"},
        BadInitializer{"normal { mean: nan }", "initializer.normal.mean is nan, expected a finite number"},
        BadInitializer{"truncated_normal { std: inf }", "initializer.truncated_normal.std is inf"},
        BadInitializer{"truncated_normal { low: 2 high: 2 }",
                       "initializer.truncated_normal.low is 2, expected a number below high, 2"},
        BadInitializer{"truncated_normal { low: 50 high: 51 }", "has no probability between low, 50, and high, 51"},
        BadInitializer{"uniform { low: 2 high: 1 }", "initializer.uniform.low is 2, expected at most high, 1"},
        BadInitializer{"uniform { high: inf }", "initializer.uniform.high is inf"},
        BadInitializer{"xavier_uniform { gain: -1 }", "initializer.xavier_uniform.gain is -1"},
        BadInitializer{"xavier_normal { gain: nan }", "initializer.xavier_normal.gain is nan"},
        BadInitializer{"constant { value: inf }", "initializer.constant.value is inf"}));

}  // namespace
}  // namespace shoal
