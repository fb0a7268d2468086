#include "parameter_server/parameter_service.h"

#include <grpcpp/server_context.h>
#include <grpcpp/support/async_unary_call.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "common/base/busy_wait.h"
#include "common/codec/decode_pull_request.h"
#include "common/codec/grpc_payload.h"
#include "common/coordination/grpc_status.h"

namespace shoal {
namespace {

// More would wait for each other's lock.
unsigned NumPollers() { return std::clamp(std::thread::hardware_concurrency() / 4, 1U, 4U); }

absl::Status CallerGone() { return absl::CancelledError("the worker no longer waits"); }

}  // namespace

// One call, from before it comes in. Deletes itself once it is answered and over, which are two events.
class ParameterServiceImpl::Call {
 public:
  using Handler = void (ParameterServiceImpl::*)(grpc::ByteBuffer request, Call* call);

  // What the completion queue brings back.
  struct Tag {
    Call* call;
    void (Call::*happened)(bool ok);
  };

  static void AwaitPull(ParameterServiceImpl* service) {
    (new Call(service, &AwaitPull, &ParameterServiceImpl::HandlePull))->Await(&RawParameterService::RequestPull);
  }
  static void AwaitPush(ParameterServiceImpl* service) {
    (new Call(service, &AwaitPush, &ParameterServiceImpl::HandlePush))->Await(&RawParameterService::RequestPush);
  }

  static void AwaitRejoin(ParameterServiceImpl* service) {
    (new Call(service, &AwaitRejoin, &ParameterServiceImpl::HandleRejoin))->Await(&RawParameterService::RequestRejoin);
  }

  // Once, under the service's lock.
  void Answer(absl::StatusOr<Payload> payload) {
    if (payload.ok()) {
      writer_.Finish(ToByteBuffer(*payload), grpc::Status::OK, &answered_);
    } else {
      writer_.FinishWithError(ToGrpcStatus(payload.status()), &answered_);
    }
  }

  // What it asks for. Not under the service's lock.
  void Handle() { (service_->*handler_)(std::move(request_), this); }

  // Guarded by the service's lock.
  uint64_t ticket = 0;                               // Of a pull that waits.
  bool is_cancelled = false;                         // The caller has gone before the call reached the server.
  absl::optional<std::list<Call*>::iterator> early;  // Its place among the calls that wait for a server.

 private:
  using AwaitNext = void (*)(ParameterServiceImpl* service);

  Call(ParameterServiceImpl* service, AwaitNext await_next, Handler handler)
      : service_(service), await_next_(await_next), handler_(handler), writer_(&context_) {
    context_.AsyncNotifyWhenDone(&over_);
    absl::MutexLock lock(&service_->mutex_);
    ++service_->num_calls_;
  }
  ~Call() {
    absl::MutexLock lock(&service_->mutex_);
    --service_->num_calls_;
  }

  template <class RequestMethod>
  void Await(RequestMethod request) {
    grpc::ServerCompletionQueue* const queue = service_->queue_.get();
    (service_->service_.*request)(&context_, &request_, &writer_, queue, queue, &came_);
  }

  void OnCame(bool ok) {
    if (!ok) {  // The server shuts down; the call never was.
      delete this;
      return;
    }
    await_next_(service_);
    service_->Run(this);
  }
  void OnAnswered(bool /*ok*/) { Release(); }
  void OnOver(bool /*ok*/) {
    if (context_.IsCancelled()) service_->OnCallerGone(this);
    Release();
  }
  void Release() {
    if (--events_missing_ == 0) delete this;
  }

  ParameterServiceImpl* const service_;
  const AwaitNext await_next_;
  const Handler handler_;
  grpc::ServerContext context_;
  grpc::ByteBuffer request_;
  grpc::ServerAsyncResponseWriter<grpc::ByteBuffer> writer_;
  std::atomic<int> events_missing_ = 2;
  Tag came_ = {this, &Call::OnCame};
  Tag answered_ = {this, &Call::OnAnswered};
  Tag over_ = {this, &Call::OnOver};
};

void ParameterServiceImpl::AddTo(grpc::ServerBuilder* builder) {
  builder->RegisterService(&service_);
  queue_ = builder->AddCompletionQueue();
}

void ParameterServiceImpl::Listen() {
  for (unsigned i = 0; i < NumPollers(); ++i) {
    Call::AwaitPull(this);
    Call::AwaitPush(this);
    Call::AwaitRejoin(this);
    pollers_.emplace_back([this] { Poll(); });
  }
}

bool ParameterServiceImpl::Next(void** tag, bool* ok) {
  auto status = grpc::CompletionQueue::TIMEOUT;
  const bool came = BusyWait(absl::Nanoseconds(busy_wait_nanoseconds_.load()), [&] {
    status = queue_->AsyncNext(tag, ok, absl::ToChronoTime(absl::UnixEpoch()));
    return status != grpc::CompletionQueue::TIMEOUT;
  });
  return came ? status == grpc::CompletionQueue::GOT_EVENT : queue_->Next(tag, ok);
}

void ParameterServiceImpl::Poll() {
  void* tag;
  bool ok;
  while (Next(&tag, &ok)) {
    const auto* const event = static_cast<Call::Tag*>(tag);
    (event->call->*event->happened)(ok);
  }
}

void ParameterServiceImpl::Serve(std::unique_ptr<ParameterServer> server, absl::Duration busy_wait) {
  busy_wait_nanoseconds_ = absl::ToInt64Nanoseconds(busy_wait);
  std::list<Call*> early;
  {
    absl::MutexLock lock(&mutex_);
    dims_.assign(server->shard().dims().begin(), server->shard().dims().end());
    server_ = std::move(server);
    early = TakeEarly();
  }
  for (Call* call : early) call->Handle();
}

void ParameterServiceImpl::Stop(const absl::Status& cause) {
  std::list<Call*> early;
  {
    absl::MutexLock lock(&mutex_);
    stop_reason_.Update(absl::CancelledError(
        absl::StrCat("the parameter server is leaving", cause.ok() ? "" : absl::StrCat(": ", cause.message()))));
    if (server_ != nullptr) server_->Stop(stop_reason_);
    server_.reset();
    early = TakeEarly();
  }
  for (Call* call : early) call->Handle();
}

void ParameterServiceImpl::Shutdown(grpc::Server* server, const absl::Status& cause) {
  Stop(cause);
  server->Shutdown();
  {
    // A poller may still be at work on a call that was cancelled, which the server does not wait for, and gRPC ends the
    // process where an operation begins on a queue that is shut down.
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](int* num_calls) { return *num_calls == 0; }, &num_calls_));
  }
  // Before the server goes: the queue holds requests of its own.
  queue_->Shutdown();
  for (std::thread& poller : pollers_) poller.join();
}

