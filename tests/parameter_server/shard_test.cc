#include "parameter_server/shard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/codec/message_limits.h"
#include "tests/support/server_requests.h"
#include "tests/support/shard_digest.h"
#include "tests/support/small_job.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr uint32_t kUser = 0;
constexpr uint32_t kUserBias = 2;
constexpr int kUserDim = 5;

ResolvedJob JobOf(int workers, int servers = 0) {
  SmallJobOptions options;
  options.workers = workers;
  options.parameter_servers = servers;
  return PlainSgdJob(options);
}

std::vector<float> Row(const Shard& shard, uint32_t table, uint64_t id) {
  const Table& owner = *shard.tables()[table];
  std::vector<float> row(owner.dim());
  owner.PullReadOnly({id}, owner.dim(), 0, reinterpret_cast<uint8_t*>(row.data()));
  return row;
}

void ExpectRefused(const absl::Status& status, absl::StatusCode code, const std::string& message) {
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(message));
}

// A header with one thing wrong, and what is said of it.
struct BadHeader {
  void (*spoil)(StepHeader*);
  absl::StatusCode code;
  std::string message;
};

TEST(ShardTest, MessagesOfOtherJobsIncarnationsAndRanksAreRefusedWithoutAnyChange) {
  const BadHeader cases[] = {
      {[](StepHeader* header) { header->set_job_id(9); }, absl::StatusCode::kFailedPrecondition,
       "for job 9, this server is of job 5"},
      {[](StepHeader* header) { header->set_incarnation(2); }, absl::StatusCode::kFailedPrecondition,
       "of incarnation 2, worker 0 of incarnation 3"},
      {[](StepHeader* header) { header->set_incarnation(4); }, absl::StatusCode::kFailedPrecondition, "incarnation 4"},
      {[](StepHeader* header) { header->set_worker_rank(1); }, absl::StatusCode::kInvalidArgument,
       "worker rank 1 is out of range, the job has 1 workers"},
      {[](StepHeader* header) { header->set_worker_rank(~0u); }, absl::StatusCode::kInvalidArgument, "worker rank"},
  };
  const auto shard = MakeTestShard(JobOf(1));
  for (const BadHeader& bad : cases) {
    PullRequest pull = MakePull(0, 1, kUser, {1});
    bad.spoil(pull.mutable_header());
    ExpectRefused(shard->CheckPull(pull).status(), bad.code, bad.message);
    DecodedPush push = MakePush(0, 1, kUser, kUserDim, {1}, {1});
    bad.spoil(&push.header);
    ExpectRefused(shard->Push(std::move(push)).status(), bad.code, bad.message);
  }
  EXPECT_EQ(shard->applied_step(), 0u);
}

TEST(ShardTest, GradientsOfFrozenRowsAreRefusedWithoutAnyChange) {
  ResolvedJob job = JobOf(1);
  job.mutable_job()->mutable_tables(kUser)->set_freeze(true);
  const auto shard = MakeTestShard(job);
  ExpectRefused(shard->Push(MakePush(0, 1, kUser, kUserDim, {1}, {1})).status(), absl::StatusCode::kInvalidArgument,
                "gradients for table user, whose rows are frozen");
  EXPECT_EQ(shard->applied_step(), 0u);
}

TEST(ShardTest, TablesAndIdsThatAreNotThereAreRefusedWithoutAnyChange) {
  struct {
    uint32_t table;
    std::vector<uint64_t> ids;
    std::string message;
  } const cases[] = {
      {5, {0}, "table 5 is out of range, the job has 5 tables"},
      {kUser, {0, 13}, "id 13 is out of range for table user, which has num_embeddings 13"},
      {kUser, {~uint64_t{0}}, "id 18446744073709551615 is out of range"},
      {kUser, {1}, "id 1 of table user lies in partition 1, which this server does not own"},
      {kUser, std::vector<uint64_t>(14, 0), "14 ids for table user, which has num_embeddings 13"},
  };
  const auto shard = MakeTestShard(JobOf(1, 2));
  for (const auto& bad : cases) {
    ExpectRefused(shard->CheckPull(MakePull(0, 1, bad.table, bad.ids)).status(), absl::StatusCode::kInvalidArgument,
                  bad.message);
    ExpectRefused(
        shard->Push(MakePush(0, 1, bad.table, kUserDim, bad.ids, std::vector<float>(bad.ids.size(), 1))).status(),
        absl::StatusCode::kInvalidArgument, bad.message);
  }
  EXPECT_EQ(shard->applied_step(), 0u);
  // The refused pushes have left the worker's place free.
  EXPECT_EQ(*shard->Push(MakeEmptyPush(0, 1)), Shard::PushResult::kApplied);
}

