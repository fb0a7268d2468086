#include "parameter_server/parameter_service.h"

#include <gmock/gmock.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/channel_arguments.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "tests/support/server_requests.h"
#include "tests/support/small_job.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

constexpr uint32_t kBias = 2;
constexpr char kPull[] = "/shoal.ParameterService/Pull";
constexpr char kPush[] = "/shoal.ParameterService/Push";
constexpr char kRejoin[] = "/shoal.ParameterService/Rejoin";

class IdleSink : public CheckpointSink {
 public:
  absl::Status Save(const Shard&) override { return absl::OkStatus(); }
};

// One unary call under way.
class Call {
 public:
  Call(grpc::GenericStub* stub, const char* method, const std::string& bytes,
       absl::Duration timeout = absl::Seconds(60)) {
    context_.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
    const grpc::Slice slice(bytes);
    request_ = grpc::ByteBuffer(&slice, 1);
    stub->UnaryCall(&context_, method, grpc::StubOptions(), &request_, &reply_, [this](grpc::Status status) {
      status_ = std::move(status);
      done_.Notify();
    });
  }
  ~Call() { done_.WaitForNotification(); }

  void Cancel() { context_.TryCancel(); }
  const grpc::Status& Await() {
    done_.WaitForNotification();
    return status_;
  }
  bool is_done() const { return done_.HasBeenNotified(); }
  // REQUIRES: it has been awaited.
  std::string ReplyBytes() const {
    grpc::Slice slice;
    return reply_.DumpToSingleSlice(&slice).ok() ? std::string(slice.begin(), slice.end()) : "";
  }

 private:
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer reply_;
  grpc::Status status_;
  absl::Notification done_;
};

// A service behind an in-process channel; one worker.
class ParameterServiceTest : public testing::Test {
 protected:
  ParameterServiceTest() {
    grpc::ServerBuilder builder;
    service_.AddTo(&builder);
    grpc_server_ = builder.BuildAndStart();
    service_.Listen();
    stub_ = std::make_unique<grpc::GenericStub>(grpc_server_->InProcessChannel(grpc::ChannelArguments()));
  }
  ~ParameterServiceTest() override { service_.Shutdown(grpc_server_.get()); }

  void Serve() {
    ResolvedJob job = PlainSgdJob();
    job.mutable_job()->mutable_cluster()->set_max_restarts(1);
    service_.Serve(std::make_unique<ParameterServer>(MakeTestShard(job), &sink_));
  }
  static std::string PullBytes(uint64_t step) { return MakePull(0, step, kBias, {7}).SerializeAsString(); }
  static std::string PushBytes(uint64_t step) { return EncodePush(MakePush(0, step, kBias, 1, {7}, {1}), 1); }
  static std::string RejoinBytes(uint32_t rank = 0) {
    RejoinRequest request;
    *request.mutable_header() = MakeHeader(rank, /*step=*/0);
    request.mutable_header()->set_incarnation(kTestIdentity.incarnation + 1);
    return request.SerializeAsString();
  }
  std::unique_ptr<Call> Start(const char* method, const std::string& bytes,
                              absl::Duration timeout = absl::Seconds(60)) {
    return std::make_unique<Call>(stub_.get(), method, bytes, timeout);
  }

  // Until so many requests wait for Serve; a minute at most.
  void AwaitEarly(size_t count) {
    const absl::Time deadline = absl::Now() + absl::Minutes(1);
    while (service_.num_early() != count && absl::Now() < deadline) std::this_thread::yield();
    EXPECT_EQ(service_.num_early(), count);
  }

  IdleSink sink_;
  ParameterServiceImpl service_;
  std::unique_ptr<grpc::Server> grpc_server_;
  std::unique_ptr<grpc::GenericStub> stub_;
};

