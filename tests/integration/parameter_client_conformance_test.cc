// What every ParameterClient promises, whatever lies between worker and rows.
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <stdlib.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "common/base/aligned_floats.h"
#include "common/codec/message_limits.h"
#include "common/codec/row_encoding.h"
#include "common/initializer/row_initializer.h"
#include "common/optimizer/row_optimizer.h"
#include "common/schedule/schedule.h"
#include "gmock/gmock.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "gtest/gtest.h"
#include "parameter_server/parameter_server.h"
#include "parameter_server/parameter_service.h"
#include "tests/support/small_job.h"
#include "worker/embedded_parameter_client.h"
#include "worker/grpc_parameter_client.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kJobId = 5;
constexpr int kWideTable = 0;
constexpr int kWideDim = 64;

// Table "user" has rows of 64 floats, enough of them for messages beyond gRPC's default limit of 4 MiB.
ResolvedJob ConformanceJob(int servers, DType dtype = FLOAT32) {
  SmallJobOptions options;
  options.parameter_servers = servers;
  options.num_partitions = 8;
  options.num_users = 50000;
  options.embedding_dim = kWideDim;
  options.optimizer = "sgd {}";
  options.row_semantics = LAZY;
  ResolvedJob job = SmallJob(options);
  job.mutable_job()->mutable_training()->clear_schedule();
  job.mutable_job()->mutable_training()->set_learning_rate(1);
  job.mutable_job()->mutable_cluster()->set_wire_dtype(dtype);
  job.mutable_job()->mutable_cluster()->set_max_restarts(1);
  job.mutable_job()->mutable_tables(1)->mutable_optimizer()->mutable_sgd()->set_momentum(0.9F);
  return job;
}

// Counts what it is given.
class CountingSink : public CheckpointSink {
 public:
  absl::Status Save(const Shard& shard) override {
    absl::MutexLock lock(&mutex_);
    saved_steps_.push_back(shard.applied_step());
    return absl::OkStatus();
  }
  std::vector<uint64_t> saved_steps() {
    absl::MutexLock lock(&mutex_);
    return saved_steps_;
  }

 private:
  absl::Mutex mutex_;
  std::vector<uint64_t> saved_steps_ ABSL_GUARDED_BY(mutex_);
};

// A client and everything behind it.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual ParameterClient& client() = 0;
  virtual int num_servers() const = 0;
  CountingSink& sink() { return sink_; }

 private:
  CountingSink sink_;
};

std::unique_ptr<Shard> MakeShard(const ResolvedJob& job, int server) {
  std::vector<bool> owned;
  for (uint32_t owner : DealPartitions(job)) owned.push_back(static_cast<int>(owner) == server);
  return Shard::Create(job, {kJobId, 1}, owned).value();
}

class EmbeddedBackend : public Backend {
 public:
  explicit EmbeddedBackend(DType dtype)
      : shard_(MakeShard(ConformanceJob(0), 0)), client_(shard_.get(), &sink(), dtype) {}
  ParameterClient& client() override { return client_; }
  int num_servers() const override { return 1; }

 private:
  std::unique_ptr<Shard> shard_;
  EmbeddedParameterClient client_;
};

class GrpcBackend : public Backend {
 public:
  GrpcBackend(int num_servers, bool unix_sockets, DType dtype) {
    if (unix_sockets) {
      std::string pattern = absl::StrCat(testing::TempDir(), "/shoalXXXXXX");
      directory_ = mkdtemp(pattern.data());
    }
    assignment_.set_job_id(kJobId);
    assignment_.set_incarnation(1);
    *assignment_.mutable_job() = ConformanceJob(num_servers, dtype);
    for (uint32_t owner : DealPartitions(assignment_.job())) assignment_.add_partition_owner(owner);
    for (int s = 0; s < num_servers; ++s) StartServer(s, unix_sockets);
    client_ = MakeGrpcParameterClient(assignment_, /*worker_rank=*/0);
  }
  ~GrpcBackend() override {
    client_.reset();
    for (size_t i = 0; i < servers_.size(); ++i) services_[i]->Shutdown(servers_[i].get());
  }
  ParameterClient& client() override { return *client_; }
  int num_servers() const override { return static_cast<int>(servers_.size()); }
  // Another one of the same worker, under that incarnation.
  std::unique_ptr<RemoteParameterClient> ClientUnder(uint32_t incarnation) const {
    RegisterReply assignment = assignment_;
    assignment.set_incarnation(incarnation);
    return MakeGrpcParameterClient(assignment, /*worker_rank=*/0);
  }