// Of a few thousand rows that fill a message.
SmallJobOptions WideRows() {
  SmallJobOptions options;
  options.num_partitions = 1;
  options.num_users = 20000;
  options.embedding_dim = 16384;
  return options;
}

TEST(ShardTest, APullOfMoreRowsThanAMessageHoldsIsRefused) {
  const auto shard = MakeTestShard(PlainSgdJob(WideRows()));
  // Rows that fill a message leave no room for what stands around them.
  std::vector<uint64_t> ids(kMaxMessageBytes / (16384 * sizeof(float)), 0);
  ExpectRefused(shard->CheckPull(MakePull(0, 1, kUser, ids)).status(), absl::StatusCode::kResourceExhausted,
                absl::StrCat("a pull whose reply takes ", kMaxMessageBytes + 28, " bytes, more than the ",
                             kMaxMessageBytes, " of a message"));
  ids.pop_back();
  PullRequest pull = MakePull(0, 1, kUser, ids);
  EXPECT_EQ(shard->CheckPull(pull).status(), absl::OkStatus());
  *pull.add_tables() = pull.tables(0);
  ExpectRefused(shard->CheckPull(pull).status(), absl::StatusCode::kResourceExhausted, "smaller batches");
}

TEST(ShardTest, RowsWithTheirStateCountAsWhatTheyAre) {
  SmallJobOptions options = WideRows();
  options.optimizer = "adam {}";
  const auto shard = MakeTestShard(SmallJob(options));
  PullRequest pull = MakePull(0, 1, kUser, std::vector<uint64_t>(kMaxMessageBytes / (16384 * sizeof(float)) / 2, 0));
  EXPECT_EQ(shard->CheckPull(pull).status(), absl::OkStatus());
  pull.mutable_tables(0)->set_with_state(true);
  ExpectRefused(shard->CheckPull(pull).status(), absl::StatusCode::kResourceExhausted, "smaller batches");
}

TEST(ShardTest, SixteenBitRowsCountAsHalfAndHaveNoState) {
  const auto shard = MakeTestShard(PlainSgdJob(WideRows()));
  PullRequest pull = MakePull(0, 1, kUser, std::vector<uint64_t>(kMaxMessageBytes / (16384 * sizeof(float)) + 1, 0));
  ExpectRefused(shard->CheckPull(pull).status(), absl::StatusCode::kResourceExhausted, "smaller batches");
  pull.mutable_header()->set_dtype(BFLOAT16);
  EXPECT_EQ(shard->CheckPull(pull).status(), absl::OkStatus());
  pull.mutable_tables(0)->set_with_state(true);
  ExpectRefused(shard->CheckPull(pull).status(), absl::StatusCode::kInvalidArgument, "FLOAT32, not as BFLOAT16");
  pull.mutable_header()->set_dtype(static_cast<DType>(3));
  ExpectRefused(shard->CheckPull(pull).status(), absl::StatusCode::kInvalidArgument, "dtype 3 is unknown");
}

TEST(ShardTest, APullWaitsForTheStepsBeforeIt) {
  const auto shard = MakeTestShard(JobOf(1));
  EXPECT_EQ(*shard->CheckPull(MakePull(0, 1, kUser, {1})), Shard::Readiness::kNow);
  EXPECT_EQ(*shard->CheckPull(MakePull(0, 2, kUser, {1})), Shard::Readiness::kLater);
  ASSERT_EQ(*shard->Push(MakeEmptyPush(0, 1)), Shard::PushResult::kApplied);
  EXPECT_EQ(*shard->CheckPull(MakePull(0, 2, kUser, {1})), Shard::Readiness::kNow);
  ExpectRefused(shard->CheckPull(MakePull(0, 1, kUser, {1})).status(), absl::StatusCode::kFailedPrecondition,
                "pull of step 1, but step 1 is already applied");
}

