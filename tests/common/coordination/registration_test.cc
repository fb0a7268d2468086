#include "common/coordination/registration.h"

#include <gtest/gtest.h>

#include "tests/support/scripted_coordinator_link.h"

namespace shoal {
namespace {

RegisterReply Ready(uint64_t job_id) {
  RegisterReply reply;
  reply.set_ready(true);
  reply.set_job_id(job_id);
  return reply;
}

RegisterRequest Request() {
  RegisterRequest request;
  request.set_role(PARAMETER_SERVER);
  request.set_index(2);
  request.set_address("unix:/run/2");
  return request;
}

TEST(RegistrationTest, AReadyReplyIsTakenAtOnce) {
  ScriptedCoordinatorLink link;
  link.AnswerRegistrations({Ready(7)});
  int waits = 0;
  const absl::StatusOr<RegisterReply> reply = RegisterUntilReady(link, Request(), [&waits] { ++waits; });
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->job_id(), 7u);
  EXPECT_EQ(waits, 0);
}

TEST(RegistrationTest, AsksWithTheSameRequestAndWaitsBetweenUntilAllAreThere) {
  ScriptedCoordinatorLink link;
  link.AnswerRegistrations({RegisterReply(), RegisterReply(), RegisterReply(), Ready(7)});
  int waits = 0;
  ASSERT_TRUE(RegisterUntilReady(link, Request(), [&waits] { ++waits; }).ok());
  EXPECT_EQ(waits, 3);
  ASSERT_EQ(link.registrations().size(), 4u);
  for (const RegisterRequest& request : link.registrations()) {
    EXPECT_EQ(request.SerializeAsString(), Request().SerializeAsString());
  }
}

TEST(RegistrationTest, AnErrorIsFinal) {
  ScriptedCoordinatorLink link;
  int waits = 0;
  const absl::StatusOr<RegisterReply> reply = RegisterUntilReady(link, Request(), [&] {
    ++waits;
    link.FailWith(absl::InvalidArgumentError("rank 2 is taken"));
  });
  EXPECT_EQ(reply.status(), absl::InvalidArgumentError("rank 2 is taken"));
  EXPECT_EQ(waits, 1);
}

}  // namespace
}  // namespace shoal
