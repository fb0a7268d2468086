#include "worker/remote_parameter_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/aligned_floats.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr int kDim = 3;
constexpr int kServers = 3;

// Keeps what is sent until the test answers it.
class ScriptedChannel : public ServerChannel {
 public:
  explicit ScriptedChannel(int server) : address_(absl::StrCat("host-", server, ":1")) {}
  // As a channel that closes while a reply is on its way.
  ~ScriptedChannel() override {
    if (has_reply_at_close_ && !calls_.empty()) Answer(reply_at_close_);
  }

  void Call(Method method, const Payload& request, Done done) override {
    method_ = method;
    sent_.emplace_back(reinterpret_cast<const char*>(request.data.get()), request.size);
    calls_.push_back(std::move(done));
  }
  const std::string& address() const override { return address_; }

  void Answer(const std::string& bytes) {
    google::protobuf::io::ArrayInputStream stream(bytes.data(), static_cast<int>(bytes.size()), 7);
    Take()(Reply{&stream, bytes.size()});
  }
  void Fail(absl::Status status) { Take()(std::move(status)); }
  void AnswerAtClose(std::string bytes) {
    has_reply_at_close_ = true;
    reply_at_close_ = std::move(bytes);
  }

  Method method() const { return method_; }
  const std::vector<std::string>& sent() const { return sent_; }
  bool is_waiting() const { return !calls_.empty(); }
  PullRequest last_pull() const {
    PullRequest request;
    EXPECT_TRUE(request.ParseFromString(sent_.back()));
    return request;
  }
  PushRequest last_push() const {
    PushRequest request;
    EXPECT_TRUE(request.ParseFromString(sent_.back()));
    return request;
  }
  RejoinRequest last_rejoin() const {
    RejoinRequest request;
    EXPECT_TRUE(request.ParseFromString(sent_.back()));
    return request;
  }

 private:
  Done Take() {
    Done done = std::move(calls_.front());
    calls_.pop_front();
    return done;
  }

  const std::string address_;
  Method method_ = Method::kPull;
  std::vector<std::string> sent_;
  std::deque<Done> calls_;
  bool has_reply_at_close_ = false;
  std::string reply_at_close_;
};

// One table of rows of three floats in six partitions, dealt out to three servers: id i lies on server i mod 3.
class RemoteParameterClientTest : public testing::Test {
 protected:
  RemoteParameterClientTest() {
    RemoteParameterClient::Options options;
    options.job_id = 5;
    options.incarnation = 3;
    options.worker_rank = 2;
    options.dims = {kDim};
    options.num_partitions = {6};
    options.partition_owner = {0, 1, 2, 0, 1, 2};
    options.give_up_after = absl::Seconds(60);
    options.now = [this] { return now_; };
    std::vector<std::unique_ptr<ServerChannel>> channels;
    for (int server = 0; server < kServers; ++server) {
      auto channel = std::make_unique<ScriptedChannel>(server);
      channels_.push_back(channel.get());
      channels.push_back(std::move(channel));
    }
    client_ = std::make_unique<RemoteParameterClient>(std::move(options), std::move(channels));
  }

  void Pull() {
    const PullTable table = {0, ids_, rows_.data()};
    tables_ = {table};
    client_->Pull(7, /*read_only=*/false, tables_, [this](absl::StatusOr<Boundary> boundary) {
      ++answers_;
      boundary_ = std::move(boundary);
    });
  }
  void Push() {
    AlignedFloats gradients(ids_.size() * kDim);
    for (size_t i = 0; i < gradients.size(); ++i) gradients.data()[i] = static_cast<float>(i);
    const PushTable table = {0, ids_, gradients.data()};
    client_->Push(7, CHECKPOINT, {&table, 1}, [this](absl::Status status) {
      ++answers_;
      boundary_ = status.ok() ? absl::StatusOr<Boundary>(CHECKPOINT) : status;
    });
  }
  void Rejoin() {
    client_->Rejoin([this](absl::StatusOr<std::vector<RejoinReply>> replies) {
      ++answers_;
      boundary_ = replies.ok() ? absl::StatusOr<Boundary>(CONTINUE) : replies.status();
      applied_steps_.clear();
      if (!replies.ok()) return;
      for (const RejoinReply& reply : *replies) applied_steps_.push_back(reply.applied_step());
    });
  }

