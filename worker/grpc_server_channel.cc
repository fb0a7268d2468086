#include "worker/grpc_server_channel.h"

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/codec/grpc_payload.h"
#include "common/codec/message_limits.h"
#include "common/coordination/grpc_status.h"

namespace shoal {
namespace {

std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetMaxSendMessageSize(kMaxMessageBytes);
  // A connection of its own, not one shared with other channels of the process.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

const char* MethodName(ServerChannel::Method method) {
  switch (method) {
    case ServerChannel::Method::kPull:
      return "/shoal.ParameterService/Pull";
    case ServerChannel::Method::kPush:
      return "/shoal.ParameterService/Push";
    case ServerChannel::Method::kRejoin:
      return "/shoal.ParameterService/Rejoin";
  }
  return "";
}

}  // namespace

struct GrpcServerChannel::ActiveCall {
  grpc::ClientContext context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer reply;
  grpc::Status status;
  std::unique_ptr<grpc::ClientAsyncResponseReader<grpc::ByteBuffer>> reader;
  Done done;
};

GrpcServerChannel::GrpcServerChannel(std::string address, absl::Duration call_timeout)
    : address_(std::move(address)),
      call_timeout_(call_timeout),
      channel_(Connect(address_)),
      stub_(channel_),
      poller_([this] { Poll(); }) {}

GrpcServerChannel::~GrpcServerChannel() {
  {
    absl::MutexLock lock(&mutex_);
    closing_ = true;
    for (ActiveCall* call : active_) call->context.TryCancel();
    mutex_.Await(absl::Condition(
        +[](std::unordered_set<ActiveCall*>* active) { return active->empty(); }, &active_));
  }
  queue_.Shutdown();
  poller_.join();
}

void GrpcServerChannel::Call(Method method, const Payload& request, Done done) {
  auto call = std::make_unique<ActiveCall>();
  call->context.set_deadline(absl::ToChronoTime(absl::Now() + call_timeout_));
  call->context.set_wait_for_ready(true);
  call->request = ToByteBuffer(request);
  call->done = std::move(done);
  if (Register(call.get())) {
    Start(method, call.release());
  } else {
    call->done(absl::CancelledError("the channel is closing"));
  }
}

bool GrpcServerChannel::Register(ActiveCall* call) {
  absl::MutexLock lock(&mutex_);
  if (!closing_) active_.insert(call);
  return !closing_;
}

void GrpcServerChannel::Start(Method method, ActiveCall* call) {
  call->reader = stub_.PrepareUnaryCall(&call->context, MethodName(method), call->request, &queue_);
  call->reader->StartCall();
  call->reader->Finish(&call->reply, &call->status, call);
}

absl::Status GrpcServerChannel::StatusOf(const grpc::Status& status) const {
  if (status.error_code() != grpc::StatusCode::DEADLINE_EXCEEDED ||
      channel_->GetState(/*try_to_connect=*/false) == GRPC_CHANNEL_READY) {
    return FromGrpcStatus(status);
  }
  return absl::UnavailableError(absl::StrCat("no connection within ", absl::FormatDuration(call_timeout_)));
}

void GrpcServerChannel::Poll() {
  void* tag;
  bool ok;
  while (queue_.Next(&tag, &ok)) {
    auto* const call = static_cast<ActiveCall*>(tag);
    if (call->status.ok()) {
      const size_t size = call->reply.Length();
      grpc::ProtoBufferReader stream(&call->reply);
      call->done(Reply{&stream, size});
    } else {
      call->done(StatusOf(call->status));
    }
    absl::MutexLock lock(&mutex_);
    active_.erase(call);
    delete call;
  }
}

}  // namespace shoal
