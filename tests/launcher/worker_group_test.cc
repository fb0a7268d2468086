#include "launcher/worker_group.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

WorkerGroup CompleteGroup(int size) {
  WorkerGroup group(size);
  for (int rank = 0; rank < size; ++rank) group.Join(rank, WorkerGroup::kFirstIncarnation, absl::nullopt);
  EXPECT_TRUE(group.complete());
  return group;
}

TEST(WorkerGroupTest, IsCompleteOnceEveryRankHasJoinedIt) {
  WorkerGroup group(3);
  EXPECT_EQ(group.incarnation(), 1u);
  for (const uint32_t rank : {2u, 0u, 2u}) {
    group.Join(rank, 1, absl::nullopt);
    EXPECT_FALSE(group.complete());
  }
  EXPECT_TRUE(group.has_joined(0));
  EXPECT_FALSE(group.has_joined(1));
  group.Join(1, 1, absl::nullopt);
  EXPECT_TRUE(group.complete());
}

TEST(WorkerGroupTest, OnlyTheIncarnationThatIsBeingFormedCanBeJoined) {
  WorkerGroup group = CompleteGroup(2);
  group.Lose(1);
  for (const uint32_t other : {0u, 1u, 3u}) {
    group.Join(0, other, 5);
    EXPECT_FALSE(group.has_joined(0)) << other;
  }
  group.Join(0, 2, 5);
  EXPECT_TRUE(group.has_joined(0));
}

TEST(WorkerGroupTest, TheStepOfTheFirstJoiningStands) {
  WorkerGroup group(1);
  group.Join(0, 1, 5);
  group.Join(0, 1, 9);
  EXPECT_EQ(group.step(0), 5u);
}

TEST(WorkerGroupTest, ALossFormsTheGroupAnewAndNobodyHasJoinedIt) {
  WorkerGroup group = CompleteGroup(2);
  group.Lose(0);
  EXPECT_EQ(group.incarnation(), 2u);
  EXPECT_FALSE(group.complete());
  EXPECT_FALSE(group.has_joined(0) || group.has_joined(1));
}

TEST(WorkerGroupTest, TheLossOfWhoHasNotJoinedChangesNothing) {
  WorkerGroup group = CompleteGroup(2);
  group.Lose(0);
  group.Join(1, 2, 5);
  group.Lose(0);
  EXPECT_EQ(group.incarnation(), 2u);
  EXPECT_TRUE(group.has_joined(1)) << "it need not join again";
}

TEST(WorkerGroupTest, TheLossOfWhoHasJoinedAGroupThatIsBeingFormedFormsItAnew) {
  WorkerGroup group = CompleteGroup(2);
  group.Lose(0);
  group.Join(1, 2, 5);
  group.Lose(1);
  EXPECT_EQ(group.incarnation(), 3u);
  EXPECT_FALSE(group.has_joined(1));
}

TEST(WorkerGroupTest, WhoeverLeavesFormsTheGroupAnewOnce) {
  WorkerGroup group = CompleteGroup(2);
  group.Leave(1);
  EXPECT_EQ(group.incarnation(), 2u);
  group.Leave(1);  // The other one notices it later.
  EXPECT_EQ(group.incarnation(), 2u);
}

TEST(WorkerGroupTest, AGroupThatIsNotCompleteOrAnotherOneCannotBeLeft) {
  WorkerGroup group(2);
  group.Join(0, 1, absl::nullopt);
  group.Leave(1);
  EXPECT_EQ(group.incarnation(), 1u);
  group.Join(1, 1, absl::nullopt);
  for (const uint32_t other : {0u, 2u}) group.Leave(other);
  EXPECT_EQ(group.incarnation(), 1u);
  EXPECT_TRUE(group.complete());
}

TEST(WorkerGroupTest, TheFurthestKnowsTheHighestStep) {
  WorkerGroup group(4);
  group.Join(0, 1, 0);
  group.Join(1, 1, absl::nullopt);
  group.Join(2, 1, 7);
  group.Join(3, 1, 7);
  EXPECT_EQ(group.furthest(), 2u) << "the first of equals";
  EXPECT_EQ(group.step(2), 7u);
}

TEST(WorkerGroupTest, NobodyIsTheFurthestWhereNobodyKnowsAStep) {
  EXPECT_EQ(CompleteGroup(2).furthest(), absl::nullopt);
  WorkerGroup group(1);
  group.Join(0, 1, 0);
  EXPECT_EQ(group.furthest(), 0u) << "step 0 is one";
}

TEST(WorkerGroupTest, StepsOfAnEarlierIncarnationAreForgotten) {
  WorkerGroup group(2);
  group.Join(0, 1, 9);
  group.Join(1, 1, 8);
  group.Lose(0);
  group.Join(0, 2, absl::nullopt);
  group.Join(1, 2, 3);
  EXPECT_EQ(group.furthest(), 1u);
  EXPECT_EQ(group.step(1), 3u);
}

}  // namespace
}  // namespace shoal