 private:
  void StartServer(int index, bool unix_sockets) {
    services_.push_back(std::make_unique<ParameterServiceImpl>());
    const std::string listen = unix_sockets ? absl::StrCat("unix:", directory_, "/", index) : "127.0.0.1:0";
    int port = 0;
    grpc::ServerBuilder builder;
    builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
    builder.SetMaxSendMessageSize(kMaxMessageBytes);
    builder.AddListeningPort(listen, grpc::InsecureServerCredentials(), &port);
    services_.back()->AddTo(&builder);
    servers_.push_back(builder.BuildAndStart());
    services_.back()->Listen();
    assignment_.add_parameter_server_addresses(unix_sockets ? listen : absl::StrCat("127.0.0.1:", port));
    services_.back()->Serve(std::make_unique<ParameterServer>(MakeShard(assignment_.job(), index), &sink()));
  }

  std::string directory_;
  RegisterReply assignment_;
  std::vector<std::unique_ptr<ParameterServiceImpl>> services_;
  std::vector<std::unique_ptr<grpc::Server>> servers_;
  std::unique_ptr<ParameterClient> client_;
};

struct Implementation {
  std::string name;
  std::unique_ptr<Backend> (*make)(DType wire_dtype);
};

class ParameterClientConformance : public testing::TestWithParam<Implementation> {
 protected:
  ParameterClient& client() { return backend_->client(); }

  absl::StatusOr<Boundary> Pull(uint64_t step, bool read_only, absl::Span<const PullTable> tables) {
    absl::Notification answered;
    absl::StatusOr<Boundary> result;
    client().Pull(step, read_only, tables, [&](absl::StatusOr<Boundary> boundary) {
      result = std::move(boundary);
      answered.Notify();
    });
    answered.WaitForNotification();
    return result;
  }

  // The rows of the wide table, or why there are none.
  absl::StatusOr<std::vector<std::vector<float>>> PullRows(uint64_t step, const std::vector<uint64_t>& ids,
                                                           bool read_only = false) {
    AlignedFloats block(ids.size() * kWideDim);
    const PullTable table = {kWideTable, ids, block.data()};
    const absl::StatusOr<Boundary> boundary = Pull(step, read_only, {&table, 1});
    if (!boundary.ok()) return boundary.status();
    std::vector<std::vector<float>> rows;
    for (size_t i = 0; i < ids.size(); ++i) {
      rows.emplace_back(block.data() + i * kWideDim, block.data() + (i + 1) * kWideDim);
    }
    return rows;
  }

  // Pushes a gradient of `gradient` in every element.
  absl::Status Push(uint64_t step, const std::vector<uint64_t>& ids, float gradient, Boundary boundary = CONTINUE) {
    AlignedFloats block(ids.size() * kWideDim);
    std::fill_n(block.data(), block.size(), gradient);
    const PushTable table = {kWideTable, ids, block.data()};
    absl::Notification answered;
    absl::Status result;
    client().Push(step, boundary, {&table, 1}, [&](absl::Status status) {
      result = std::move(status);
      answered.Notify();
    });
    const bool is_zero = std::all_of(block.data(), block.data() + block.size(), [](float f) { return f == 0; });
    answered.WaitForNotification();
    EXPECT_TRUE(is_zero || !result.ok()) << "Push leaves zeros, on which the next gradients are added up";
    return result;
  }