  // What a server says to Pull: element k of row `id` is 10 * id + k.
  std::string PullReplyOf(int server, Boundary boundary = CONTINUE) const {
    PullReply reply;
    reply.set_applied_step(6);
    reply.set_boundary(boundary);
    PulledRows* rows = reply.add_tables();
    rows->set_table(0);
    for (uint64_t id : ids_) {
      if (id % kServers != static_cast<uint64_t>(server)) continue;
      for (int k = 0; k < kDim; ++k) {
        const auto value = static_cast<float>(10 * id + k);
        rows->mutable_rows()->append(reinterpret_cast<const char*>(&value), sizeof(value));
      }
    }
    return reply.SerializeAsString();
  }
  static std::string PushReplyBytes() {
    PushReply reply;
    reply.set_applied_step(6);
    return reply.SerializeAsString();
  }
  static std::string RejoinReplyBytes(uint64_t applied_step) {
    RejoinReply reply;
    reply.set_applied_step(applied_step);
    return reply.SerializeAsString();
  }
  void ExpectError(absl::StatusCode code, const std::string& message) {
    EXPECT_EQ(answers_, 1);
    EXPECT_EQ(boundary_.status().code(), code);
    EXPECT_EQ(std::string(boundary_.status().message()), message);
  }

  absl::Time now_ = absl::UnixEpoch();
  std::vector<uint64_t> ids_ = {7, 3, 8, 4};
  AlignedFloats rows_{4 * kDim};
  std::vector<PullTable> tables_;
  std::vector<ScriptedChannel*> channels_;
  int answers_ = 0;
  std::vector<uint64_t> applied_steps_;  // Of the rejoin.
  absl::StatusOr<Boundary> boundary_ = CONTINUE;
  std::unique_ptr<RemoteParameterClient> client_;
};

TEST_F(RemoteParameterClientTest, EachServerIsAskedForItsRowsAlone) {
  Pull();
  for (const ScriptedChannel* channel : channels_) {
    const PullRequest request = channel->last_pull();
    EXPECT_EQ(channel->method(), ServerChannel::Method::kPull);
    EXPECT_EQ(request.header().job_id(), 5u);
    EXPECT_EQ(request.header().incarnation(), 3u);
    EXPECT_EQ(request.header().worker_rank(), 2u);
    EXPECT_EQ(request.header().step(), 7u);
    ASSERT_EQ(request.tables_size(), 1);
  }
  EXPECT_THAT(channels_[0]->last_pull().tables(0).ids(), ElementsAre(3));
  EXPECT_THAT(channels_[1]->last_pull().tables(0).ids(), ElementsAre(7, 4));
  EXPECT_THAT(channels_[2]->last_pull().tables(0).ids(), ElementsAre(8));
}

TEST_F(RemoteParameterClientTest, RowsComeToTheirPlacesInWhateverOrderServersAnswer) {
  Pull();
  for (int server : {2, 0, 1}) {
    EXPECT_EQ(answers_, 0);
    channels_[server]->Answer(PullReplyOf(server, CHECKPOINT));
  }
  EXPECT_EQ(answers_, 1);
  ASSERT_TRUE(boundary_.ok()) << boundary_.status();
  EXPECT_EQ(*boundary_, CHECKPOINT);
  EXPECT_THAT(std::vector<float>(rows_.data(), rows_.data() + rows_.size()),
              ElementsAre(70, 71, 72, 30, 31, 32, 80, 81, 82, 40, 41, 42));
}

TEST_F(RemoteParameterClientTest, EveryServerGetsEveryPushWithItsGradientsAlone) {
  ids_ = {7, 4};
  Push();
  EXPECT_THAT(channels_[0]->last_push().tables(0).ids(), IsEmpty());
  EXPECT_THAT(channels_[1]->last_push().tables(0).ids(), ElementsAre(7, 4));
  EXPECT_EQ(channels_[1]->last_push().tables(0).gradients().size(), 2 * kDim * sizeof(float));
  EXPECT_THAT(channels_[2]->last_push().tables(0).ids(), IsEmpty());
  for (ScriptedChannel* channel : channels_) {
    EXPECT_EQ(channel->method(), ServerChannel::Method::kPush);
    EXPECT_EQ(channel->last_push().boundary(), CHECKPOINT);
    EXPECT_EQ(answers_, 0);
    channel->Answer(PushReplyBytes());
  }
  EXPECT_EQ(answers_, 1);
  EXPECT_TRUE(boundary_.ok()) << boundary_.status();
}

