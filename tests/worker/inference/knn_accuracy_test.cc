#include "worker/inference/knn_accuracy.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(KnnAccuracyTest, TheMostFrequentLabelWins) {
  EXPECT_EQ(VotedLabel({7}), 7);
  EXPECT_EQ(VotedLabel({1, 2, 2}), 2);
  EXPECT_EQ(VotedLabel({1, 2, 3, 3, 2, 3}), 3);
}

TEST(KnnAccuracyTest, OfEquallyFrequentLabelsTheNearestWins) {
  EXPECT_EQ(VotedLabel({2, 1}), 2);
  EXPECT_EQ(VotedLabel({3, 1, 2, 2, 1}), 1) << "3 has fewer votes, 1 is nearer than 2";
}

}  // namespace
}  // namespace shoal