  std::vector<float> InitialRow(uint64_t id) {
    const ResolvedJob job = ConformanceJob(0);
    std::vector<float> row(kWideDim);
    RowInitializer::Create(job.job().tables(kWideTable), job.job().seed())->Fill(id, row.data());
    return row;
  }

  std::unique_ptr<Backend> backend_ = GetParam().make(FLOAT32);
};

TEST_P(ParameterClientConformance, RowsBeginAsTheInitializerSays) {
  const std::vector<uint64_t> ids = {49999, 0, 12345, 7};
  const auto rows = PullRows(1, ids);
  ASSERT_EQ(rows.status(), absl::OkStatus());
  for (size_t i = 0; i < ids.size(); ++i) EXPECT_EQ((*rows)[i], InitialRow(ids[i])) << ids[i];
}

TEST_P(ParameterClientConformance, APushMovesItsRowsAlone) {
  ASSERT_EQ(PullRows(1, {3, 4, 5}).status(), absl::OkStatus());
  ASSERT_EQ(Push(1, {3, 5}, 0.25f), absl::OkStatus());
  const auto rows = PullRows(2, {5, 4, 3});
  ASSERT_EQ(rows.status(), absl::OkStatus());
  EXPECT_EQ((*rows)[1], InitialRow(4));
  std::vector<float> moved = InitialRow(5);
  for (float& weight : moved) weight -= 0.25f;
  EXPECT_EQ((*rows)[0], moved);
}

TEST_P(ParameterClientConformance, AnEmptyPushIsAStep) {
  ASSERT_EQ(Push(1, {}, 0), absl::OkStatus());
  EXPECT_EQ(Pull(2, false, {}).status(), absl::OkStatus());
}

TEST_P(ParameterClientConformance, AReadOnlyPullSeesWhatTrainingSees) {
  ASSERT_EQ(Push(1, {3}, 0.5f), absl::OkStatus());
  const auto read = PullRows(2, {3, 9}, /*read_only=*/true);
  const auto trained = PullRows(2, {3, 9});
  ASSERT_EQ(read.status(), absl::OkStatus());
  EXPECT_EQ(*read, *trained);
}

// On which whoever pulled them can take the server's steps.
TEST_P(ParameterClientConformance, RowsWithStateAreThoseOfTheServer) {
  constexpr int kMomentumTable = 1;
  const ResolvedJob job = ConformanceJob(0);
  const Schedule schedule = Schedule::Create(job.job().training(), job.steps_per_epoch(), job.total_steps()).value();
  const auto optimizer = CreateRowOptimizer(job.job().tables(kMomentumTable), schedule).value();
  const RowLayout& layout = optimizer->layout();
  ASSERT_GT(layout.row_floats(), layout.segment());
  const std::vector<uint64_t> ids = {11, 2, 7};
  const size_t size = ids.size() * layout.row_floats();
  AlignedFloats first(size);
  AlignedFloats second(size);
  const PullTable pull = {kMomentumTable, ids, first.data(), layout.row_floats()};
  ASSERT_EQ(Pull(1, false, {&pull, 1}).status(), absl::OkStatus());
  AlignedFloats gradients(ids.size() * layout.segment());
  for (size_t i = 0; i < ids.size(); ++i) std::fill_n(gradients.data() + i * layout.segment(), layout.dim(), 0.5F);
  optimizer->BeginStep(1);
  for (size_t i = 0; i < ids.size(); ++i) {
    optimizer->Update(gradients.data() + i * layout.segment(), first.data() + i * layout.row_floats());
  }
  absl::Notification pushed;
  const PushTable push = {kMomentumTable, ids, gradients.data()};
  client().Push(1, CONTINUE, {&push, 1}, [&](absl::Status status) {
    EXPECT_EQ(status, absl::OkStatus());
    pushed.Notify();
  });
  pushed.WaitForNotification();
  for (const bool read_only : {true, false}) {
    std::fill_n(second.data(), size, -1.0F);
    const PullTable again = {kMomentumTable, ids, second.data(), layout.row_floats()};
    ASSERT_EQ(Pull(2, read_only, {&again, 1}).status(), absl::OkStatus());
    EXPECT_EQ(std::memcmp(first.data(), second.data(), size * sizeof(float)), 0) << "read_only " << read_only;
  }
}

