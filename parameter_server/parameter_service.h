// The gRPC edge of a parameter server: decodes, takes the lock, calls the server, encodes.
//
//   ParameterServiceImpl service;
//   service.AddTo(&builder);
//   std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
//   service.Listen();
//   service.Serve(...);
//   service.Shutdown(server.get());
//
// Its own threads wait on the sockets and run what comes in from read to reply: on a machine of few CPUs each hand-over
// to another thread takes longer than the work. There are few of them, since one at a time can hold the lock.
//
// Thread safety: any thread.
#ifndef SHOAL_PARAMETER_SERVER_PARAMETER_SERVICE_H_
#define SHOAL_PARAMETER_SERVER_PARAMETER_SERVICE_H_

#include <grpcpp/completion_queue.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/spare_memory.h"
#include "parameter_server/parameter_server.h"
#include "proto/parameter_service.grpc.pb.h"

namespace shoal {

// All methods take raw byte buffers: the bulk messages of Pull and Push never become protobuf objects.
using RawParameterService = ParameterService::WithRawMethod_Pull<
    ParameterService::WithRawMethod_Push<ParameterService::WithRawMethod_Rejoin<ParameterService::Service>>>;

class ParameterServiceImpl final {
 public:
  ParameterServiceImpl() = default;

  // REQUIRES: called once, before the server is built; the service outlives the server.
  void AddTo(grpc::ServerBuilder* builder);
  // Begins to take requests, which wait until Serve. REQUIRES: called once, after the server was built.
  void Listen();
  // Begins to answer. From now on threads wait for requests without sleeping for `busy_wait`. REQUIRES: called once.
  void Serve(std::unique_ptr<ParameterServer> server, absl::Duration busy_wait = absl::ZeroDuration());
  // Answers every waiting pull and all requests to come with Cancelled, which nobody sends again, whatever the code of
  // `cause`; the message tells it unless it is OK.
  void Stop(const absl::Status& cause = absl::OkStatus());
  // Stops, and ends the gRPC server and the threads. REQUIRES: called once, after Listen, while `server` exists.
  void Shutdown(grpc::Server* server, const absl::Status& cause = absl::OkStatus());

  // Requests that wait for Serve.
  size_t num_early() const;

 private:
  class Call;

  void Poll();
  // The next event of the queue; false: there will be none.
  bool Next(void** tag, bool* ok);
  // Handles the call, now or once there is a server.
  void Run(Call* call);
  // Takes the early calls out, which are to be handled without the lock.
  std::list<Call*> TakeEarly() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void HandlePull(grpc::ByteBuffer request, Call* call);
  void HandlePush(grpc::ByteBuffer request, Call* call);
  void HandleRejoin(grpc::ByteBuffer request, Call* call);
  // The caller no longer waits.
  void OnCallerGone(Call* call);

  static constexpr size_t kMaxSpareBlocks = 64;
  SpareMemory gradient_memory_{kMaxSpareBlocks};  // Of decoded pushes; outlives server_, which may hold some.
  RawParameterService service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::vector<std::thread> pollers_;
  std::atomic<int64_t> busy_wait_nanoseconds_ = 0;

  mutable absl::Mutex mutex_;
  std::unique_ptr<ParameterServer> server_ ABSL_GUARDED_BY(mutex_);
  // Set with server_; what decoding needs of it without the lock.
  std::vector<int> dims_ ABSL_GUARDED_BY(mutex_);
  absl::Status stop_reason_ ABSL_GUARDED_BY(mutex_);  // What requests get once it is an error; server_ is null then.
  int num_calls_ ABSL_GUARDED_BY(mutex_) = 0;         // That exist.
  std::list<Call*> early_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace shoal

#endif  // SHOAL_PARAMETER_SERVER_PARAMETER_SERVICE_H_
