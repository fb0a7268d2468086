#include "worker/collective/coordinator_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gloo/common/error.h"
#include "tests/support/fake_retry_clock.h"
#include "tests/support/scripted_coordinator_link.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

ExchangeReply Found(const std::string& value) {
  ExchangeReply reply;
  reply.set_found(true);
  reply.set_value(value);
  return reply;
}

class CoordinatorStoreTest : public testing::Test {
 protected:
  ScriptedCoordinatorLink link_;
  FakeRetryClock clock_;
  CoordinatorStore store_{{/*worker_rank=*/2, /*incarnation=*/7, absl::Seconds(1), &clock_}, &link_};
};

TEST_F(CoordinatorStoreTest, PublishesUnderAKeyOfItsOwnSpace) {
  store_.set("2", {'a', '\0', 'b'});
  ASSERT_THAT(link_.exchanges(), SizeIs(1));
  const ExchangeRequest& request = link_.exchanges()[0];
  EXPECT_EQ(request.worker_rank(), 2u);
  EXPECT_EQ(request.incarnation(), 7u);
  EXPECT_EQ(request.key(), "gloo/2");
  EXPECT_TRUE(request.has_value());
  EXPECT_EQ(request.value(), std::string("a\0b", 3));
}

TEST_F(CoordinatorStoreTest, AsksUntilTheValueIsThere) {
  link_.AnswerExchanges({ExchangeReply(), ExchangeReply(), Found("xy")});
  EXPECT_THAT(store_.get("0"), ElementsAre('x', 'y'));
  EXPECT_THAT(link_.exchanges(), SizeIs(3));
  EXPECT_THAT(clock_.pauses(), SizeIs(2));
  EXPECT_FALSE(link_.exchanges()[0].has_value());
  EXPECT_TRUE(store_.status().ok());
}

TEST_F(CoordinatorStoreTest, WaitsForEveryKey) {
  link_.AnswerExchanges({Found("x"), ExchangeReply(), Found("y")});
  store_.wait({"0", "1"}, std::chrono::milliseconds(0));
  ASSERT_THAT(link_.exchanges(), SizeIs(3));
  EXPECT_EQ(link_.exchanges()[0].key(), "gloo/0");
  EXPECT_EQ(link_.exchanges()[2].key(), "gloo/1");
}

TEST_F(CoordinatorStoreTest, AValueThatDoesNotComeInTimeIsAnErrorThatNamesItsKey) {
  EXPECT_THROW(store_.get("3"), gloo::IoException);
  EXPECT_EQ(store_.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(store_.status().message()), HasSubstr("'gloo/3' within 1s"));
  EXPECT_EQ(clock_.Now(), absl::UnixEpoch() + absl::Seconds(1));
}

TEST_F(CoordinatorStoreTest, TheLinksErrorIsKept) {
  link_.FailWith(absl::UnavailableError("no coordinator"));
  EXPECT_THROW(store_.set("2", {}), gloo::IoException);
  EXPECT_EQ(store_.status(), absl::UnavailableError("no coordinator"));
}

}  // namespace
}  // namespace shoal