TEST_F(RemoteParameterClientTest, TheSameBytesAreSentAgainToTheServerThatCouldNotBeReached) {
  Push();
  channels_[1]->Fail(absl::UnavailableError("connection lost"));
  now_ += absl::Seconds(30);
  channels_[1]->Fail(absl::DeadlineExceededError("too slow"));
  ASSERT_EQ(channels_[1]->sent().size(), 3u);
  EXPECT_EQ(channels_[1]->sent()[1], channels_[1]->sent()[0]);
  EXPECT_EQ(channels_[1]->sent()[2], channels_[1]->sent()[0]);
  for (ScriptedChannel* channel : channels_) channel->Answer(PushReplyBytes());
  EXPECT_EQ(channels_[0]->sent().size(), 1u);
  EXPECT_EQ(answers_, 1);
  EXPECT_TRUE(boundary_.ok()) << boundary_.status();
}

TEST_F(RemoteParameterClientTest, AServerThatCannotBeReachedIsGivenUpInTheEnd) {
  Pull();
  channels_[0]->Answer(PullReplyOf(0));
  channels_[2]->Answer(PullReplyOf(2));
  channels_[1]->Fail(absl::UnavailableError("connection refused"));
  now_ += absl::Seconds(60) - absl::Nanoseconds(1);
  channels_[1]->Fail(absl::UnavailableError("connection refused"));
  EXPECT_EQ(answers_, 0);
  EXPECT_TRUE(channels_[1]->is_waiting());
  now_ += absl::Nanoseconds(1);
  channels_[1]->Fail(absl::UnavailableError("connection refused"));
  EXPECT_FALSE(channels_[1]->is_waiting());
  ExpectError(absl::StatusCode::kUnavailable, "parameter server 1 at host-1:1: connection refused");
}

TEST_F(RemoteParameterClientTest, AServerThatIsOnlySlowIsNeverGivenUp) {
  Push();
  channels_[0]->Answer(PushReplyBytes());
  channels_[2]->Answer(PushReplyBytes());
  for (int i = 0; i < 100; ++i) {
    now_ += absl::Seconds(30);
    channels_[1]->Fail(absl::DeadlineExceededError("saving"));
    now_ += absl::Seconds(30);
    channels_[1]->Fail(absl::UnavailableError("connection lost"));
  }
  EXPECT_EQ(answers_, 0);
  channels_[1]->Answer(PushReplyBytes());
  EXPECT_EQ(answers_, 1);
  EXPECT_TRUE(boundary_.ok()) << boundary_.status();
}

TEST_F(RemoteParameterClientTest, AServersOwnErrorIsFinalAndNamesIt) {
  Push();
  channels_[2]->Fail(absl::FailedPreconditionError("wrong incarnation"));
  EXPECT_EQ(channels_[2]->sent().size(), 1u);
  EXPECT_EQ(answers_, 0) << "the other servers still use what the requests point to";
  channels_[0]->Answer(PushReplyBytes());
  channels_[1]->Answer(PushReplyBytes());
  ExpectError(absl::StatusCode::kFailedPrecondition, "parameter server 2 at host-2:1: wrong incarnation");
}

TEST_F(RemoteParameterClientTest, TheFirstOfSeveralErrorsIsTold) {
  Pull();
  channels_[2]->Fail(absl::InternalError("first"));
  channels_[0]->Fail(absl::CancelledError("second"));
  channels_[1]->Answer(PullReplyOf(1));
  ExpectError(absl::StatusCode::kInternal, "parameter server 2 at host-2:1: first");
}

TEST_F(RemoteParameterClientTest, AReplyOfAnotherShapeIsAnErrorThatNamesTheServer) {
  Pull();
  channels_[0]->Answer(PullReplyOf(1));  // Two rows where one was asked for.
  channels_[1]->Answer(PullReplyOf(1));
  channels_[2]->Answer(PullReplyOf(2));
  ExpectError(absl::StatusCode::kInvalidArgument,
              "parameter server 0 at host-0:1: malformed PullReply: table 0 has 24 bytes of rows, expected 12");
}

