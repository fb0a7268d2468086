#include "parameter_server/last_replies.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "tests/support/server_requests.h"

namespace shoal {
namespace {

constexpr uint32_t kTable = 2;

Payload ReplyOf(uint8_t byte) {
  Payload reply = Payload::Allocate(1);
  reply.data[0] = byte;
  return reply;
}

// The byte of the reply; -1: there is none.
int Found(const LastReplies& replies, const PullRequest& request) {
  const Payload* const reply = replies.Find(request);
  return reply == nullptr ? -1 : reply->data[0];
}

TEST(LastRepliesTest, EachWorkerFindsItsReplyOnceTheStepIsApplied) {
  LastReplies replies(3);
  const PullRequest first = MakePull(0, 1, kTable, {7, 3});
  const PullRequest second = MakePull(1, 1, kTable, {7, 3});
  replies.Keep(first, ReplyOf(10));
  replies.Keep(second, ReplyOf(11));
  EXPECT_EQ(Found(replies, first), -1) << "its rows are still what they were";
  replies.OnApplied();
  EXPECT_EQ(Found(replies, first), 10);
  EXPECT_EQ(Found(replies, second), 11);
  EXPECT_EQ(Found(replies, MakePull(2, 1, kTable, {7, 3})), -1) << "that worker did not pull";
}

TEST(LastRepliesTest, AReplyIsSentAgainOnlyForTheVeryPull) {
  LastReplies replies(1);
  PullRequest pull = MakePull(0, 4, kTable, {7, 3});
  pull.add_tables()->set_table(0);
  replies.Keep(pull, ReplyOf(1));
  replies.OnApplied();
  ASSERT_EQ(Found(replies, pull), 1);
  void (*const changes[])(PullRequest*) = {
      [](PullRequest* other) { other->mutable_header()->set_step(3); },
      [](PullRequest* other) { other->mutable_header()->set_dtype(BFLOAT16); },
      [](PullRequest* other) { other->mutable_tables(0)->set_table(1); },
      [](PullRequest* other) { other->mutable_tables(0)->set_ids(1, 4); },
      [](PullRequest* other) { other->mutable_tables(0)->mutable_ids()->SwapElements(0, 1); },
      [](PullRequest* other) { other->mutable_tables(0)->mutable_ids()->RemoveLast(); },
      [](PullRequest* other) { other->mutable_tables(0)->add_ids(8); },
      [](PullRequest* other) { other->mutable_tables(1)->set_with_state(true); },
      [](PullRequest* other) { other->mutable_tables()->RemoveLast(); },
      [](PullRequest* other) { other->add_tables(); },
      [](PullRequest* other) { other->clear_tables(); },
  };
  for (const auto change : changes) {
    PullRequest other = pull;
    change(&other);
    EXPECT_EQ(Found(replies, other), -1) << other.ShortDebugString();
  }
}

TEST(LastRepliesTest, TheIncarnationOfAWorkerDoesNotMatter) {
  LastReplies replies(1);
  PullRequest pull = MakePull(0, 1, kTable, {7});
  replies.Keep(pull, ReplyOf(1));
  replies.OnApplied();
  pull.mutable_header()->set_incarnation(pull.header().incarnation() + 1);
  EXPECT_EQ(Found(replies, pull), 1);
}

TEST(LastRepliesTest, TheLastOfSeveralRepliesToAStepIsKept) {
  LastReplies replies(1);
  const PullRequest pull = MakePull(0, 1, kTable, {7});
  replies.Keep(MakePull(0, 1, kTable, {9}), ReplyOf(1));
  replies.Keep(pull, ReplyOf(2));
  replies.OnApplied();
  EXPECT_EQ(Found(replies, pull), 2);
}

TEST(LastRepliesTest, ARepliesStepIsForgottenWithTheNextOne) {
  LastReplies replies(2);
  const PullRequest first = MakePull(0, 1, kTable, {7});
  const PullRequest other = MakePull(1, 1, kTable, {7});
  replies.Keep(first, ReplyOf(1));
  replies.Keep(other, ReplyOf(2));
  replies.OnApplied();
  const PullRequest second = MakePull(0, 2, kTable, {7});
  replies.Keep(second, ReplyOf(3));
  EXPECT_EQ(Found(replies, first), 1) << "kept until the next step is applied";
  replies.OnApplied();
  EXPECT_EQ(Found(replies, first), -1);
  EXPECT_EQ(Found(replies, other), -1) << "whose worker has pulled nothing since";
  EXPECT_EQ(Found(replies, second), 3);
  replies.OnApplied();
  EXPECT_EQ(Found(replies, second), -1);
}

TEST(LastRepliesTest, WhatIsForgottenTakesNoMemory) {
  LastReplies replies(1);
  const Payload reply = ReplyOf(1);
  replies.Keep(MakePull(0, 1, kTable, {7}), reply);
  replies.OnApplied();
  EXPECT_EQ(reply.data.use_count(), 2);
  replies.OnApplied();
  EXPECT_EQ(reply.data.use_count(), 1);
}

}  // namespace
}  // namespace shoal
