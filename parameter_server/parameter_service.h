// The gRPC edge of a parameter server: decodes, takes the lock, calls the server, encodes.
//
// Thread safety: any thread.
#ifndef SHOAL_PARAMETER_SERVER_PARAMETER_SERVICE_H_
#define SHOAL_PARAMETER_SERVER_PARAMETER_SERVICE_H_

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "parameter_server/parameter_server.h"
#include "proto/parameter_service.grpc.pb.h"

namespace shoal {

// Pull and Push take raw byte buffers: the bulk messages never become protobuf objects.
using RawParameterService = ParameterService::WithRawCallbackMethod_Pull<
    ParameterService::WithRawCallbackMethod_Push<ParameterService::Service>>;

class ParameterServiceImpl final : public RawParameterService {
 public:
  // Requests wait until Serve.
  ParameterServiceImpl() = default;

  // Begins to answer. REQUIRES: called once.
  void Serve(std::unique_ptr<ParameterServer> server);
  // Answers every waiting pull and all requests to come with Cancelled.
  void Stop();

  grpc::ServerUnaryReactor* Pull(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                 grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* Push(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                 grpc::ByteBuffer* response) override;

 private:
  class Reactor;

  // Runs `handle` with the server, now or once there is one.
  void Run(absl::AnyInvocable<void()> handle);
  void HandlePull(grpc::ByteBuffer request, Reactor* reactor);
  void HandlePush(grpc::ByteBuffer request, Reactor* reactor);
  void CancelPull(Reactor* reactor);

  absl::Mutex mutex_;
  std::unique_ptr<ParameterServer> server_ ABSL_GUARDED_BY(mutex_);
  // Set with server_; what decoding needs of it without the lock.
  std::vector<int> dims_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<absl::AnyInvocable<void()>> early_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace shoal

#endif  // SHOAL_PARAMETER_SERVER_PARAMETER_SERVICE_H_