TEST_F(RemoteParameterClientTest, BytesThatAreNoReplyAreAnError) {
  Push();
  channels_[0]->Answer(PushReplyBytes());
  channels_[1]->Answer("\xff\xff\xff");
  channels_[2]->Answer(PushReplyBytes());
  ExpectError(absl::StatusCode::kInvalidArgument, "parameter server 1 at host-1:1: malformed PushReply");
}

TEST_F(RemoteParameterClientTest, APushAndThePullAfterItAreUnderWayTogether) {
  Push();
  Pull();
  for (int server = 0; server < kServers; ++server) channels_[server]->Answer(PushReplyBytes());
  EXPECT_EQ(answers_, 1);
  for (int server = 0; server < kServers; ++server) channels_[server]->Answer(PullReplyOf(server));
  EXPECT_EQ(answers_, 2);
  EXPECT_TRUE(boundary_.ok()) << boundary_.status();
}

TEST_F(RemoteParameterClientTest, AReplyThatComesWhileTheClientClosesIsTaken) {
  Pull();
  for (int server = 0; server < kServers; ++server) channels_[server]->AnswerAtClose(PullReplyOf(server));
  client_.reset();
  EXPECT_EQ(answers_, 1);
  ASSERT_TRUE(boundary_.ok()) << boundary_.status();
  EXPECT_EQ(rows_.data()[3 * kDim], 40);
}

TEST_F(RemoteParameterClientTest, AllServersAreJoinedAndSayHowFarTheyAre) {
  Rejoin();
  for (int server : {2, 0, 1}) {
    EXPECT_EQ(answers_, 0);
    EXPECT_EQ(channels_[server]->method(), ServerChannel::Method::kRejoin);
    const RejoinRequest request = channels_[server]->last_rejoin();
    EXPECT_EQ(request.header().job_id(), 5u);
    EXPECT_EQ(request.header().incarnation(), 3u);
    EXPECT_EQ(request.header().worker_rank(), 2u);
    channels_[server]->Answer(RejoinReplyBytes(10 + server));
  }
  EXPECT_EQ(answers_, 1);
  EXPECT_TRUE(boundary_.ok()) << boundary_.status();
  EXPECT_THAT(applied_steps_, UnorderedElementsAre(10, 11, 12));
}

TEST_F(RemoteParameterClientTest, AServerThatCannotBeReachedIsJoinedLater) {
  Rejoin();
  channels_[0]->Answer(RejoinReplyBytes(4));
  channels_[1]->Fail(absl::UnavailableError("connection lost"));
  channels_[1]->Fail(absl::DeadlineExceededError("restoring"));
  channels_[2]->Answer(RejoinReplyBytes(4));
  EXPECT_EQ(answers_, 0);
  ASSERT_EQ(channels_[1]->sent().size(), 3u);
  EXPECT_EQ(channels_[1]->sent()[2], channels_[1]->sent()[0]);
  channels_[1]->Answer(RejoinReplyBytes(5));
  EXPECT_EQ(answers_, 1);
  EXPECT_THAT(applied_steps_, UnorderedElementsAre(4, 4, 5));
}

TEST_F(RemoteParameterClientTest, AServerThatRefusesToBeJoinedIsNamed) {
  Rejoin();
  channels_[0]->Answer(RejoinReplyBytes(4));
  channels_[1]->Answer(RejoinReplyBytes(4));
  channels_[2]->Fail(absl::FailedPreconditionError("earlier incarnation"));
  EXPECT_EQ(channels_[2]->sent().size(), 1u);
  ExpectError(absl::StatusCode::kFailedPrecondition, "parameter server 2 at host-2:1: earlier incarnation");
}

TEST_F(RemoteParameterClientTest, BytesThatAreNoAnswerToARejoinAreAnError) {
  Rejoin();
  channels_[0]->Answer(RejoinReplyBytes(4));
  channels_[1]->Answer("\xff\xff\xff");
  channels_[2]->Answer(RejoinReplyBytes(4));
  ExpectError(absl::StatusCode::kInvalidArgument, "parameter server 1 at host-1:1: malformed RejoinReply");
}

}  // namespace
}  // namespace shoal
