// What a channel calls, and how it ends: whatever is under way is answered, once each, and nobody is waited for.
#include "worker/grpc_server_channel.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "proto/parameter_service.grpc.pb.h"

namespace shoal {
namespace {

constexpr absl::Duration kNever = absl::Hours(1);
constexpr auto kPull = ServerChannel::Method::kPull;
constexpr auto kPush = ServerChannel::Method::kPush;
constexpr auto kRejoin = ServerChannel::Method::kRejoin;

// Answers pushes and rejoins, and pulls only when it goes.
class Server final : private ParameterService::Service {
 public:
  Server() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~Server() override {
    leaving_.Notify();
    server_->Shutdown();
  }

  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }
  // REQUIRES: at most one pull comes.
  void AwaitPull() const { pull_came_.WaitForNotification(); }

 private:
  grpc::Status Pull(grpc::ServerContext* /*context*/, const PullRequest* /*request*/, PullReply* /*reply*/) override {
    pull_came_.Notify();
    leaving_.WaitForNotification();
    return grpc::Status::OK;
  }
  grpc::Status Push(grpc::ServerContext* /*context*/, const PushRequest* /*request*/, PushReply* /*reply*/) override {
    return grpc::Status::OK;
  }
  grpc::Status Rejoin(grpc::ServerContext* /*context*/, const RejoinRequest* request, RejoinReply* reply) override {
    reply->set_applied_step(request->header().incarnation());
    reply->set_boundary(CHECKPOINT);
    return grpc::Status::OK;
  }

  int port_ = 0;
  absl::Notification pull_came_;
  absl::Notification leaving_;
  std::unique_ptr<grpc::Server> server_;
};

// What one call was answered, and how often.
class Answer {
 public:
  ServerChannel::Done Callback() {
    return [this](const absl::StatusOr<ServerChannel::Reply>& reply) {
      if (++times_ > 1) return;
      status_ = reply.status();
      answered_.Notify();
    };
  }
  const absl::Status& Await() const {
    answered_.WaitForNotification();
    return status_;
  }
  int times() const { return times_; }

 private:
  std::atomic<int> times_ = 0;
  absl::Status status_;
  absl::Notification answered_;
};

std::unique_ptr<GrpcServerChannel> Open(const std::string& address, absl::Duration call_timeout = kNever) {
  return std::make_unique<GrpcServerChannel>(address, call_timeout);
}

TEST(GrpcServerChannelTest, ARejoinReachesTheServerAndItsReplyTheCaller) {
  Server server;
  RejoinRequest request;
  request.mutable_header()->set_incarnation(4);
  RejoinReply reply;
  absl::Notification answered;
  const auto channel = Open(server.address());
  channel->Call(kRejoin, Payload::Serialize(request), [&](absl::StatusOr<ServerChannel::Reply> bytes) {
    EXPECT_TRUE(bytes.ok() && reply.ParseFromZeroCopyStream(bytes->stream)) << bytes.status();
    answered.Notify();
  });
  answered.WaitForNotification();
  EXPECT_EQ(reply.applied_step(), 4u);
  EXPECT_EQ(reply.boundary(), CHECKPOINT);
}

TEST(GrpcServerChannelTest, ACallThatTheServerHoldsIsCancelledWithTheChannel) {
  Server server;
  Answer answer;
  auto channel = Open(server.address());
  channel->Call(kPull, Payload::Allocate(0), answer.Callback());
  server.AwaitPull();
  EXPECT_EQ(answer.times(), 0);
  channel.reset();
  EXPECT_EQ(answer.times(), 1);
  EXPECT_TRUE(absl::IsCancelled(answer.Await())) << answer.Await();
}

TEST(GrpcServerChannelTest, CallsToAServerThatIsNotThereAreCancelledWithTheChannel) {
  std::array<Answer, 3> answers;
  auto channel = Open(absl::StrCat("unix:", testing::TempDir(), "/nobody-listens"));
  for (Answer& answer : answers) channel->Call(kPush, Payload::Allocate(0), answer.Callback());
  channel.reset();
  for (const Answer& answer : answers) {
    EXPECT_EQ(answer.times(), 1);
    EXPECT_TRUE(absl::IsCancelled(answer.Await())) << answer.Await();
  }
}

TEST(GrpcServerChannelTest, SlowIsNotUnreachable) {
  Server server;
  Answer slow;
  auto channel = Open(server.address(), absl::Milliseconds(300));
  channel->Call(kPull, Payload::Allocate(0), slow.Callback());
  EXPECT_TRUE(absl::IsDeadlineExceeded(slow.Await())) << slow.Await();
  Answer unreachable;
  auto nowhere = Open(absl::StrCat("unix:", testing::TempDir(), "/nobody-listens"), absl::Milliseconds(50));
  nowhere->Call(kPull, Payload::Allocate(0), unreachable.Callback());
  EXPECT_TRUE(absl::IsUnavailable(unreachable.Await())) << unreachable.Await();
}

// As one that sends its request again.
TEST(GrpcServerChannelTest, ACallByTheCallbackOfACancelledOneIsRefused) {
  Answer second;
  auto owned = Open(absl::StrCat("unix:", testing::TempDir(), "/nobody-listens"));
  GrpcServerChannel* const channel = owned.get();
  channel->Call(kPull, Payload::Allocate(0), [&](const absl::StatusOr<ServerChannel::Reply>& reply) {
    EXPECT_TRUE(absl::IsCancelled(reply.status())) << reply.status();
    channel->Call(kPull, Payload::Allocate(0), second.Callback());
  });
  owned.reset();
  EXPECT_EQ(second.times(), 1);
  EXPECT_EQ(second.Await(), absl::CancelledError("the channel is closing"));
}

TEST(GrpcServerChannelTest, CallsAreEachAnsweredOnceWheneverTheChannelEnds) {
  Server server;
  for (int round = 0; round < 100; ++round) {
    std::array<Answer, 3> answers;
    auto channel = Open(server.address());
    for (Answer& answer : answers) channel->Call(kPush, Payload::Allocate(0), answer.Callback());
    if (round % 2 == 0) {
      EXPECT_EQ(answers[0].Await(), absl::OkStatus());
    }
    channel.reset();
    for (const Answer& answer : answers) {
      EXPECT_EQ(answer.times(), 1);
      EXPECT_TRUE(answer.Await().ok() || absl::IsCancelled(answer.Await())) << answer.Await();
    }
  }
}

TEST(GrpcServerChannelTest, ACallThatTheServerHoldsEndsAtItsDeadline) {
  Server server;
  Answer answer;
  const auto channel = Open(server.address(), absl::Milliseconds(200));
  channel->Call(kPull, Payload::Allocate(0), answer.Callback());
  EXPECT_TRUE(absl::IsDeadlineExceeded(answer.Await())) << answer.Await();
}

}  // namespace
}  // namespace shoal
