// That ThreadSanitizer knows what gRPC orders of a call, and no more. Each test is judged by ThreadSanitizer itself: a
// report makes the executable fail.
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/async_unary_call.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/barrier.h"
#include "absl/synchronization/notification.h"
#include "common/codec/grpc_payload.h"
#include "proto/parameter_service.grpc.pb.h"

namespace shoal {
namespace {

constexpr int kCalls = 200;

using Service = ParameterService::WithRawMethod_Pull<ParameterService::WithRawMethod_Push<ParameterService::Service>>;

// One call under way; `done` is called when it has ended.
class Call {
 public:
  Call(grpc::GenericStub* stub, const std::function<void()>& done) : request_(ToByteBuffer(Payload::Allocate(8))) {
    stub->UnaryCall(&context_, "/shoal.ParameterService/Push", grpc::StubOptions(), &request_, &reply_,
                    [this, done](grpc::Status status) {
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

// A service at a port: calls of an in-process channel share a mutex, which orders more than what belongs to each. Two
// threads take its calls from a queue, as ParameterServiceImpl's do, call `handle` for each and answer with a payload.
class Server {
 public:
  explicit Server(std::function<void()> handle = [] {}) : handle_(std::move(handle)) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    queue_ = builder.AddCompletionQueue();
    server_ = builder.BuildAndStart();
    stub_ = std::make_unique<grpc::GenericStub>(
        grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials()));
    for (int i = 0; i < 2; ++i) {
      new ServerCall(this);
      pollers_.emplace_back([this] { Poll(); });
    }
  }
  ~Server() {
    server_->Shutdown();
    // Nothing may begin on a queue that is shut down.
    while (num_calls_.load(std::memory_order_acquire) > 0) std::this_thread::yield();
    queue_->Shutdown();
    for (std::thread& poller : pollers_) poller.join();
  }

  std::unique_ptr<Call> Push(const std::function<void()>& done = [] {}) {
    return std::make_unique<Call>(stub_.get(), done);
  }

 private:
  // One call, from before it comes in until it is answered and over. Nothing of it is locked: gRPC orders that it is
  // asked for, comes and is answered. The counter of calls orders nothing but their end.
  class ServerCall {
   public:
    struct Tag {
      ServerCall* call;
      void (ServerCall::*happened)(bool ok);
    };

    explicit ServerCall(Server* server) : server_(server), writer_(&context_) {
      server_->num_calls_.fetch_add(1, std::memory_order_relaxed);
      context_.AsyncNotifyWhenDone(&over_);
      ++events_;
      grpc::ServerCompletionQueue* const queue = server_->queue_.get();
      server_->service_.RequestPush(&context_, &request_, &writer_, queue, queue, &came_);
    }

   private:
    ~ServerCall() { server_->num_calls_.fetch_sub(1, std::memory_order_release); }

    void OnCame(bool ok) {
      if (!ok) {  // The server shuts down.
        delete this;
        return;
      }
      ++events_;
      new ServerCall(server_);
      server_->handle_();
      writer_.Finish(ToByteBuffer(Payload::Allocate(8)), grpc::Status::OK, &answered_);
    }
    void OnAnswered(bool /*ok*/) {
      EXPECT_EQ(events_, 2);
      Release();
    }
    void OnOver(bool /*ok*/) { Release(); }
    void Release() {
      if (--events_missing_ == 0) delete this;
    }

    Server* const server_;
    grpc::ServerContext context_;
    grpc::ByteBuffer request_;
    grpc::ServerAsyncResponseWriter<grpc::ByteBuffer> writer_;
    int events_ = 0;
    std::atomic<int> events_missing_ = 2;
    Tag came_ = {this, &ServerCall::OnCame};
    Tag answered_ = {this, &ServerCall::OnAnswered};
    Tag over_ = {this, &ServerCall::OnOver};
  };

  void Poll() {
    void* tag;
    bool ok;
    while (queue_->Next(&tag, &ok)) {
      const auto* const event = static_cast<ServerCall::Tag*>(tag);
      (event->call->*event->happened)(ok);
    }
  }

  const std::function<void()> handle_;
  Service service_;
  std::atomic<int> num_calls_ = 0;  // That exist.
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<grpc::GenericStub> stub_;
  std::vector<std::thread> pollers_;
};

TEST(GrpcCallsTest, WhatACallOwnsIsNoRace) {
  Server server;
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < kCalls; ++i) calls.push_back(server.Push());
  for (const auto& call : calls) EXPECT_TRUE(call->Await().ok()) << call->Await().error_message();
}

TEST(GrpcCallsTest, WhatACancelledCallOwnsIsNoRace) {
  Server server;
  for (int i = 0; i < kCalls; ++i) server.Push()->Cancel();
  EXPECT_TRUE(server.Push()->Await().ok());
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

TEST(GrpcCallsDeathTest, UnlockedAccessByTwoHandlersIsReported) {
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
      testing::ExitedWithCode(66), "data race [^ ]*grpc_calls_test.cc:[0-9]* in operator");
}

TEST(GrpcCallsDeathTest, UnlockedAccessByTwoCallersIsReported) {
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
      testing::ExitedWithCode(66), "data race [^ ]*grpc_calls_test.cc:[0-9]* in operator");
}

}  // namespace
}  // namespace shoal