TEST(ShardTest, APullFurtherAheadThanAWorkerCanBeIsRefused) {
  const auto shard = MakeTestShard(JobOf(2));
  for (const uint64_t step : {uint64_t{3}, ~uint64_t{0}}) {
    ExpectRefused(shard->CheckPull(MakePull(1, step, kUser, {1})).status(), absl::StatusCode::kFailedPrecondition,
                  absl::StrCat("pull of step ", step, " by worker 1, but only step 0 is applied"));
  }
  ASSERT_EQ(*shard->Push(MakeEmptyPush(0, 1)), Shard::PushResult::kStored);
  EXPECT_FALSE(shard->CheckPull(MakePull(0, 3, kUser, {1})).ok()) << "its pull of step 2 cannot be answered yet";
  ASSERT_EQ(*shard->Push(MakeEmptyPush(1, 1)), Shard::PushResult::kApplied);
  EXPECT_EQ(*shard->CheckPull(MakePull(0, 3, kUser, {1})), Shard::Readiness::kLater);
}

TEST(ShardTest, AStepIsAppliedOnceEveryWorkerHasPushedIt) {
  const auto shard = MakeTestShard(JobOf(3));
  const std::vector<float> before = Row(*shard, kUserBias, 7);
  EXPECT_EQ(*shard->Push(MakePush(2, 1, kUserBias, 1, {7}, {1})), Shard::PushResult::kStored);
  EXPECT_EQ(*shard->Push(MakeEmptyPush(0, 1)), Shard::PushResult::kStored);
  EXPECT_EQ(shard->applied_step(), 0u);
  EXPECT_EQ(Row(*shard, kUserBias, 7), before);
  EXPECT_EQ(*shard->Push(MakeEmptyPush(1, 1)), Shard::PushResult::kApplied);
  EXPECT_EQ(shard->applied_step(), 1u);
  EXPECT_EQ(Row(*shard, kUserBias, 7)[0], before[0] - 1);
}

TEST(ShardTest, APushThatComesAgainChangesNothing) {
  const auto shard = MakeTestShard(JobOf(2));
  const float before = Row(*shard, kUserBias, 7)[0];
  ASSERT_EQ(*shard->Push(MakePush(0, 1, kUserBias, 1, {7}, {0.5f})), Shard::PushResult::kStored);
  EXPECT_EQ(*shard->Push(MakePush(0, 1, kUserBias, 1, {7}, {99})), Shard::PushResult::kDuplicate);
  ASSERT_EQ(*shard->Push(MakeEmptyPush(1, 1)), Shard::PushResult::kApplied);
  EXPECT_EQ(*shard->Push(MakePush(0, 1, kUserBias, 1, {7}, {99})), Shard::PushResult::kDuplicate);
  EXPECT_EQ(*shard->Push(MakePush(1, 1, kUserBias, 1, {7}, {99})), Shard::PushResult::kDuplicate);
  EXPECT_EQ(shard->applied_step(), 1u);
  EXPECT_EQ(Row(*shard, kUserBias, 7)[0], before - 0.5f);
}

TEST(ShardTest, APushAheadOfItsStepIsRefused) {
  const auto shard = MakeTestShard(JobOf(1));
  ExpectRefused(shard->Push(MakeEmptyPush(0, 2)).status(), absl::StatusCode::kFailedPrecondition,
                "push of step 2 by worker 0, but only step 0 is applied");
  ExpectRefused(shard->Push(MakeEmptyPush(0, ~uint64_t{0})).status(), absl::StatusCode::kFailedPrecondition,
                "a worker pushes a step after pulling for it");
}

