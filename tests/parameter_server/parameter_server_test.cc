#include "parameter_server/parameter_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/server_requests.h"
#include "tests/support/small_job.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr uint32_t kBias = 2;

// Records what it is told to save, and fails when told to.
class ScriptedSink : public CheckpointSink {
 public:
  explicit ScriptedSink(std::vector<std::string>* log) : log_(log) {}
  void FailWith(absl::Status status) { status_ = std::move(status); }
  absl::Status Save(const Shard& shard) override {
    log_->push_back(absl::StrCat("saved ", shard.applied_step()));
    return status_;
  }

 private:
  std::vector<std::string>* const log_;
  absl::Status status_;
};

class ParameterServerTest : public testing::Test {
 protected:
  static constexpr int kWorkers = 2;

  explicit ParameterServerTest(int max_restarts = 0) {
    SmallJobOptions options;
    options.workers = kWorkers;
    ResolvedJob job = PlainSgdJob(options);
    job.mutable_job()->mutable_cluster()->set_max_restarts(max_restarts);
    server_ = std::make_unique<ParameterServer>(MakeTestShard(job), &sink_);
  }

  // Notes "<name> ok" or "<name> <message>" when the answer comes.
  ParameterServer::Done Note(const std::string& name) {
    return [this, name](absl::StatusOr<Payload> reply) {
      log_.push_back(absl::StrCat(name, " ", reply.ok() ? "ok" : std::string(reply.status().message())));
      if (!reply.ok()) last_status_ = reply.status();
      if (reply.ok()) last_reply_ = *std::move(reply);
    };
  }
  uint64_t Pull(uint32_t rank, uint64_t step, const std::string& name) {
    return server_->Pull(MakePull(rank, step, kBias, {7}), Note(name));
  }
  void Push(uint32_t rank, uint64_t step, Boundary boundary = CONTINUE) {
    server_->Push(MakePush(rank, step, kBias, 1, {7}, {1}, boundary), Note(absl::StrCat("push ", rank)));
  }
  std::vector<std::string> TakeLog() { return std::exchange(log_, {}); }

  std::vector<std::string> log_;
  ScriptedSink sink_{&log_};
  Payload last_reply_;
  absl::Status last_status_;
  std::unique_ptr<ParameterServer> server_;
};

TEST_F(ParameterServerTest, APullOfTheNextStepIsAnsweredAtOnce) {
  EXPECT_EQ(Pull(0, 1, "pull"), 0u);
  EXPECT_THAT(TakeLog(), ElementsAre("pull ok"));
  const auto row = ReadFirstElements(last_reply_, kBias, 1, 1);
  ASSERT_TRUE(row.ok()) << row.status();
  EXPECT_EQ(row->header.applied_step, 0u);
  EXPECT_EQ(row->header.boundary, CONTINUE);
}

TEST_F(ParameterServerTest, WaitingPullsAreAnsweredInOrderOnceTheStepIsComplete) {
  ASSERT_EQ(Pull(0, 1, "first"), 0u);
  const float before = ReadFirstElements(last_reply_, kBias, 1, 1)->values[0];
  TakeLog();
  EXPECT_NE(Pull(1, 2, "b"), 0u);
  EXPECT_NE(Pull(0, 2, "a"), 0u);
  Push(0, 1);
  EXPECT_THAT(TakeLog(), ElementsAre("push 0 ok"));
  Push(1, 1, CHECKPOINT);
  EXPECT_THAT(TakeLog(), ElementsAre("push 1 ok", "b ok", "a ok"));
  EXPECT_EQ(ReadFirstElements(last_reply_, kBias, 1, 1)->values[0], before - 2);
  EXPECT_NE(Pull(1, 3, "later"), 0u);
  Push(0, 2);
  Push(1, 2);
  EXPECT_THAT(TakeLog(), ElementsAre("push 0 ok", "push 1 ok", "later ok"));
}

TEST_F(ParameterServerTest, ABoundaryIsSavedBeforeThePushAndTheNextPullsAreAnswered) {
  Pull(0, 2, "pull");
  Push(1, 1);
  Push(0, 1, CHECKPOINT);
  EXPECT_THAT(TakeLog(), ElementsAre("push 1 ok", "saved 1", "push 0 ok", "pull ok"));
  EXPECT_EQ(ReadFirstElements(last_reply_, kBias, 1, 1)->header.boundary, CHECKPOINT);
}

TEST_F(ParameterServerTest, APushThatComesAgainIsAnsweredAndNothingIsSavedAgain) {
  Push(0, 1, CHECKPOINT);
  Push(1, 1);
  TakeLog();
  Push(0, 1, CHECKPOINT);
  EXPECT_THAT(TakeLog(), ElementsAre("push 0 ok"));
  PushReply reply;
  ASSERT_TRUE(reply.ParseFromArray(last_reply_.data.get(), static_cast<int>(last_reply_.size)));
  EXPECT_EQ(reply.applied_step(), 1u);
}

