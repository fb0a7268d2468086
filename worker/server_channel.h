// One line to one parameter server: bytes out, bytes back. gRPC in real jobs, a simulated network in tests.
//
// Thread safety: calls from one thread; callbacks may come on another.
#ifndef SHOAL_WORKER_SERVER_CHANNEL_H_
#define SHOAL_WORKER_SERVER_CHANNEL_H_

#include <cstddef>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "common/codec/payload.h"
#include "google/protobuf/io/zero_copy_stream.h"

namespace shoal {

class ServerChannel {
 public:
  enum class Method { kPull, kPush, kRejoin };

  // Encoded reply, valid during the callback.
  struct Reply {
    google::protobuf::io::ZeroCopyInputStream* stream;
    size_t size;
  };
  using Done = absl::AnyInvocable<void(absl::StatusOr<Reply>)>;

  virtual ~ServerChannel() = default;

  // Sends the request once. `done` is called exactly once: with the reply; with Unavailable or DeadlineExceeded where
  // it is not known whether the server saw the request; or with the server's own error.
  virtual void Call(Method method, const Payload& request, Done done) = 0;

  // The server's address, for messages.
  virtual const std::string& address() const = 0;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_SERVER_CHANNEL_H_