// Rows on their way to training and gradients on their way back, by the same bits everywhere; what validation reads is
// the server's float32.
TEST_P(ParameterClientConformance, SixteenBitsAreRoundedByRowStepAndSender) {
  const std::vector<uint64_t> ids = {49999, 0, 12345, 7};
  const uint64_t seed = ConformanceJob(0).job().seed();
  for (const DType dtype : {BFLOAT16, FLOAT16}) {
    backend_ = GetParam().make(dtype);
    RowEncoder from_server(dtype, seed, /*step=*/1, kWideTable, RowEncoder::kServer);
    RowEncoder from_worker(dtype, seed, /*step=*/1, kWideTable, RowEncoder::Worker(0));
    const auto pulled = PullRows(1, ids);
    ASSERT_EQ(pulled.status(), absl::OkStatus());
    EXPECT_EQ(*PullRows(1, ids), *pulled) << "a pull that is sent again";
    ASSERT_EQ(Push(1, ids, 0.3f), absl::OkStatus());
    const auto moved = PullRows(2, ids, /*read_only=*/true);
    ASSERT_EQ(moved.status(), absl::OkStatus());
    for (size_t i = 0; i < ids.size(); ++i) {
      std::vector<float> row = InitialRow(ids[i]);
      from_server.Round(ids[i], kWideDim, row.data());
      EXPECT_EQ((*pulled)[i], row) << DType_Name(dtype) << ", row " << ids[i];
      std::vector<float> gradient(kWideDim, 0.3f);
      from_worker.Round(ids[i], kWideDim, gradient.data());
      row = InitialRow(ids[i]);
      for (int k = 0; k < kWideDim; ++k) row[k] -= gradient[k];
      EXPECT_EQ((*moved)[i], row) << DType_Name(dtype) << ", row " << ids[i];
    }
  }
}

TEST_P(ParameterClientConformance, RowsWithStateAreNotRounded) {
  backend_ = GetParam().make(BFLOAT16);
  const std::vector<uint64_t> ids = {11};
  AlignedFloats rows(1024);
  const PullTable pull = {/*table=*/1, ids, rows.data(), /*row_floats=*/128};
  EXPECT_TRUE(absl::IsInvalidArgument(Pull(1, false, {&pull, 1}).status()));
}

TEST_P(ParameterClientConformance, APullOfAStepThatIsOverIsRefused) {
  ASSERT_EQ(Push(1, {3}, 0.5f), absl::OkStatus());
  EXPECT_TRUE(absl::IsFailedPrecondition(PullRows(1, {3}).status()));
}