TEST_F(ParameterServiceTest, RequestsThatComeBeforeServeAreAnsweredByIt) {
  const auto pull = Start(kPull, PullBytes(1));
  const auto waiting = Start(kPull, PullBytes(2));
  // Shows that the service has taken requests in by now and has answered none.
  EXPECT_EQ(Start(kPull, PullBytes(1), absl::Milliseconds(20))->Await().error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_FALSE(pull->is_done());
  Serve();
  EXPECT_TRUE(pull->Await().ok()) << pull->Await().error_message();
  EXPECT_TRUE(Start(kPush, PushBytes(1))->Await().ok());
  EXPECT_TRUE(waiting->Await().ok()) << waiting->Await().error_message();
}

TEST_F(ParameterServiceTest, StopCancelsWaitingPullsAndAllThatComesLater) {
  Serve();
  const auto waiting = Start(kPull, PullBytes(2));
  // A request that is answered after it has reached the service; the waiting one was sent before it.
  EXPECT_TRUE(Start(kPull, PullBytes(1))->Await().ok());
  service_.Stop();
  EXPECT_EQ(waiting->Await().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_THAT(waiting->Await().error_message(), HasSubstr("the parameter server is leaving"));
  EXPECT_EQ(Start(kPull, PullBytes(1))->Await().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_EQ(Start(kPush, PushBytes(1))->Await().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_EQ(Start(kRejoin, RejoinBytes())->Await().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(ParameterServiceTest, StopBeforeServeCancelsWhatWaitsForIt) {
  const auto pull = Start(kPull, PullBytes(1));
  const auto push = Start(kPush, PushBytes(1));
  service_.Stop();
  EXPECT_EQ(pull->Await().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_EQ(push->Await().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(ParameterServiceTest, AServiceThatStopsForACauseTellsItToWaitingAndLaterPulls) {
  Serve();
  const auto waiting = Start(kPull, PullBytes(2));
  EXPECT_TRUE(Start(kPull, PullBytes(1))->Await().ok());
  service_.Stop(absl::UnavailableError("the coordinator is gone"));
  const auto later = Start(kPull, PullBytes(1));
  for (const auto* call : {&waiting, &later}) {
    EXPECT_EQ((*call)->Await().error_code(), grpc::StatusCode::CANCELLED) << "UNAVAILABLE would be sent again";
    EXPECT_THAT((*call)->Await().error_message(),
                HasSubstr("the parameter server is leaving: the coordinator is gone"));
  }
}

TEST_F(ParameterServiceTest, AServiceThatStopsBeforeServeTellsTheCause) {
  const auto pull = Start(kPull, PullBytes(1));
  const auto push = Start(kPush, PushBytes(1));
  AwaitEarly(2);
  service_.Stop(absl::DataLossError("tables-0 is damaged"));
  for (const auto* call : {&pull, &push}) {
    EXPECT_EQ((*call)->Await().error_code(), grpc::StatusCode::CANCELLED);
    EXPECT_THAT((*call)->Await().error_message(), HasSubstr("tables-0 is damaged"));
  }
}

TEST_F(ParameterServiceTest, MalformedBytesAreAnInvalidArgument) {
  Serve();
  for (const char* method : {kPull, kPush, kRejoin}) {
    for (const std::string& bytes : {std::string("\xff\xff\xff\xff"), std::string("\x0a\x7f"), std::string(100, 'z')}) {
      const auto call = Start(method, bytes);
      EXPECT_EQ(call->Await().error_code(), grpc::StatusCode::INVALID_ARGUMENT) << call->Await().error_message();
      EXPECT_THAT(call->Await().error_message(), HasSubstr("malformed"));
    }
  }
  EXPECT_TRUE(Start(kPull, PullBytes(1))->Await().ok()) << "and the service goes on";
}

TEST_F(ParameterServiceTest, PullsOfMoreTablesThanTheJobHasAreRefused) {
  Serve();
  PullRequest request = MakePull(0, 1, kBias, {7});
  for (int i = 0; i < 1000; ++i) request.add_tables();
  const auto call = Start(kPull, request.SerializeAsString());
  EXPECT_EQ(call->Await().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(call->Await().error_message(), HasSubstr("more than 2 entries for each of the job's 5 tables"));
}

TEST_F(ParameterServiceTest, AnEmptyMessageIsRefusedForItsHeader) {
  Serve();
  EXPECT_EQ(Start(kPull, "")->Await().error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(Start(kPush, "")->Await().error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(Start(kRejoin, "")->Await().error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(ParameterServiceTest, TheServersErrorsReachTheCaller) {
  Serve();
  const auto pull = Start(kPull, MakePull(0, 1, kBias, {99}).SerializeAsString());
  EXPECT_EQ(pull->Await().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(pull->Await().error_message(), HasSubstr("id 99 is out of range for table user_bias"));
}

TEST_F(ParameterServiceTest, AWorkerJoinsAnew) {
  Serve();
  EXPECT_TRUE(Start(kPush, PushBytes(1))->Await().ok());
  const auto waiting = Start(kPull, PullBytes(3));
  // Of an earlier moment than the rejoin, which the service takes after the pull.
  EXPECT_TRUE(Start(kPull, PullBytes(2))->Await().ok());
  const auto rejoin = Start(kRejoin, RejoinBytes());
  ASSERT_TRUE(rejoin->Await().ok()) << rejoin->Await().error_message();
  RejoinReply reply;
  ASSERT_TRUE(reply.ParseFromString(rejoin->ReplyBytes()));
  EXPECT_EQ(reply.applied_step(), 1u);
  EXPECT_EQ(waiting->Await().error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(Start(kPull, PullBytes(2))->Await().error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(Start(kRejoin, RejoinBytes(/*rank=*/1))->Await().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ParameterServiceTest, ARejoinThatComesBeforeServeIsAnsweredByIt) {
  const auto rejoin = Start(kRejoin, RejoinBytes());
  AwaitEarly(1);
  Serve();
  EXPECT_TRUE(rejoin->Await().ok()) << rejoin->Await().error_message();
}

TEST_F(ParameterServiceTest, ADeadlineOfAWaitingPullEndsItAndOthersWaitOn) {
  Serve();
  const auto waiting = Start(kPull, PullBytes(2));
  EXPECT_EQ(Start(kPull, PullBytes(2), absl::Milliseconds(20))->Await().error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_TRUE(Start(kPush, PushBytes(1))->Await().ok());
  EXPECT_TRUE(waiting->Await().ok());
}

TEST_F(ParameterServiceTest, ACallThatIsCancelledBeforeServeLeavesNothingBehind) {
  const auto pull = Start(kPull, PullBytes(2));
  pull->Cancel();
  EXPECT_EQ(pull->Await().error_code(), grpc::StatusCode::CANCELLED);
  Serve();
  EXPECT_TRUE(Start(kPush, PushBytes(1))->Await().ok());
  EXPECT_TRUE(Start(kPull, PullBytes(2))->Await().ok());
}

TEST_F(ParameterServiceTest, RequestsThatAreCancelledBeforeServeAreNotKept) {
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < 100; ++i) {
    calls.push_back(Start(i % 2 == 0 ? kPull : kPush, i % 2 == 0 ? PullBytes(1) : PushBytes(1)));
  }
  const auto kept = Start(kPull, PullBytes(1));
  AwaitEarly(101);
  for (const auto& call : calls) call->Cancel();
  AwaitEarly(1);
  Serve();
  EXPECT_TRUE(kept->Await().ok()) << kept->Await().error_message();
}

TEST_F(ParameterServiceTest, CallsThatAreCancelledAtAnyMomentAreEachAnsweredOnce) {
  Serve();
  for (int i = 0; i < 200; ++i) {
    const auto pull = Start(kPull, PullBytes(i % 2 == 0 ? 2 : 1));
    pull->Cancel();
    const grpc::StatusCode code = pull->Await().error_code();
    EXPECT_TRUE(code == grpc::StatusCode::CANCELLED || (code == grpc::StatusCode::OK && i % 2 == 1)) << code;
  }
  EXPECT_TRUE(Start(kPull, PullBytes(1))->Await().ok());
}

TEST_F(ParameterServiceTest, AServerThatLooksForRequestsWithoutSleepingAnswersThem) {
  service_.Serve(std::make_unique<ParameterServer>(MakeTestShard(PlainSgdJob()), &sink_), absl::Milliseconds(5));
  for (uint64_t step = 1; step <= 20; ++step) {
    EXPECT_TRUE(Start(kPull, PullBytes(step))->Await().ok());
    EXPECT_TRUE(Start(kPush, PushBytes(step))->Await().ok());
  }
}

TEST_F(ParameterServiceTest, AServerMayLeaveWhileCallsAreCancelled) {
  for (int i = 0; i < 100; ++i) {
    ParameterServiceImpl service;
    grpc::ServerBuilder builder;
    service.AddTo(&builder);
    const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
    service.Listen();
    service.Serve(std::make_unique<ParameterServer>(MakeTestShard(PlainSgdJob()), &sink_));
    grpc::GenericStub stub(server->InProcessChannel(grpc::ChannelArguments()));
    Call pull(&stub, kPull, PullBytes(i % 2 == 0 ? 1 : 2));
    Call push(&stub, kPush, PushBytes(1));
    pull.Cancel();
    push.Cancel();
    service.Shutdown(server.get());
  }
}

}  // namespace
}  // namespace shoal
