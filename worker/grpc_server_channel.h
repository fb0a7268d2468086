// A line to a parameter server over gRPC, TCP or Unix socket.
//
// Every call has a deadline; a server that is not there yet is waited for until then. A call that was not answered by
// then ends with DeadlineExceeded if there is a connection, over which the answer may still come, else with
// Unavailable.
#ifndef SHOAL_WORKER_GRPC_SERVER_CHANNEL_H_
#define SHOAL_WORKER_GRPC_SERVER_CHANNEL_H_

#include <grpcpp/generic/generic_stub.h>

#include <memory>
#include <string>
#include <thread>
#include <unordered_set>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "worker/server_channel.h"

namespace shoal {

class GrpcServerChannel final : public ServerChannel {
 public:
  // `address` in gRPC's naming ("unix:/run/x.sock", "127.0.0.1:4242").
  GrpcServerChannel(std::string address, absl::Duration call_timeout);
  // Cancels calls that are under way and waits for their callbacks.
  ~GrpcServerChannel() override;

  void Call(Method method, const Payload& request, Done done) override;
  const std::string& address() const override { return address_; }

 private:
  struct ActiveCall;
  // Notes a call as under way; false: the channel is closing.
  bool Register(ActiveCall* call);
  // Takes the call over; Poll deletes it.
  void Start(Method method, ActiveCall* call);
  // Of a call that failed.
  absl::Status StatusOf(const grpc::Status& status) const;
  // Hands finished calls on, until the queue is shut down and empty.
  void Poll();

  const std::string address_;
  const absl::Duration call_timeout_;
  const std::shared_ptr<grpc::Channel> channel_;
  grpc::GenericStub stub_;
  grpc::CompletionQueue queue_;

  absl::Mutex mutex_;
  std::unordered_set<ActiveCall*> active_ ABSL_GUARDED_BY(mutex_);
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread poller_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_GRPC_SERVER_CHANNEL_H_