TEST_F(ParameterServerTest, ACancelledPullIsAnsweredWithCancelledAndOthersWaitOn) {
  const uint64_t first = Pull(0, 2, "first");
  Pull(1, 2, "second");
  server_->CancelPull(first);
  EXPECT_THAT(TakeLog(), ElementsAre("first the worker no longer waits"));
  EXPECT_TRUE(absl::IsCancelled(last_status_));
  server_->CancelPull(first);
  server_->CancelPull(12345);
  EXPECT_THAT(TakeLog(), IsEmpty());
  Push(0, 1);
  Push(1, 1);
  EXPECT_THAT(TakeLog(), ElementsAre("push 0 ok", "push 1 ok", "second ok"));
}

TEST_F(ParameterServerTest, ASaveThatFailsFailsThePushTheWaitingPullsAndAllThatComesLater) {
  Pull(0, 2, "a");
  Pull(1, 2, "b");
  Push(0, 1, CHECKPOINT);
  TakeLog();
  sink_.FailWith(absl::ResourceExhaustedError("disk full"));
  Push(1, 1);
  EXPECT_THAT(TakeLog(), ElementsAre("saved 1", "push 1 disk full", "a disk full", "b disk full"));
  EXPECT_TRUE(absl::IsResourceExhausted(last_status_));
  Push(0, 2);
  EXPECT_EQ(Pull(0, 2, "late"), 0u);
  EXPECT_THAT(TakeLog(), ElementsAre("push 0 disk full", "late disk full"));
}

TEST_F(ParameterServerTest, RefusedRequestsAreAnsweredAtOnce) {
  EXPECT_EQ(Pull(7, 1, "pull"), 0u);
  EXPECT_TRUE(absl::IsInvalidArgument(last_status_));
  Push(0, 5);
  EXPECT_TRUE(absl::IsFailedPrecondition(last_status_));
  EXPECT_EQ(Pull(1, 5, "far"), 0u);
  EXPECT_TRUE(absl::IsFailedPrecondition(last_status_));
  EXPECT_EQ(log_.size(), 3u);
}

TEST_F(ParameterServerTest, AReadOnlyPullCreatesNoRow) {
  PullRequest request = MakePull(0, 1, kBias, {7});
  request.set_read_only(true);
  server_->Pull(request, Note("read"));
  const float read = ReadFirstElements(last_reply_, kBias, 1, 1)->values[0];
  EXPECT_EQ(server_->shard().tables()[kBias]->Snapshot()->num_rows(), 0);
  Pull(0, 1, "pull");
  EXPECT_EQ(ReadFirstElements(last_reply_, kBias, 1, 1)->values[0], read);
  EXPECT_EQ(server_->shard().tables()[kBias]->Snapshot()->num_rows(), 1);
}

TEST_F(ParameterServerTest, AServerThatIsStoppedTellsWhyToWhatWaitsAndToWhatComesLater) {
  Pull(0, 2, "a");
  server_->Stop(absl::CancelledError("disk on fire"));
  EXPECT_THAT(TakeLog(), ElementsAre("a disk on fire"));
  EXPECT_EQ(Pull(0, 1, "late"), 0u);
  Push(0, 1);
  EXPECT_THAT(TakeLog(), ElementsAre("late disk on fire", "push 0 disk on fire"));
}

TEST_F(ParameterServerTest, AServerThatLeavesCancelsItsWaitingPulls) {
  Pull(0, 2, "a");
  Pull(1, 2, "b");
  server_.reset();
  EXPECT_THAT(TakeLog(), ElementsAre(HasSubstr("a the parameter server is leaving"), HasSubstr("b the parameter")));
  EXPECT_TRUE(absl::IsCancelled(last_status_));
}

// ---- Workers that are lost -----------------------------------------------------------------------------------------

std::string BytesOf(const Payload& payload) {
  return {reinterpret_cast<const char*>(payload.data.get()), payload.size};
}

class LostWorkersTest : public ParameterServerTest {
 protected:
  static constexpr uint32_t kNext = kTestIdentity.incarnation + 1;

  LostWorkersTest() : ParameterServerTest(/*max_restarts=*/1) {}

  void Rejoin(uint32_t rank, uint32_t incarnation = kNext) {
    RejoinRequest request;
    *request.mutable_header() = MakeHeader(rank, /*step=*/0);
    request.mutable_header()->set_incarnation(incarnation);
    server_->Rejoin(request, Note(absl::StrCat("rejoin ", rank)));
  }
  // Both workers' step. Returns what rank 0 was sent for it.
  std::string TakeStep(uint64_t step, Boundary boundary = CONTINUE) {
    Pull(1, step, "pull 1");
    Pull(0, step, "pull 0");
    std::string sent = BytesOf(last_reply_);
    Push(0, step, boundary);
    Push(1, step);
    TakeLog();
    return sent;
  }
};

