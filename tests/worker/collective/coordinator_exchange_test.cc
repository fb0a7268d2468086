#include "worker/collective/coordinator_exchange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_retry_clock.h"
#include "tests/support/scripted_coordinator_link.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

const std::string kValue = "128 bytes, in NCCL's case";

ExchangeReply Found(const std::string& value) {
  ExchangeReply reply;
  reply.set_found(true);
  reply.set_value(value);
  return reply;
}

class CoordinatorExchangeTest : public testing::Test {
 protected:
  ScriptedCoordinatorLink link_;
  FakeRetryClock clock_;
  CoordinatorExchange exchange_{{/*worker_rank=*/2, /*incarnation=*/7, absl::Seconds(1), &clock_}, &link_};
};

TEST_F(CoordinatorExchangeTest, PublishesBytesAsTheyAre) {
  const std::string value("a\0b", 3);
  ASSERT_TRUE(exchange_.Publish("nccl/unique_id", value).ok());
  ASSERT_EQ(link_.exchanges().size(), 1u);
  EXPECT_EQ(link_.exchanges()[0].worker_rank(), 2u);
  EXPECT_EQ(link_.exchanges()[0].incarnation(), 7u);
  EXPECT_EQ(link_.exchanges()[0].key(), "nccl/unique_id");
  EXPECT_EQ(link_.exchanges()[0].value(), value);
}

TEST_F(CoordinatorExchangeTest, AsksUntilTheValueIsThere) {
  link_.AnswerExchanges({ExchangeReply(), ExchangeReply(), Found(kValue)});
  const absl::StatusOr<std::string> value = exchange_.Await("nccl/unique_id");
  ASSERT_TRUE(value.ok()) << value.status();
  EXPECT_EQ(*value, kValue);
  EXPECT_THAT(clock_.pauses(), SizeIs(2));
  EXPECT_FALSE(link_.exchanges()[0].has_value());
}

TEST_F(CoordinatorExchangeTest, AValueThatDoesNotComeInTimeIsAnErrorThatNamesItsKey) {
  const absl::Status status = exchange_.Await("nccl/unique_id").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(status.message()), HasSubstr("'nccl/unique_id' within 1s"));
  EXPECT_EQ(clock_.Now(), absl::UnixEpoch() + absl::Seconds(1));
}

TEST_F(CoordinatorExchangeTest, TheLinksErrorIsReturned) {
  link_.FailWith(absl::UnavailableError("no coordinator"));
  EXPECT_EQ(exchange_.Publish("nccl/unique_id", kValue), absl::UnavailableError("no coordinator"));
  EXPECT_EQ(exchange_.Await("nccl/unique_id").status(), absl::UnavailableError("no coordinator"));
}

}  // namespace
}  // namespace shoal
