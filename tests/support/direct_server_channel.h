// A channel to a parameter server in the same process and thread: the real codecs, no network.
#ifndef SHOAL_TESTS_SUPPORT_DIRECT_SERVER_CHANNEL_H_
#define SHOAL_TESTS_SUPPORT_DIRECT_SERVER_CHANNEL_H_

#include <string>
#include <utility>

#include "common/codec/decode_pull_request.h"
#include "common/codec/push_request_codec.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "parameter_server/parameter_server.h"
#include "worker/server_channel.h"

namespace shoal {

class DirectServerChannel : public ServerChannel {
 public:
  // The server outlives the last call; when it goes, it answers what waits.
  explicit DirectServerChannel(ParameterServer* server) : server_(server) {}

  void Call(Method method, const Payload& request, Done done) override {
    google::protobuf::io::ArrayInputStream stream(request.data.get(), static_cast<int>(request.size));
    auto answer = [done = std::move(done)](absl::StatusOr<Payload> reply) mutable {
      if (!reply.ok()) return done(reply.status());
      google::protobuf::io::ArrayInputStream bytes(reply->data.get(), static_cast<int>(reply->size));
      done(Reply{&bytes, reply->size});
    };
    if (method == Method::kRejoin) {
      RejoinRequest rejoin;
      if (!rejoin.ParseFromZeroCopyStream(&stream))
        return answer(absl::InvalidArgumentError("malformed RejoinRequest"));
      server_->Rejoin(rejoin, std::move(answer));
      return;
    }
    if (method == Method::kPull) {
      absl::StatusOr<PullRequest> pull = DecodePullRequest(&stream, request.size, server_->shard().tables().size());
      if (!pull.ok()) return answer(pull.status());
      server_->Pull(*std::move(pull), std::move(answer));
      return;
    }
    absl::StatusOr<DecodedPush> push = DecodePushRequest(&stream, request.size, server_->shard().dims());
    if (!push.ok()) return answer(push.status());
    server_->Push(*std::move(push), std::move(answer));
  }

  const std::string& address() const override { return address_; }

 private:
  ParameterServer* const server_;
  const std::string address_ = "in process";
};

}  // namespace shoal

#endif  // SHOAL_TESTS_SUPPORT_DIRECT_SERVER_CHANNEL_H_