TEST(ShardTest, GradientsAreAddedInRankOrderWhateverTheOrderOfArrival) {
  // (1 + 2^24) - 2^24 is 0 in float32, 1 + (2^24 - 2^24) is 1: any other order gives another row.
  const float kLarge = 1 << 24;
  const std::vector<float> gradients = {1, kLarge, -kLarge};
  std::vector<uint32_t> order = {0, 1, 2};
  do {
    SCOPED_TRACE(absl::StrCat(order[0], order[1], order[2]));
    const auto shard = MakeTestShard(JobOf(3));
    const float before = Row(*shard, kUserBias, 7)[0];
    for (uint32_t rank : order) {
      ASSERT_TRUE(shard->Push(MakePush(rank, 1, kUserBias, 1, {7}, {gradients[rank]})).ok());
    }
    EXPECT_EQ(Row(*shard, kUserBias, 7)[0], before);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(ShardTest, IdsThatStandTwiceInAPushAreSummed) {
  const auto shard = MakeTestShard(JobOf(1));
  const float before7 = Row(*shard, kUserBias, 7)[0];
  const float before3 = Row(*shard, kUserBias, 3)[0];
  DecodedPush push = MakePush(0, 1, kUserBias, 1, {7, 3, 7, 7}, {1, 0.25f, 2, 4});
  // And a second block of the same table.
  push.tables.push_back(std::move(MakePush(0, 1, kUserBias, 1, {3}, {0.5f}).tables[0]));
  ASSERT_TRUE(shard->Push(std::move(push)).ok());
  EXPECT_EQ(Row(*shard, kUserBias, 7)[0], before7 - 7);
  EXPECT_EQ(Row(*shard, kUserBias, 3)[0], before3 - 0.75f);
}

TEST(ShardTest, TheBoundaryIsThatOfRankZero) {
  const auto shard = MakeTestShard(JobOf(2));
  ASSERT_TRUE(shard->Push(MakeEmptyPush(1, 1, CHECKPOINT_AND_STOP)).ok());
  ASSERT_TRUE(shard->Push(MakeEmptyPush(0, 1, CHECKPOINT)).ok());
  EXPECT_EQ(shard->boundary(), CHECKPOINT);
  ASSERT_TRUE(shard->Push(MakeEmptyPush(0, 2)).ok());
  EXPECT_EQ(shard->boundary(), CHECKPOINT) << "step 2 is not complete";
  ASSERT_TRUE(shard->Push(MakeEmptyPush(1, 2)).ok());
  EXPECT_EQ(shard->boundary(), CONTINUE);
}

TEST(ShardTest, AResumedShardGoesOnWithTheStepAfter) {
  const auto shard = MakeTestShard(JobOf(1));
  shard->ResumeAfter(6);
  EXPECT_EQ(shard->applied_step(), 6u);
  EXPECT_EQ(shard->boundary(), CONTINUE);
  EXPECT_EQ(*shard->Push(MakeEmptyPush(0, 6)), Shard::PushResult::kDuplicate);
  EXPECT_EQ(*shard->CheckPull(MakePull(0, 7, kUser, {1})), Shard::Readiness::kNow);
  EXPECT_EQ(*shard->Push(MakeEmptyPush(0, 7)), Shard::PushResult::kApplied);
}

// What random pushes must come to, by a map: one sum a row, taken off its initial value.
TEST(ShardTest, RandomPushesGiveTheSameRowsAtAnyNumberOfServersAndInAnyOrder) {
  constexpr int kWorkers = 3;
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::string expected;
  for (int servers = 1; servers <= 4; ++servers) {
    std::mt19937 random(seed);  // Of the gradients: the same for every number of servers.
    std::mt19937 order_random(seed + servers);
    std::vector<std::unique_ptr<Shard>> shards;
    for (int s = 0; s < servers; ++s) shards.push_back(MakeTestShard(JobOf(kWorkers, servers), s));
    for (uint64_t step = 1; step <= 8; ++step) {
      std::vector<std::pair<int, DecodedPush>> pushes;
      for (uint32_t rank = 0; rank < kWorkers; ++rank) {
        std::vector<std::vector<uint64_t>> ids(servers);
        std::vector<std::vector<float>> values(servers);
        for (uint64_t id = 0; id < 13; ++id) {
          const float value = static_cast<float>(random() % 1000) / 7;
          if (random() % 2 == 0) continue;
          ids[id % 4 % servers].push_back(id);
          values[id % 4 % servers].push_back(value);
        }
        for (int s = 0; s < servers; ++s) {
          pushes.emplace_back(s, MakePush(rank, step, kUser, kUserDim, ids[s], values[s]));
        }
      }
      std::shuffle(pushes.begin(), pushes.end(), order_random);
      for (auto& [server, push] : pushes) ASSERT_TRUE(shards[server]->Push(std::move(push)).ok());
    }
    std::vector<const Shard*> all;
    for (const auto& shard : shards) all.push_back(shard.get());
    const std::string digest = DigestOf(all);
    if (servers == 1) expected = digest;
    EXPECT_EQ(digest, expected) << servers << " servers";
  }
}

TEST(ShardTest, AJobThatCannotBeTrainedIsRefused) {
  ResolvedJob job = JobOf(1);
  job.mutable_job()->mutable_tables(0)->mutable_optimizer()->mutable_sgd()->set_momentum(2);
  EXPECT_TRUE(absl::IsInvalidArgument(Shard::Create(job, kTestIdentity, std::vector<bool>(4, true)).status()));
}

TEST(ShardTest, DimsAreThoseOfTheTables) { EXPECT_THAT(MakeTestShard(JobOf(1))->dims(), ElementsAre(5, 5, 1, 1, 1)); }

// ---- Workers that are lost -----------------------------------------------------------------------------------------

StepHeader HeaderOf(uint32_t rank, uint32_t incarnation) {
  StepHeader header = MakeHeader(rank, /*step=*/0);
  header.set_incarnation(incarnation);
  return header;
}

template <typename Message>
Message Under(uint32_t incarnation, Message message) {
  if constexpr (std::is_same_v<Message, DecodedPush>) {
    message.header.set_incarnation(incarnation);
  } else {
    message.mutable_header()->set_incarnation(incarnation);
  }
  return message;
}

constexpr uint32_t kNext = kTestIdentity.incarnation + 1;

ResolvedJob JobThatMayLose(int workers) {
  ResolvedJob job = JobOf(workers);
  job.mutable_job()->mutable_cluster()->set_max_restarts(1);
  return job;
}

TEST(ShardTest, AWorkerThatJoinsAnewTakesBackItsPushThatIsNotApplied) {
  const auto shard = MakeTestShard(JobThatMayLose(2));
  const float before = Row(*shard, kUserBias, 7)[0];
  ASSERT_EQ(*shard->Push(MakePush(0, 1, kUserBias, 1, {7}, {99})), Shard::PushResult::kStored);
  ASSERT_TRUE(shard->Rejoin(HeaderOf(0, kNext)).ok());
  ASSERT_EQ(*shard->Push(MakePush(1, 1, kUserBias, 1, {7}, {2})), Shard::PushResult::kStored);
  EXPECT_EQ(*shard->Push(Under(kNext, MakePush(0, 1, kUserBias, 1, {7}, {0.5f}))), Shard::PushResult::kApplied);
  EXPECT_EQ(Row(*shard, kUserBias, 7)[0], before - 2.5f);
}

TEST(ShardTest, JoiningAgainLeavesWhatHasComeSince) {
  const auto shard = MakeTestShard(JobThatMayLose(2));
  ASSERT_TRUE(shard->Rejoin(HeaderOf(0, kNext)).ok());
  ASSERT_EQ(*shard->Push(Under(kNext, MakeEmptyPush(0, 1))), Shard::PushResult::kStored);
  ASSERT_TRUE(shard->Rejoin(HeaderOf(0, kNext)).ok()) << "a message that came twice";
  EXPECT_EQ(*shard->Push(MakeEmptyPush(1, 1)), Shard::PushResult::kApplied);
}

TEST(ShardTest, RejoinsThatAreRefusedChangeNothing) {
  const auto shard = MakeTestShard(JobThatMayLose(2));
  ASSERT_TRUE(shard->Rejoin(HeaderOf(0, kNext)).ok());
  ASSERT_EQ(*shard->Push(Under(kNext, MakeEmptyPush(0, 1))), Shard::PushResult::kStored);
  StepHeader stranger = HeaderOf(0, kNext + 1);
  stranger.set_job_id(9);
  ExpectRefused(shard->Rejoin(stranger).status(), absl::StatusCode::kFailedPrecondition,
                "for job 9, this server is of job 5");
  ExpectRefused(shard->Rejoin(HeaderOf(0, kNext - 1)).status(), absl::StatusCode::kFailedPrecondition,
                "worker 0 joins incarnation 3, but is of incarnation 4");
  for (const uint32_t rank : {2u, ~0u}) {
    ExpectRefused(shard->Rejoin(HeaderOf(rank, kNext + 1)).status(), absl::StatusCode::kInvalidArgument,
                  absl::StrCat("worker rank ", rank, " is out of range, the job has 2 workers"));
  }
  ExpectRefused(shard->Rejoin(HeaderOf(0, kNext + 1)).status(), absl::StatusCode::kInvalidArgument,
                "worker 0 joins incarnation 5, but with cluster.max_restarts 1 the last one is 4");
  EXPECT_EQ(*shard->CheckPull(Under(kNext, MakePull(0, 1, kUser, {1}))), Shard::Readiness::kNow);
  EXPECT_EQ(*shard->Push(MakeEmptyPush(1, 1)), Shard::PushResult::kApplied);
}

TEST(ShardTest, WhatAWorkerSentBeforeItJoinedAnewIsRefusedAndWhatOthersSendIsNot) {
  const auto shard = MakeTestShard(JobThatMayLose(2));
  ASSERT_TRUE(shard->Rejoin(HeaderOf(0, kNext)).ok());
  const std::string message = "of incarnation 3, worker 0 of incarnation 4";
  ExpectRefused(shard->CheckPull(MakePull(0, 1, kUser, {1})).status(), absl::StatusCode::kFailedPrecondition, message);
  ExpectRefused(shard->Push(MakeEmptyPush(0, 1)).status(), absl::StatusCode::kFailedPrecondition, message);
  ExpectRefused(shard->CheckPull(Under(kNext, MakePull(1, 1, kUser, {1}))).status(),
                absl::StatusCode::kFailedPrecondition, "of incarnation 4, worker 1 of incarnation 3");
  EXPECT_EQ(*shard->CheckPull(MakePull(1, 1, kUser, {1})), Shard::Readiness::kNow);
  EXPECT_EQ(*shard->Push(MakeEmptyPush(1, 1)), Shard::PushResult::kStored);
  EXPECT_EQ(*shard->Push(Under(kNext, MakeEmptyPush(0, 1))), Shard::PushResult::kApplied);
}

TEST(ShardTest, WhoJoinsAnewIsToldTheLastStepAndWhatWasDecidedBehindIt) {
  const auto shard = MakeTestShard(JobThatMayLose(2));
  EXPECT_EQ(shard->Rejoin(HeaderOf(1, kNext))->applied_step(), 0u);
  ASSERT_EQ(*shard->Push(MakeEmptyPush(0, 1, CHECKPOINT)), Shard::PushResult::kStored);
  ASSERT_EQ(*shard->Push(Under(kNext, MakeEmptyPush(1, 1))), Shard::PushResult::kApplied);
  const absl::StatusOr<RejoinReply> reply = shard->Rejoin(HeaderOf(1, kNext));
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->applied_step(), 1u);
  EXPECT_EQ(reply->boundary(), CHECKPOINT);
}

TEST(ShardTest, TheStepThatIsAppliedIsAnsweredAgainWhereWorkersMayBeLost) {
  const auto shard = MakeTestShard(JobThatMayLose(1));
  PullRequest pull = MakePull(0, 1, kUser, {1});
  ASSERT_EQ(*shard->Push(MakeEmptyPush(0, 1)), Shard::PushResult::kApplied);
  EXPECT_EQ(*shard->CheckPull(pull), Shard::Readiness::kAgain);
  EXPECT_EQ(*shard->CheckPull(MakePull(0, 2, kUser, {1})), Shard::Readiness::kNow);
  pull.set_read_only(true);
  ExpectRefused(shard->CheckPull(pull).status(), absl::StatusCode::kFailedPrecondition,
                "pull of step 1, but step 1 is already applied");
  pull.set_read_only(false);
  ASSERT_EQ(*shard->Push(MakeEmptyPush(0, 2)), Shard::PushResult::kApplied);
  ExpectRefused(shard->CheckPull(pull).status(), absl::StatusCode::kFailedPrecondition,
                "pull of step 1, but step 2 is already applied");
}

TEST(ShardTest, TheStepThatIsAppliedIsNotAnsweredAgainWhereNoWorkerMayBeLost) {
  const auto shard = MakeTestShard(JobOf(1));
  ASSERT_EQ(*shard->Push(MakeEmptyPush(0, 1)), Shard::PushResult::kApplied);
  ExpectRefused(shard->CheckPull(MakePull(0, 1, kUser, {1})).status(), absl::StatusCode::kFailedPrecondition,
                "pull of step 1, but step 1 is already applied");
}

}  // namespace
}  // namespace shoal
