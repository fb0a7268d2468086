#include "common/coordination/grpc_coordinator_link.h"

#include <gmock/gmock.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

// A coordinator whose Register does as the test says; the other calls succeed.
class ScriptedService final : public CoordinatorService::Service {
 public:
  explicit ScriptedService(std::function<grpc::Status(int call)> script) : script_(std::move(script)) {}
  grpc::Status Register(grpc::ServerContext* /*context*/, const RegisterRequest* request,
                        RegisterReply* reply) override {
    reply->set_job_id(request->index());
    return script_(++calls_);
  }
  grpc::Status ReportProgress(grpc::ServerContext* /*context*/, const ProgressReport* /*report*/,
                              ProgressReply* reply) override {
    reply->set_stop_requested(true);
    return grpc::Status::OK;
  }
  grpc::Status ReportCheckpoint(grpc::ServerContext* /*context*/, const CheckpointReport* /*report*/,
                                CheckpointReply* reply) override {
    reply->set_published(true);
    return grpc::Status::OK;
  }
  grpc::Status ReportFinished(grpc::ServerContext* /*context*/, const FinishedReport* /*report*/,
                              FinishedReply* reply) override {
    reply->set_may_exit(true);
    return grpc::Status::OK;
  }
  grpc::Status Exchange(grpc::ServerContext* /*context*/, const ExchangeRequest* request,
                        ExchangeReply* reply) override {
    reply->set_found(request->has_value());
    reply->set_value(request->value());
    return grpc::Status::OK;
  }
  int calls() const { return calls_; }

 private:
  const std::function<grpc::Status(int call)> script_;
  std::atomic<int> calls_{0};
};

class RunningService {
 public:
  explicit RunningService(std::function<grpc::Status(int call)> script) : service_(std::move(script)) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
  }
  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }
  int calls() const { return service_.calls(); }

 private:
  ScriptedService service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

TEST(GrpcCoordinatorLinkTest, CarriesEveryCall) {
  RunningService service([](int) { return grpc::Status::OK; });
  GrpcCoordinatorLink link(service.address(), {});
  RegisterRequest request;
  request.set_index(5);
  EXPECT_EQ(link.Register(request)->job_id(), 5u);
  EXPECT_TRUE(link.ReportProgress({})->stop_requested());
  EXPECT_TRUE(link.ReportCheckpoint({})->published());
  EXPECT_TRUE(link.ReportFinished({})->may_exit());
  ExchangeRequest exchange;
  EXPECT_FALSE(link.Exchange(exchange)->found());
  exchange.set_value(std::string("\0\xff", 2));
  EXPECT_EQ(link.Exchange(exchange)->value(), exchange.value());
}

TEST(GrpcCoordinatorLinkTest, UnavailableIsTriedAgain) {
  RunningService service(
      [](int call) { return call < 3 ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "not yet") : grpc::Status::OK; });
  GrpcCoordinatorLink::Options options;
  options.retry.first_pause = absl::Milliseconds(1);
  GrpcCoordinatorLink link(service.address(), options);
  EXPECT_TRUE(link.Register({}).ok());
  EXPECT_EQ(service.calls(), 3);
}

TEST(GrpcCoordinatorLinkTest, ARefusalIsNotTriedAgainAndNamesTheCall) {
  RunningService service([](int) { return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "worker rank 9"); });
  GrpcCoordinatorLink link(service.address(), {});
  const absl::Status status = link.Register({}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("Register to the coordinator at 127.0.0.1:"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("worker rank 9"));
  EXPECT_EQ(service.calls(), 1);
}

TEST(GrpcCoordinatorLinkTest, ACoordinatorThatIsGoneIsUnavailable) {
  GrpcCoordinatorLink::Options options;
  options.retry.give_up_after = absl::Milliseconds(30);
  options.retry.first_pause = absl::Milliseconds(5);
  GrpcCoordinatorLink link("unix:/nonexistent/coordinator.sock", options);
  const absl::Status status = link.ReportFinished({}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/nonexistent/coordinator.sock"));
}

TEST(GrpcCoordinatorLinkTest, EveryCallHasADeadline) {
  absl::Notification test_ends;
  RunningService service([&](int) {
    test_ends.WaitForNotification();
    return grpc::Status::OK;
  });
  GrpcCoordinatorLink::Options options;
  options.call_timeout = absl::Milliseconds(20);
  options.retry.give_up_on_silence_after = absl::Milliseconds(30);
  GrpcCoordinatorLink link(service.address(), options);
  EXPECT_EQ(link.Register({}).status().code(), absl::StatusCode::kDeadlineExceeded);
  test_ends.Notify();
}

}  // namespace
}  // namespace shoal
