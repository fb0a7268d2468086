// What Gloo's collective does when workers are missing; what it computes is in the conformance test.
#include "worker/collective/gloo_collective.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/base/config.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "tests/launcher/test_job.h"
#include "tests/support/collectives.h"
#include "tests/support/direct_coordinator_link.h"

namespace shoal {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class LonelyWorkerTest : public testing::Test {
 protected:
  LonelyWorkerTest() {
    EXPECT_TRUE(link_.Register(MakeRegistration(WORKER, 0)).ok());
    options_.size = 2;
    options_.incarnation = 1;
    options_.connect_timeout = absl::Milliseconds(50);
  }

  static Coordinator::Options MakeOptions() {
    Coordinator::Options options;
    options.job = MakeTestJob(/*workers=*/2, /*servers=*/1);
    return options;
  }

  DirectCoordinatorLink link_{MakeOptions()};
  GlooCollective::Options options_;
};

TEST_F(LonelyWorkerTest, AWorkerThatNeverComesIsNamed) {
  const absl::Status status = GlooCollective::Connect(options_, &link_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("connecting on rank 0 of 2"), HasSubstr("'gloo/1'")));
}

TEST_F(LonelyWorkerTest, AWorkerThatCannotBeReachedIsAnError) {
  ASSERT_TRUE(link_.Register(MakeRegistration(WORKER, 1)).ok());
  // Not what Gloo makes of an address, so that nobody listens there.
  ASSERT_TRUE(link_.Exchange(MakePublication(1, "gloo/1", std::string(1000, '\x01'))).ok());
  ASSERT_TRUE(link_.Exchange(MakePublication(1, "gloo/rank_1", "host")).ok());
  EXPECT_FALSE(GlooCollective::Connect(options_, &link_).ok());
}

TEST_F(LonelyWorkerTest, AHostWithoutAnInterfaceIsAnError) {
#ifdef ABSL_HAVE_ADDRESS_SANITIZER
  GTEST_SKIP() << "Gloo leaks the addresses that it has looked up if it can use none";
#endif
  options_.host = "192.0.2.1";  // Reserved for documentation.
  const absl::Status status = GlooCollective::Connect(options_, &link_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("192.0.2.1"));
}

TEST_F(LonelyWorkerTest, TheCoordinatorsRefusalIsTheError) {
  options_.incarnation = 3;
  const absl::Status status = GlooCollective::Connect(options_, &link_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("incarnation 3"));
}

TEST(GlooCollectiveTest, SilentWorkersAreNamedWhenTimeIsUp) {
  const Collectives collectives = ConnectGlooCollectives(/*size=*/3, absl::Milliseconds(200));
  std::vector<float> data(100, 1);
  const absl::Status status = SumAndWait(*collectives[1], absl::MakeSpan(data));
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("AllReduceSum on rank 1 of 3: nothing came from rank 0"), HasSubstr("from rank 2")));
  // The others learn of it when they come, well before their time is up.
  for (int rank : {0, 2}) {
    EXPECT_EQ(SumAndWait(*collectives[rank], absl::MakeSpan(data)).code(), absl::StatusCode::kUnavailable);
  }
}

TEST(GlooCollectiveTest, AWorkerThatHasGoneBeforeIsNamed) {
  Collectives collectives = ConnectGlooCollectives(/*size=*/2, absl::Seconds(60));
  collectives[1].reset();
  std::vector<float> data(1 << 20, 1);
  const absl::Status status = SumAndWait(*collectives[0], absl::MakeSpan(data));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("AllReduceSum on rank 0 of 2: nothing came from rank 1"));
  EXPECT_EQ(SumAndWait(*collectives[0], absl::MakeSpan(data)), status);
}

TEST(GlooCollectiveTest, TheCallerIsNotBlocked) {
  const Collectives collectives = ConnectGlooCollectives(/*size=*/2, absl::Seconds(60));
  std::vector<float> data[2] = {std::vector<float>(1000, 1), std::vector<float>(1000, 2)};
  absl::Notification done[2];
  for (int rank : {0, 1}) {
    collectives[rank]->AllReduceSum(absl::MakeSpan(data[rank]), [&done, rank](const absl::Status& status) {
      EXPECT_TRUE(status.ok()) << status;
      done[rank].Notify();
    });
  }
  for (absl::Notification& notification : done) notification.WaitForNotification();
  EXPECT_EQ(data[0], std::vector<float>(1000, 3));
  EXPECT_EQ(data[1], data[0]);
}

}  // namespace
}  // namespace shoal