void ParameterServiceImpl::Run(Call* call) {
  {
    absl::MutexLock lock(&mutex_);
    if (server_ == nullptr && stop_reason_.ok()) {
      if (call->is_cancelled) {
        call->Answer(CallerGone());
      } else {
        call->early = early_.insert(early_.end(), call);
      }
      return;
    }
  }
  call->Handle();
}

std::list<ParameterServiceImpl::Call*> ParameterServiceImpl::TakeEarly() {
  for (Call* call : early_) call->early.reset();
  return std::exchange(early_, {});
}

size_t ParameterServiceImpl::num_early() const {
  absl::MutexLock lock(&mutex_);
  return early_.size();
}

void ParameterServiceImpl::HandlePull(grpc::ByteBuffer request, Call* call) {
  size_t num_tables;
  {
    absl::MutexLock lock(&mutex_);
    num_tables = dims_.size();
  }
  const size_t size = request.Length();
  grpc::ProtoBufferReader stream(&request);
  absl::StatusOr<PullRequest> pull = DecodePullRequest(&stream, size, num_tables);
  absl::MutexLock lock(&mutex_);
  if (server_ != nullptr && !pull.ok()) {
    call->Answer(pull.status());
  } else if (call->is_cancelled) {
    call->Answer(CallerGone());
  } else if (server_ == nullptr) {
    call->Answer(stop_reason_);
  } else {
    const uint64_t ticket =
        server_->Pull(*std::move(pull), [call](absl::StatusOr<Payload> payload) { call->Answer(std::move(payload)); });
    // An answered call may be gone already.
    if (ticket != 0) call->ticket = ticket;
  }
}

void ParameterServiceImpl::HandlePush(grpc::ByteBuffer request, Call* call) {
  std::vector<int> dims;
  {
    absl::MutexLock lock(&mutex_);
    if (server_ == nullptr) {
      call->Answer(stop_reason_);
      return;
    }
    dims = dims_;
  }
  const size_t size = request.Length();
  grpc::ProtoBufferReader stream(&request);
  absl::StatusOr<DecodedPush> push = DecodePushRequest(&stream, size, dims, &gradient_memory_);
  absl::MutexLock lock(&mutex_);
  if (!push.ok()) {
    call->Answer(push.status());
  } else if (server_ == nullptr) {
    call->Answer(stop_reason_);
  } else {
    server_->Push(*std::move(push), [call](absl::StatusOr<Payload> payload) { call->Answer(std::move(payload)); });
  }
}

void ParameterServiceImpl::HandleRejoin(grpc::ByteBuffer request, Call* call) {
  grpc::ProtoBufferReader stream(&request);
  RejoinRequest rejoin;
  const bool is_valid = rejoin.ParseFromZeroCopyStream(&stream);
  absl::MutexLock lock(&mutex_);
  if (!is_valid) {
    call->Answer(absl::InvalidArgumentError("malformed RejoinRequest"));
  } else if (server_ == nullptr) {
    call->Answer(stop_reason_);
  } else {
    server_->Rejoin(rejoin, [call](absl::StatusOr<Payload> payload) { call->Answer(std::move(payload)); });
  }
}

void ParameterServiceImpl::OnCallerGone(Call* call) {
  absl::MutexLock lock(&mutex_);
  call->is_cancelled = true;
  if (call->early.has_value()) {
    early_.erase(*call->early);
    call->early.reset();
    call->Answer(CallerGone());
  } else if (server_ != nullptr && call->ticket != 0) {
    server_->CancelPull(call->ticket);
  }
}

}  // namespace shoal
