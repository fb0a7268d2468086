#include "worker/losses/pairwise_distance.h"

#include <cmath>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::FloatEq;

constexpr float kEps = 1e-6F;

class PairwiseDistanceTest : public testing::Test {
 protected:
  // The gradients of `rows` by d(0, 1).
  std::vector<float> Gradients(PairwiseDistance* distance, const std::vector<float>& rows, int dim) {
    const int64_t n = static_cast<int64_t>(rows.size()) / dim;
    distance->SetRows(rows, n, dim);
    std::vector<float> gradients(rows.size());
    const std::vector<DistanceTerm> terms = {{0, 1, distance->Between(0, 1), 1}};
    distance->AddGradients(terms, 1, {0, n, gradients.data()});
    return gradients;
  }
};

TEST_F(PairwiseDistanceTest, AgreesWithTheDefinitions) {
  const std::vector<float> rows = {0, 3, 4, 0, 0, 0};
  PairwiseDistance euclidean(EUCLIDEAN, kEps);
  euclidean.SetRows(rows, 3, 2);
  EXPECT_NEAR(euclidean.Between(0, 1), 5, 1e-6);
  PairwiseDistance squared(SQUARED_EUCLIDEAN, kEps);
  squared.SetRows(rows, 3, 2);
  EXPECT_EQ(squared.Between(0, 1), 25);
  PairwiseDistance cosine(COSINE, kEps);
  cosine.SetRows(rows, 3, 2);
  EXPECT_EQ(cosine.Between(0, 1), 1);
  EXPECT_NEAR(cosine.Between(0, 0), 0, 1e-7);
}

TEST_F(PairwiseDistanceTest, ARowOfDistancesIsMadeOfThePairs) {
  std::vector<float> rows(5 * 33);
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = std::sin(static_cast<float>(i) * 1.3F);
  for (const Distance kind : {EUCLIDEAN, SQUARED_EUCLIDEAN, COSINE}) {
    PairwiseDistance distance(kind, kEps);
    distance.SetRows(rows, 5, 33);
    std::vector<float> row(5);
    distance.FromRow(2, absl::MakeSpan(row));
    for (int64_t j = 0; j < 5; ++j) EXPECT_EQ(row[j], distance.Between(2, j)) << kind;
  }
}

// torch.nn.functional.pairwise_distance of equal rows: |eps| in each of 4 coordinates, and gradients of +-1 / 2.
TEST_F(PairwiseDistanceTest, EqualRowsAreEpsApartAsInPyTorch) {
  const std::vector<float> rows = {1, 2, 3, 4, 1, 2, 3, 4};
  PairwiseDistance distance(EUCLIDEAN, kEps);
  distance.SetRows(rows, 2, 4);
  EXPECT_FLOAT_EQ(distance.Between(0, 1), 2 * kEps);
  const std::vector<float> gradients = Gradients(&distance, rows, 4);
  for (int i = 0; i < 4; ++i) EXPECT_FLOAT_EQ(gradients[i], 0.5F);
  for (int i = 4; i < 8; ++i) EXPECT_FLOAT_EQ(gradients[i], -0.5F);
}

TEST_F(PairwiseDistanceTest, EqualRowsWithoutEpsHaveNoGradient) {
  for (const Distance kind : {EUCLIDEAN, SQUARED_EUCLIDEAN}) {
    PairwiseDistance distance(kind, 0);
    EXPECT_THAT(Gradients(&distance, {1, 2, 1, 2}, 2), Each(0.0F));
  }
}

TEST_F(PairwiseDistanceTest, ARowOfLengthZeroIsAtCosineDistanceOneAndHasNoGradient) {
  PairwiseDistance distance(COSINE, 0);
  const std::vector<float> rows = {0, 0, 1, 2};
  EXPECT_THAT(Gradients(&distance, rows, 2), Each(0.0F));
  EXPECT_EQ(distance.Between(0, 1), 1);
  EXPECT_EQ(distance.Between(0, 0), 1);
}

TEST_F(PairwiseDistanceTest, OnlyOwnRowsGetGradients) {
  const std::vector<float> rows = {0, 3, 4, 0, 1, 1};
  for (const Distance kind : {EUCLIDEAN, SQUARED_EUCLIDEAN, COSINE}) {
    PairwiseDistance distance(kind, kEps);
    const std::vector<float> all = Gradients(&distance, rows, 2);
    std::vector<float> own(2);
    const std::vector<DistanceTerm> terms = {{0, 1, distance.Between(0, 1), 1}};
    distance.AddGradients(terms, 1, {1, 2, own.data()});
    EXPECT_THAT(own, ElementsAre(all[2], all[3])) << kind;
  }
}

TEST_F(PairwiseDistanceTest, GradientsAreScaledAndAddedUp) {
  const std::vector<float> rows = {0, 3, 4, 0};
  PairwiseDistance distance(SQUARED_EUCLIDEAN, 0);
  distance.SetRows(rows, 2, 2);
  std::vector<float> gradients = {1, 1, 1, 1};
  const std::vector<DistanceTerm> terms = {{0, 1, 25, 0.5F}, {1, 0, 25, 0.25F}};
  distance.AddGradients(terms, 2, {0, 2, gradients.data()});
  EXPECT_THAT(gradients, ElementsAre(FloatEq(1 - 12), FloatEq(1 + 9), FloatEq(1 + 12), FloatEq(1 - 9)));
}

TEST_F(PairwiseDistanceTest, WhatIsNotFiniteIsFound) {
  std::vector<float> rows = {0, 3, 4, 0};
  PairwiseDistance distance(EUCLIDEAN, kEps);
  distance.SetRows(rows, 2, 2);
  EXPECT_TRUE(distance.AllFinite());
  rows[3] = std::numeric_limits<float>::infinity();
  EXPECT_FALSE(distance.AllFinite());
}

}  // namespace
}  // namespace shoal
