// Registration is tested with the coordinator; here is what becomes of the places of workers that are lost.
#include "launcher/membership.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/launcher/test_job.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

RegisterRequest MakeWorker(int rank, int64_t pid) {
  RegisterRequest request = MakeRegistration(WORKER, rank);
  request.set_pid(pid);
  return request;
}

// Two workers, of processes 100 and 101, and a server.
Membership ReadyMembership() {
  Membership members(2, 1);
  EXPECT_TRUE(members.Register(MakeRegistration(PARAMETER_SERVER, 0)).ok());
  for (const int rank : {0, 1}) EXPECT_TRUE(members.Register(MakeWorker(rank, 100 + rank)).ok());
  EXPECT_TRUE(members.ready());
  return members;
}

TEST(MembershipTest, AnotherProcessTakesThePlaceOfALostWorker) {
  Membership members = ReadyMembership();
  members.Lose(1, 101);
  EXPECT_FALSE(members.ready());
  EXPECT_THAT(members.Missing(), ElementsAre(ProcessId{WORKER, 1}));
  EXPECT_TRUE(absl::IsFailedPrecondition(members.Check(WORKER, 1)));
  EXPECT_TRUE(members.Check(WORKER, 0).ok());
  ASSERT_TRUE(members.Register(MakeWorker(1, 202)).ok());
  EXPECT_TRUE(members.ready());
  EXPECT_THAT(members.Missing(), IsEmpty());
}

TEST(MembershipTest, ALostProcessCannotComeBack) {
  Membership members = ReadyMembership();
  members.Lose(1, 101);
  for (const bool is_replaced : {false, true}) {
    const absl::Status status = members.Register(MakeWorker(1, 101));
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("process 101 was lost as worker 1: it cannot come back"));
    EXPECT_EQ(members.ready(), is_replaced);
    ASSERT_TRUE(members.Register(MakeWorker(1, 202)).ok());
  }
}

TEST(MembershipTest, AProcessThatIsLostBeforeItHasRegisteredCannotCome) {
  Membership members(1, 0);
  members.Lose(0, 100);
  EXPECT_THAT(members.Missing(), ElementsAre(ProcessId{WORKER, 0}));
  EXPECT_TRUE(absl::IsFailedPrecondition(members.Register(MakeWorker(0, 100))));
  EXPECT_FALSE(members.ready());
  EXPECT_TRUE(members.Register(MakeWorker(0, 200)).ok());
  EXPECT_TRUE(members.ready());
}

TEST(MembershipTest, TheLossOfAnEarlierProcessLeavesThePlaceToTheNextOne) {
  Membership members = ReadyMembership();
  members.Lose(1, 101);
  ASSERT_TRUE(members.Register(MakeWorker(1, 202)).ok());
  for (const int64_t other : {101, 303}) {
    members.Lose(1, other);
    EXPECT_TRUE(members.ready()) << other;
  }
  members.Lose(1, 202);
  EXPECT_FALSE(members.ready());
}

TEST(MembershipTest, AProcessIsLostForItsPlaceAlone) {
  Membership members(2, 2);
  members.Lose(1, 100);
  EXPECT_TRUE(members.Register(MakeWorker(0, 100)).ok());
  RegisterRequest server = MakeRegistration(PARAMETER_SERVER, 1);
  server.set_pid(100);
  EXPECT_TRUE(members.Register(server).ok());
}

}  // namespace
}  // namespace shoal
