#include "parameter_server/parameter_service.h"

#include <grpcpp/support/proto_buffer_reader.h>

#include <utility>

#include "common/codec/grpc_payload.h"
#include "common/coordination/grpc_status.h"

namespace shoal {

// One call. Finish is called once, under the service's lock; gRPC then deletes the reactor through OnDone, which never
// runs while OnCancel does.
class ParameterServiceImpl::Reactor final : public grpc::ServerUnaryReactor {
 public:
  Reactor(ParameterServiceImpl* service, grpc::ByteBuffer* response) : service_(service), response_(response) {}

  void Answer(absl::StatusOr<Payload> payload) {
    if (payload.ok()) *response_ = ToByteBuffer(*payload);
    Finish(ToGrpcStatus(payload.status()));
  }

  void OnCancel() override { service_->CancelPull(this); }
  void OnDone() override { delete this; }

  // Guarded by the service's lock.
  uint64_t ticket = 0;        // Of a pull that waits.
  bool is_cancelled = false;  // The caller has gone before the call reached the server.

 private:
  ParameterServiceImpl* const service_;
  grpc::ByteBuffer* const response_;
};

void ParameterServiceImpl::Serve(std::unique_ptr<ParameterServer> server) {
  std::vector<absl::AnyInvocable<void()>> early;
  {
    absl::MutexLock lock(&mutex_);
    dims_.assign(server->shard().dims().begin(), server->shard().dims().end());
    server_ = std::move(server);
    early = std::exchange(early_, {});
  }
  for (absl::AnyInvocable<void()>& handle : early) handle();
}

void ParameterServiceImpl::Stop() {
  std::vector<absl::AnyInvocable<void()>> early;
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    server_.reset();
    early = std::exchange(early_, {});
  }
  for (absl::AnyInvocable<void()>& handle : early) handle();
}

void ParameterServiceImpl::Run(absl::AnyInvocable<void()> handle) {
  {
    absl::MutexLock lock(&mutex_);
    if (server_ == nullptr && !stopped_) {
      early_.push_back(std::move(handle));
      return;
    }
  }
  handle();
}

grpc::ServerUnaryReactor* ParameterServiceImpl::Pull(grpc::CallbackServerContext* /*context*/,
                                                     const grpc::ByteBuffer* request, grpc::ByteBuffer* response) {
  auto* reactor = new Reactor(this, response);
  Run([this, request = *request, reactor] { HandlePull(request, reactor); });
  return reactor;
}

grpc::ServerUnaryReactor* ParameterServiceImpl::Push(grpc::CallbackServerContext* /*context*/,
                                                     const grpc::ByteBuffer* request, grpc::ByteBuffer* response) {
  auto* reactor = new Reactor(this, response);
  Run([this, request = *request, reactor] { HandlePush(request, reactor); });
  return reactor;
}

void ParameterServiceImpl::HandlePull(grpc::ByteBuffer request, Reactor* reactor) {
  grpc::ProtoBufferReader stream(&request);
  PullRequest message;
  const bool parsed = message.ParseFromZeroCopyStream(&stream);
  absl::MutexLock lock(&mutex_);
  if (!parsed) {
    reactor->Answer(absl::InvalidArgumentError("malformed PullRequest"));
  } else if (reactor->is_cancelled) {
    reactor->Answer(absl::CancelledError("the worker no longer waits"));
  } else if (server_ == nullptr) {
    reactor->Answer(absl::CancelledError("the parameter server is leaving"));
  } else {
    const uint64_t ticket = server_->Pull(
        std::move(message), [reactor](absl::StatusOr<Payload> payload) { reactor->Answer(std::move(payload)); });
    // An answered reactor may be gone already.
    if (ticket != 0) reactor->ticket = ticket;
  }
}

void ParameterServiceImpl::HandlePush(grpc::ByteBuffer request, Reactor* reactor) {
  std::vector<int> dims;
  {
    absl::MutexLock lock(&mutex_);
    if (server_ == nullptr) {
      reactor->Answer(absl::CancelledError("the parameter server is leaving"));
      return;
    }
    dims = dims_;
  }
  const size_t size = request.Length();
  grpc::ProtoBufferReader stream(&request);
  absl::StatusOr<DecodedPush> push = DecodePushRequest(&stream, size, dims);
  absl::MutexLock lock(&mutex_);
  if (!push.ok()) {
    reactor->Answer(push.status());
  } else if (server_ == nullptr) {
    reactor->Answer(absl::CancelledError("the parameter server is leaving"));
  } else {
    server_->Push(*std::move(push),
                  [reactor](absl::StatusOr<Payload> payload) { reactor->Answer(std::move(payload)); });
  }
}

void ParameterServiceImpl::CancelPull(Reactor* reactor) {
  absl::MutexLock lock(&mutex_);
  reactor->is_cancelled = true;
  if (server_ != nullptr && reactor->ticket != 0) server_->CancelPull(reactor->ticket);
}

}  // namespace shoal
