// That ThreadSanitizer knows what gRPC's callback API orders, and no more. Each test is judged by ThreadSanitizer
// itself: a report makes the executable fail.
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/channel_arguments.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/synchronization/barrier.h"
#include "absl/synchronization/notification.h"
#include "common/codec/grpc_payload.h"
#include "proto/parameter_service.grpc.pb.h"

namespace shoal {
namespace {

constexpr int kCalls = 200;

// One call. Nothing of it is locked: gRPC orders the handler, OnCancel and OnDone. One that waits ends by OnCancel.
class Reactor final : public grpc::ServerUnaryReactor {
 public:
  explicit Reactor(bool waits) : waits_(waits) {
    if (!waits_) Finish(grpc::Status::OK);
  }

  void OnCancel() override {
    ++reactions_;
    if (waits_) Finish(grpc::Status::CANCELLED);
  }
  void OnDone() override {
    ++reactions_;
    delete this;
  }

 private:
  const bool waits_;
  int reactions_ = 0;
};

// Calls `handle` for each call and answers with a payload; a pull waits to be cancelled, a push does not.
class Service final : public ParameterService::WithRawCallbackMethod_Pull<
                          ParameterService::WithRawCallbackMethod_Push<ParameterService::Service>> {
 public:
  explicit Service(std::function<void()> handle) : handle_(std::move(handle)) {}

  grpc::ServerUnaryReactor* Pull(grpc::CallbackServerContext* /*context*/, const grpc::ByteBuffer* /*request*/,
                                 grpc::ByteBuffer* response) override {
    return React(response, /*waits=*/true);
  }
  grpc::ServerUnaryReactor* Push(grpc::CallbackServerContext* /*context*/, const grpc::ByteBuffer* /*request*/,
                                 grpc::ByteBuffer* response) override {
    return React(response, /*waits=*/false);
  }

 private:
  grpc::ServerUnaryReactor* React(grpc::ByteBuffer* response, bool waits) {
    handle_();
    *response = ToByteBuffer(Payload::Allocate(8));
    return new Reactor(waits);
  }

  const std::function<void()> handle_;
};

// One call under way; `done` is called when it has ended.
class Call {
 public:
  Call(grpc::GenericStub* stub, const char* method, const std::function<void()>& done)
      : request_(ToByteBuffer(Payload::Allocate(8))) {
    stub->UnaryCall(&context_, method, grpc::StubOptions(), &request_, &reply_, [this, done](grpc::Status status) {
      done();
      status_ = std::move(status);
      done_.Notify();
    });
  }
  ~Call() { Await(); }

  void Cancel() { context_.TryCancel(); }
  const grpc::Status& Await() {
    done_.WaitForNotification();
    return status_;
  }

 private:
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer reply_;
  grpc::Status status_;
  absl::Notification done_;
};

// A service behind an in-process channel.
class Server {
 public:
  explicit Server(std::function<void()> handle = [] {}) : service_(std::move(handle)) {
    grpc::ServerBuilder builder;
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    stub_ = std::make_unique<grpc::GenericStub>(server_->InProcessChannel(grpc::ChannelArguments()));
  }
  ~Server() { server_->Shutdown(); }

  std::unique_ptr<Call> Pull() {
    return std::make_unique<Call>(stub_.get(), "/shoal.ParameterService/Pull", [] {});
  }
  std::unique_ptr<Call> Push(const std::function<void()>& done = [] {}) {
    return std::make_unique<Call>(stub_.get(), "/shoal.ParameterService/Push", done);
  }

 private:
  Service service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<grpc::GenericStub> stub_;
};

TEST(GrpcCallbacksTest, WhatACallOwnsIsNoRace) {
  Server server;
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < kCalls; ++i) calls.push_back(server.Push());
  for (const auto& call : calls) EXPECT_TRUE(call->Await().ok()) << call->Await().error_message();
}

TEST(GrpcCallbacksTest, WhatACancelledCallOwnsIsNoRace) {
  Server server;
  for (int i = 0; i < kCalls; ++i) {
    const auto call = server.Pull();
    call->Cancel();
    EXPECT_EQ(call->Await().error_code(), grpc::StatusCode::CANCELLED);
  }
}

// Adds to `value` without a lock, in two threads at the same time.
class UnlockedAddition {
 public:
  void operator()() {
    both_.Block();
    ++value_;
  }

 private:
  absl::Barrier both_{2};
  int value_ = 0;
};

TEST(GrpcCallbacksDeathTest, UnlockedAccessByTwoHandlersIsReported) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        {
          UnlockedAddition add;
          Server server([&add] { add(); });
          const auto first = server.Push();
          const auto second = server.Push();
        }
        std::exit(0);  // ThreadSanitizer makes it 66 where it has reported a race.
      },
      testing::ExitedWithCode(66), "data race [^ ]*grpc_callbacks_test.cc:[0-9]* in operator");
}

TEST(GrpcCallbacksDeathTest, UnlockedAccessByTwoCallersIsReported) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        {
          UnlockedAddition add;
          Server server;
          const auto first = server.Push([&add] { add(); });
          const auto second = server.Push([&add] { add(); });
        }
        std::exit(0);
      },
      testing::ExitedWithCode(66), "data race [^ ]*grpc_callbacks_test.cc:[0-9]* in operator");
}

}  // namespace
}  // namespace shoal
