#include "worker/losses/negative_sampler.h"

#include <cmath>
#include <set>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::Ge;
using ::testing::Lt;
using ::testing::SizeIs;

SampledSoftmax Config(const std::string& text) {
  SampledSoftmax config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config)) << text;
  return config;
}

NegativeSampler Make(const std::string& config, int64_t num_classes) {
  return NegativeSampler::Create(Config(config), num_classes).value();
}

TEST(NegativeSamplerTest, ASampleIsAFunctionOfSeedAndStep) {
  const NegativeSampler sampler = Make("num_sampled: 20", 1000000);
  const NegativeSample sample = sampler.Sample(1, 2);
  EXPECT_EQ(sampler.Sample(1, 2).classes, sample.classes);
  EXPECT_NE(sampler.Sample(1, 3).classes, sample.classes);
  EXPECT_NE(sampler.Sample(2, 2).classes, sample.classes);
}

TEST(NegativeSamplerTest, UniqueClassesAreDistinctAndWithinTheTable) {
  for (const char* sampler : {"LOG_UNIFORM", "UNIFORM"}) {
    const NegativeSample sample = Make(std::string("num_sampled: 50 sampler: ") + sampler, 60).Sample(1, 1);
    EXPECT_THAT(sample.classes, SizeIs(50));
    EXPECT_THAT(sample.classes, Each(AllOf(Ge(0), Lt(60))));
    EXPECT_THAT(std::set<int64_t>(sample.classes.begin(), sample.classes.end()), SizeIs(50));
    EXPECT_GT(sample.draws, 50);
  }
}

TEST(NegativeSamplerTest, AllClassesCanBeDrawn) {
  EXPECT_THAT(Make("num_sampled: 7", 7).Sample(1, 1).classes, testing::UnorderedElementsAre(0, 1, 2, 3, 4, 5, 6));
  EXPECT_THAT(Make("num_sampled: 1", 1).Sample(1, 1).classes, testing::ElementsAre(0));
}

TEST(NegativeSamplerTest, WithReplacementDrawsFollowTheDistribution) {
  for (const bool log_uniform : {true, false}) {
    const NegativeSampler sampler =
        Make(std::string("num_sampled: 100000 unique: false sampler: ") + (log_uniform ? "LOG_UNIFORM" : "UNIFORM"), 9);
    const NegativeSample sample = sampler.Sample(1, 1);
    EXPECT_EQ(sample.draws, 100000);
    std::vector<int> counts(9);
    for (const int64_t c : sample.classes) ++counts.at(c);
    for (int c = 0; c < 9; ++c) {
      const double expected = 1e5 * (log_uniform ? std::log((c + 2.0) / (c + 1.0)) / std::log(10.0) : 1.0 / 9);
      EXPECT_NEAR(counts[c], expected, 5 * std::sqrt(expected)) << c;
      EXPECT_NEAR(sampler.LogExpectedCount(c, sample), std::log(expected), 1e-12) << c;
    }
  }
}

TEST(NegativeSamplerTest, UniqueClassesAreSeenAsOftenAsExpected) {
  const NegativeSampler sampler = Make("num_sampled: 5", 12);
  constexpr int kSteps = 20000;
  std::vector<double> counts(12);
  std::vector<double> expected(12);
  for (int step = 1; step <= kSteps; ++step) {
    const NegativeSample sample = sampler.Sample(3, step);
    for (const int64_t c : sample.classes) ++counts[c];
    for (int c = 0; c < 12; ++c) expected[c] += std::exp(sampler.LogExpectedCount(c, sample));
  }
  // The formula takes the draws for given, though they are what it took: near, not equal.
  for (int c = 0; c < 12; ++c) EXPECT_NEAR(counts[c] / kSteps, expected[c] / kSteps, 0.05) << c;
}

TEST(NegativeSamplerTest, RareClassesOfLargeTablesKeepTheirPrecision) {
  const NegativeSampler sampler = Make("num_sampled: 10 unique: false", 100000000);
  const double expected = 10.0 / 99999999.5 / std::log(100000001.0);
  EXPECT_NEAR(std::exp(sampler.LogExpectedCount(99999998, {})), expected, 1e-9 * expected);
}

TEST(NegativeSamplerTest, OptionsThatCannotBeAreNamed) {
  const auto error = [](const std::string& config) {
    return std::string(NegativeSampler::Create(Config(config), 5).status().message());
  };
  EXPECT_EQ(error(""), "sampled_softmax.num_sampled is 0, expected at least 1");
  EXPECT_EQ(error("num_sampled: 6"),
            "sampled_softmax.num_sampled is 6, expected at most the 5 classes, or unique: false");
  EXPECT_TRUE(NegativeSampler::Create(Config("num_sampled: 6 unique: false"), 5).ok());
}

}  // namespace
}  // namespace shoal