TEST_P(ParameterClientConformance, AnIdOutOfRangeIsRefusedBeforeAnyRowMoves) {
  EXPECT_TRUE(absl::IsInvalidArgument(PullRows(1, {50000}).status()));
  const absl::Status status = Push(1, {3, 50000}, 0.5f);
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("id 50000"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("table user"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("num_embeddings 50000"));
}

TEST_P(ParameterClientConformance, ABoundaryIsSavedBeforeTheNextStepIsRead) {
  ASSERT_EQ(Push(1, {3}, 0.5f), absl::OkStatus());
  ASSERT_EQ(Push(2, {3}, 0.5f, CHECKPOINT), absl::OkStatus());
  const absl::StatusOr<Boundary> boundary = Pull(3, false, {});
  ASSERT_EQ(boundary.status(), absl::OkStatus());
  EXPECT_EQ(*boundary, CHECKPOINT);
  EXPECT_EQ(backend_->sink().saved_steps(), std::vector<uint64_t>(backend_->num_servers(), 2));
  ASSERT_EQ(Push(3, {}, 0), absl::OkStatus());
  EXPECT_EQ(*Pull(4, false, {}), CONTINUE);
}

TEST_P(ParameterClientConformance, MessagesLargerThanGrpcsDefaultLimitPass) {
  std::vector<uint64_t> ids;
  for (uint64_t id = 0; id < 50000; ++id) ids.push_back(id);
  ASSERT_GT(ids.size() * kWideDim * sizeof(float) / 3, size_t{4} << 20);
  ASSERT_EQ(PullRows(1, ids).status(), absl::OkStatus());
  ASSERT_EQ(Push(1, ids, 1.0f), absl::OkStatus());
  const auto rows = PullRows(2, ids);
  ASSERT_EQ(rows.status(), absl::OkStatus());
  for (uint64_t id = 0; id < 50000; id += 997) {
    std::vector<float> moved = InitialRow(id);
    for (float& weight : moved) weight -= 1.0f;
    ASSERT_EQ((*rows)[id], moved) << id;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Every, ParameterClientConformance,
    testing::Values(
        Implementation{"Embedded", [](DType dtype) { return std::unique_ptr<Backend>(new EmbeddedBackend(dtype)); }},
        Implementation{"GrpcUnixOneServer",
                       [](DType dtype) { return std::unique_ptr<Backend>(new GrpcBackend(1, true, dtype)); }},
        Implementation{"GrpcUnixThreeServers",
                       [](DType dtype) { return std::unique_ptr<Backend>(new GrpcBackend(3, true, dtype)); }},
        Implementation{"GrpcTcpTwoServers",
                       [](DType dtype) { return std::unique_ptr<Backend>(new GrpcBackend(2, false, dtype)); }}),
    [](const testing::TestParamInfo<Implementation>& info) { return info.param.name; });

// ---- Of clients that servers know by an incarnation ----------------------------------------------------------------

TEST(GrpcParameterClientTest, AWorkerJoinsTheServersUnderAnotherIncarnationAndTheyRefuseTheEarlierOne) {
  GrpcBackend backend(/*num_servers=*/2, /*unix_sockets=*/true, FLOAT32);
  const auto pull = [](ParameterClient& client) {
    absl::Notification answered;
    absl::Status result;
    client.Pull(2, /*read_only=*/false, {}, [&](absl::StatusOr<Boundary> boundary) {
      result = boundary.status();
      answered.Notify();
    });
    answered.WaitForNotification();
    return result;
  };
  absl::Notification pushed;
  backend.client().Push(1, CHECKPOINT, {}, [&](absl::Status status) {
    EXPECT_EQ(status, absl::OkStatus());
    pushed.Notify();
  });
  pushed.WaitForNotification();

  const std::unique_ptr<RemoteParameterClient> next = backend.ClientUnder(2);
  EXPECT_TRUE(absl::IsFailedPrecondition(pull(*next))) << "it has not joined them";
  absl::Notification joined;
  absl::StatusOr<std::vector<RejoinReply>> replies;
  next->Rejoin([&](absl::StatusOr<std::vector<RejoinReply>> servers) {
    replies = std::move(servers);
    joined.Notify();
  });
  joined.WaitForNotification();
  ASSERT_EQ(replies.status(), absl::OkStatus());
  ASSERT_EQ(replies->size(), 2u);
  for (const RejoinReply& reply : *replies) {
    EXPECT_EQ(reply.applied_step(), 1u);
    EXPECT_EQ(reply.boundary(), CHECKPOINT);
  }
  EXPECT_EQ(pull(*next), absl::OkStatus());
  EXPECT_TRUE(absl::IsFailedPrecondition(pull(backend.client())));
}

}  // namespace
}  // namespace shoal
