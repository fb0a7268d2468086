#include "worker/metrics/two_class_auc.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace shoal {
namespace {

struct Scored {
  std::vector<float> outputs;  // [n, 2]
  std::vector<int64_t> labels;

  int64_t size() const { return static_cast<int64_t>(labels.size()); }
  double score(int64_t i) const { return static_cast<double>(outputs[2 * i + 1]) - outputs[2 * i]; }
  void Add(int64_t label, float score) {
    labels.push_back(label);
    outputs.insert(outputs.end(), {0, score});
  }
};

std::vector<double> SumsOf(const Scored& examples, int64_t begin, int64_t end) {
  const TwoClassAuc auc;
  std::vector<double> sums(auc.num_sums());
  MetricBatch batch;
  batch.num_outputs = 2;
  batch.outputs = absl::MakeConstSpan(examples.outputs).subspan(2 * begin, 2 * (end - begin));
  batch.labels = absl::MakeConstSpan(examples.labels).subspan(begin, end - begin);
  if (auc.Reads(batch)) auc.Add(batch, absl::MakeSpan(sums));
  return sums;
}

double Auc(const Scored& examples) { return TwoClassAuc().Value(SumsOf(examples, 0, examples.size()), 0); }

// Of the pairs of either class: those in order, and those that bins may not tell apart.
struct Pairs {
  double exact = 0;
  double close = 0;
};

Pairs BruteForce(const Scored& examples) {
  Pairs shares;
  double pairs = 0;
  for (int64_t i = 0; i < examples.size(); ++i) {
    for (int64_t j = 0; j < examples.size(); ++j) {
      if (examples.labels[i] != 0 || examples.labels[j] != 1) continue;
      const double first = examples.score(i);
      const double second = examples.score(j);
      const double large = std::max(std::fabs(first), std::fabs(second));
      ++pairs;
      shares.exact += second > first ? 1 : second == first ? 0.5 : 0;
      shares.close += first != second && (std::fabs(first - second) < large / 256 || large < 0x1p-16 ||
                                          std::min(std::fabs(first), std::fabs(second)) > 255);
    }
  }
  return {shares.exact / pairs, shares.close / pairs};
}

TEST(TwoClassAucTest, WholeScoresGiveTheExactArea) {
  const uint64_t seed = std::random_device()();
  std::mt19937_64 random(seed);
  for (int trial = 0; trial < 20; ++trial) {
    Scored examples;
    examples.Add(0, 0);
    examples.Add(1, 0);
    for (int i = 0; i < 300; ++i) {
      const auto label = static_cast<int64_t>(random() % 2);
      examples.Add(label, static_cast<float>(random() % 9) - 4 + static_cast<float>(label));
    }
    EXPECT_EQ(Auc(examples), BruteForce(examples).exact) << "seed " << seed;
  }
}

TEST(TwoClassAucTest, AnyScoresGiveTheAreaButForPairsThatShareABin) {
  const uint64_t seed = std::random_device()();
  std::mt19937_64 random(seed);
  for (const double scale : {1e-6, 1e-3, 0.1, 1.0, 20.0, 1e4}) {
    Scored examples;
    std::normal_distribution<double> normal(0, scale);
    for (int i = 0; i < 1000; ++i) {
      examples.Add(i % 3 == 0 ? 1 : 0, static_cast<float>(normal(random) + (i % 3 == 0 ? scale : 0)));
    }
    const Pairs pairs = BruteForce(examples);
    EXPECT_LE(std::fabs(Auc(examples) - pairs.exact), pairs.close / 2 + 1e-12) << scale << ", seed " << seed;
    if (scale != 1.0) continue;
    EXPECT_NEAR(Auc(examples), pairs.exact, 1e-4) << "seed " << seed;
  }
}

TEST(TwoClassAucTest, ItIsTheSameHoweverExamplesAreShared) {
  const uint64_t seed = std::random_device()();
  std::mt19937_64 random(seed);
  Scored examples;
  for (int i = 0; i < 500; ++i)
    examples.Add(static_cast<int64_t>(random() % 2), std::normal_distribution<float>()(random));
  const std::vector<double> all = SumsOf(examples, 0, 500);
  std::vector<double> sum(all.size());
  for (const auto& [begin, end] : {std::pair(300, 500), std::pair(0, 7), std::pair(7, 300)}) {
    const std::vector<double> part = SumsOf(examples, begin, end);
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += part[i];
  }
  EXPECT_EQ(sum, all) << "seed " << seed;
}

TEST(TwoClassAucTest, BinsRiseWithTheScore) {
  // Neighbours differ by more than a bin is wide.
  std::vector<float> scores = {-std::numeric_limits<float>::infinity()};
  for (float score = 255; score > 0x1p-16F; score *= 0.99F) scores.push_back(-score);
  scores.push_back(0);
  for (float score = 0x1.01p-16F; score < 255; score *= 1.01F) scores.push_back(score);
  scores.push_back(std::numeric_limits<float>::max());
  for (size_t i = 1; i < scores.size(); ++i) {
    Scored examples;
    examples.Add(0, scores[i - 1]);
    examples.Add(1, scores[i]);
    EXPECT_EQ(Auc(examples), 1) << scores[i - 1] << ", " << scores[i];
  }
}

TEST(TwoClassAucTest, AClassWithoutExamplesHasNoArea) {
  Scored examples;
  EXPECT_TRUE(std::isnan(Auc(examples)));
  for (int i = 0; i < 3; ++i) examples.Add(1, 1);
  EXPECT_TRUE(std::isnan(Auc(examples)));
}

TEST(TwoClassAucTest, ScoresThatAreNoNumberAreWrong) {
  Scored examples;
  examples.Add(0, std::nanf(""));
  examples.Add(1, 5);
  EXPECT_EQ(Auc(examples), 0);
  examples = {};
  examples.Add(0, -5);
  examples.Add(1, std::nanf(""));
  EXPECT_EQ(Auc(examples), 0);
}

}  // namespace
}  // namespace shoal
