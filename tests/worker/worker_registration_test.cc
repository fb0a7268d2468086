#include "worker/worker_registration.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace shoal {
namespace {

using Action = WorkerRegistration::Action;

RegisterReply ReplyOf(uint32_t incarnation, bool ready) {
  RegisterReply reply;
  reply.set_incarnation(incarnation);
  reply.set_ready(ready);
  reply.mutable_job()->mutable_job()->mutable_model()->mutable_matrix_factorization();
  return reply;
}

RegisterReply WithDense(RegisterReply reply) {
  reply.mutable_job()->mutable_job()->mutable_model()->mutable_network()->add_tower()->mutable_linear();
  return reply;
}

// Of a group that goes on behind `step`.
RegisterReply RejoinedAt(uint64_t step, uint32_t incarnation = 2) {
  RegisterReply reply = ReplyOf(incarnation, /*ready=*/true);
  reply.set_resume_step(3);
  reply.mutable_rejoin()->set_step(step);
  return reply;
}

std::vector<RejoinReply> Servers(const std::vector<uint64_t>& applied_steps, Boundary boundary = CONTINUE) {
  std::vector<RejoinReply> servers;
  for (const uint64_t step : applied_steps) {
    servers.emplace_back().set_applied_step(step);
    servers.back().set_boundary(boundary);
  }
  return servers;
}

class WorkerRegistrationTest : public testing::Test {
 protected:
  WorkerRegistration registration_{/*rank=*/2, /*pid=*/4711};
};

TEST_F(WorkerRegistrationTest, ANewWorkerSaysWhoItIsAndKnowsNothingElse) {
  RegisterRequest request;
  request.set_role(Role::WORKER);
  request.set_index(2);
  request.set_pid(4711);
  EXPECT_EQ(registration_.request().SerializeAsString(), request.SerializeAsString());
  EXPECT_FALSE(registration_.request().has_step());
}

TEST_F(WorkerRegistrationTest, TheFirstGroupIsJoinedByRegistering) {
  EXPECT_EQ(registration_.Next(RegisterReply()), Action::kAskAgain);
  EXPECT_EQ(registration_.Next(ReplyOf(1, /*ready=*/false)), Action::kAskAgain);
  EXPECT_EQ(registration_.Next(ReplyOf(1, /*ready=*/true)), Action::kTrain);
}

TEST_F(WorkerRegistrationTest, ALaterGroupIsJoinedByWayOfTheServers) {
  for (const bool ready : {false, true}) EXPECT_EQ(registration_.Next(ReplyOf(2, ready)), Action::kJoinServers);
  registration_.OnServersJoined(ReplyOf(2, false), Servers({4}));
  EXPECT_EQ(registration_.request().incarnation(), 2u);
  EXPECT_EQ(registration_.Next(ReplyOf(2, false)), Action::kAskAgain);
  EXPECT_EQ(registration_.Next(ReplyOf(2, true)), Action::kTrain);
  EXPECT_EQ(registration_.Next(ReplyOf(3, true)), Action::kJoinServers) << "another one was lost meanwhile";
}

TEST_F(WorkerRegistrationTest, WithoutDenseParametersTheServersSayHowFarTrainingIs) {
  registration_.OnServersJoined(ReplyOf(2, false), Servers({6, 5, 6}));
  EXPECT_EQ(registration_.request().step(), 5u) << "applied on all of them";
  registration_.OnLeft(ReplyOf(2, true), 9);
  registration_.OnServersJoined(ReplyOf(3, false), Servers({9, 8}));
  EXPECT_EQ(registration_.request().step(), 9u) << "what the worker has seen itself stands";
}

TEST_F(WorkerRegistrationTest, WithDenseParametersAWorkerKnowsOnlyTheStepThatItHoldsThemOf) {
  registration_.OnServersJoined(WithDense(ReplyOf(2, false)), Servers({6, 6}));
  EXPECT_FALSE(registration_.request().has_step());
  registration_.OnLeft(WithDense(ReplyOf(2, true)), 4);
  registration_.OnServersJoined(WithDense(ReplyOf(3, false)), Servers({6, 6}));
  EXPECT_EQ(registration_.request().step(), 4u);
}

// As long as a server has applied nothing, nobody can hold others than those that training starts from.
TEST_F(WorkerRegistrationTest, WhatTrainingStartsFromEveryWorkerCanMake) {
  RegisterReply reply = WithDense(ReplyOf(2, false));
  reply.set_resume_step(6);
  registration_.OnServersJoined(reply, Servers({7, 6}));
  EXPECT_EQ(registration_.request().step(), 6u);
}

TEST_F(WorkerRegistrationTest, TheFirstGroupBeginsBehindTheCheckpoint) {
  RegisterReply assignment = ReplyOf(1, /*ready=*/true);
  assignment.set_resume_step(20);
  const StartPoint start = registration_.Start(assignment);
  EXPECT_EQ(start.step, 20u);
  EXPECT_EQ(start.epoch_end, StartPoint::EpochEnd::kValidate);
  EXPECT_EQ(start.dense_saved_step, 20u);
  EXPECT_FALSE(start.decided.has_value());
  EXPECT_EQ(registration_.request().step(), 20u) << "of which it holds the dense parameters";
}

TEST_F(WorkerRegistrationTest, ALaterGroupBeginsWhereTheCoordinatorSays) {
  for (const bool is_true : {false, true}) {
    RegisterReply assignment = RejoinedAt(10);
    assignment.mutable_rejoin()->set_epoch_reported(is_true);
    assignment.mutable_rejoin()->set_dense_saved_step(8);
    const StartPoint start = registration_.Start(assignment);
    EXPECT_EQ(start.step, 10u);
    EXPECT_EQ(start.epoch_end, is_true ? StartPoint::EpochEnd::kNone : StartPoint::EpochEnd::kReport);
    EXPECT_EQ(start.dense_saved_step, 8u);
  }
}

TEST_F(WorkerRegistrationTest, AStepZeroOfALaterGroupIsNoCheckpoint) {
  EXPECT_EQ(registration_.Start(RejoinedAt(0)).step, 0u);
  EXPECT_FALSE(registration_.request().has_step()) << "it holds no dense parameters yet";
}

TEST_F(WorkerRegistrationTest, WhatWasDecidedStandsWhereAServerHasAppliedTheNextStep) {
  std::vector<RejoinReply> servers = Servers({5, 6, 5});
  servers[0].set_boundary(CHECKPOINT);
  servers[1].set_boundary(CHECKPOINT_AND_STOP);
  registration_.OnServersJoined(ReplyOf(2, false), servers);
  EXPECT_EQ(registration_.Start(RejoinedAt(5)).decided, CHECKPOINT_AND_STOP);
  EXPECT_FALSE(registration_.Start(RejoinedAt(6)).decided.has_value()) << "of a step that no server has applied";
}

TEST_F(WorkerRegistrationTest, ADecisionToGoOnIsOne) {
  registration_.OnServersJoined(ReplyOf(2, false), Servers({6}));
  EXPECT_EQ(registration_.Start(RejoinedAt(5)).decided, CONTINUE);
}

TEST_F(WorkerRegistrationTest, WhatServersSaidInAnEarlierGroupIsForgotten) {
  registration_.OnServersJoined(ReplyOf(2, false), Servers({6}, CHECKPOINT));
  registration_.OnServersJoined(ReplyOf(3, false), Servers({5}));
  EXPECT_FALSE(registration_.Start(RejoinedAt(5, 3)).decided.has_value());
}

TEST_F(WorkerRegistrationTest, WhoMissesAnotherSaysInWhichGroupAndHowFarItCame) {
  registration_.Start(ReplyOf(1, true));
  registration_.OnLeft(ReplyOf(1, true), 7);
  EXPECT_EQ(registration_.request().left_incarnation(), 1u);
  EXPECT_EQ(registration_.request().step(), 7u);
  EXPECT_EQ(registration_.request().index(), 2u);
  registration_.OnLeft(ReplyOf(4, true));
  EXPECT_EQ(registration_.request().left_incarnation(), 4u);
  EXPECT_EQ(registration_.request().step(), 7u) << "it came no further";
}

}  // namespace
}  // namespace shoal