TEST_F(LostWorkersTest, TheLastStepCanBePulledAgainAndGivesTheRowsThatWereSentThen) {
  TakeStep(1, CHECKPOINT);
  const std::string sent = TakeStep(2);
  Pull(1, 3, "next");
  ASSERT_NE(BytesOf(last_reply_), sent) << "the rows have moved on";
  TakeLog();
  Rejoin(0);
  PullRequest again = MakePull(0, 2, kBias, {7});
  again.mutable_header()->set_incarnation(kNext);
  for (int time = 0; time < 2; ++time) {
    EXPECT_EQ(server_->Pull(again, Note("again")), 0u);
    EXPECT_EQ(BytesOf(last_reply_), sent);
  }
  EXPECT_THAT(TakeLog(), ElementsAre("rejoin 0 ok", "again ok", "again ok"));
  EXPECT_EQ(ReadFirstElements(last_reply_, kBias, 1, 1)->header.boundary, CHECKPOINT) << "what was decided before it";
}

TEST_F(LostWorkersTest, OtherRowsThanWereSentThenAreRefused) {
  Pull(0, 1, "pull 0");
  Push(0, 1);
  Push(1, 1);
  server_->Pull(MakePull(0, 1, kBias, {8}), Note("other rows"));
  EXPECT_TRUE(absl::IsFailedPrecondition(last_status_)) << last_status_;
  last_status_ = absl::OkStatus();
  Pull(1, 1, "a worker that did not pull");
  EXPECT_TRUE(absl::IsFailedPrecondition(last_status_)) << last_status_;
  EXPECT_THAT(std::string(last_status_.message()),
              HasSubstr("pull of step 1 by worker 1: the step is applied, and the worker has not pulled these rows"));
}

TEST_F(LostWorkersTest, OnlyTrainingsPullsAreKept) {
  Pull(0, 1, "pull");
  const std::string sent = BytesOf(last_reply_);
  PullRequest read = MakePull(0, 1, kBias, {8});
  read.set_read_only(true);
  server_->Pull(read, Note("read"));
  Push(0, 1);
  Push(1, 1);
  Pull(0, 1, "again");
  EXPECT_EQ(BytesOf(last_reply_), sent);
}

TEST_F(LostWorkersTest, APullThatHadToWaitCanBePulledAgainToo) {
  TakeStep(1);
  Push(0, 2);
  Pull(0, 3, "waits");
  Push(1, 2);
  Pull(1, 3, "pull 1");
  const std::string sent = BytesOf(last_reply_);
  Push(0, 3);
  Push(1, 3);
  Pull(0, 3, "again");
  EXPECT_EQ(BytesOf(last_reply_), sent);
  EXPECT_EQ(TakeLog().back(), "again ok");
}

TEST_F(LostWorkersTest, WhatAWorkerWaitedForBeforeItJoinedAnewIsRefusedAndOthersWaitOn) {
  Pull(0, 2, "earlier");
  Pull(1, 2, "other");
  Rejoin(0);
  EXPECT_THAT(TakeLog(),
              ElementsAre("rejoin 0 ok", "earlier the message is of incarnation 3, worker 0 of incarnation 4"));
  EXPECT_TRUE(absl::IsFailedPrecondition(last_status_)) << last_status_;
  Push(1, 1);
  DecodedPush push = MakePush(0, 1, kBias, 1, {7}, {1});
  push.header.set_incarnation(kNext);
  server_->Push(std::move(push), Note("push 0"));
  EXPECT_THAT(TakeLog(), ElementsAre("push 1 ok", "push 0 ok", "other ok"));
}

TEST_F(LostWorkersTest, WhoJoinsAnewIsToldHowFarTheServerIs) {
  TakeStep(1, CHECKPOINT);
  Rejoin(1);
  RejoinReply reply;
  ASSERT_TRUE(reply.ParseFromArray(last_reply_.data.get(), static_cast<int>(last_reply_.size)));
  EXPECT_EQ(reply.applied_step(), 1u);
  EXPECT_EQ(reply.boundary(), CHECKPOINT);
}

TEST_F(LostWorkersTest, ARejoinThatIsRefusedIsAnsweredAndNobodysPullWithIt) {
  Pull(0, 2, "waits");
  Rejoin(0, kTestIdentity.incarnation - 1);
  EXPECT_THAT(TakeLog(), ElementsAre("rejoin 0 worker 0 joins incarnation 2, but is of incarnation 3"));
  EXPECT_TRUE(absl::IsFailedPrecondition(last_status_)) << last_status_;
}

TEST_F(LostWorkersTest, AServerThatHasFailedTellsWhoJoinsAnewWhy) {
  server_->Stop(absl::CancelledError("disk on fire"));
  Rejoin(0);
  EXPECT_THAT(TakeLog(), ElementsAre("rejoin 0 disk on fire"));
}

TEST_F(ParameterServerTest, NothingIsPulledAgainWhereNoWorkerMayBeLost) {
  Pull(0, 1, "pull");
  Push(0, 1);
  Push(1, 1);
  Pull(0, 1, "again");
  EXPECT_TRUE(absl::IsFailedPrecondition(last_status_)) << last_status_;
  EXPECT_THAT(std::string(last_status_.message()), HasSubstr("step 1 is already applied"));
}

}  // namespace
}  // namespace shoal
