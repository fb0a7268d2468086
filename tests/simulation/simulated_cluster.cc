#include "tests/simulation/simulated_cluster.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/codec/decode_pull_request.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "tests/support/shard_digest.h"
#include "tests/support/small_job.h"
#include "worker/remote_parameter_client.h"

namespace shoal {
namespace {

constexpr uint64_t kJobId = 4711;

struct EncodedRequest {
  ServerChannel::Method method;
  Payload payload;
};

Coordinator::Options CoordinatorOptions(const ResolvedJob& job) {
  Coordinator::Options options;
  options.job_id = kJobId;
  options.job = job;
  return options;
}

}  // namespace

// ---- Parameter servers ----

class SimulatedCluster::Server : public CheckpointSink {
 public:
  Server(SimulatedCluster* cluster, uint32_t index) : cluster_(cluster), index_(index) {
    RegisterRequest request;
    request.set_role(Role::PARAMETER_SERVER);
    request.set_index(index);
    request.set_address(absl::StrCat("server-", index));
    request.set_pid(100 + index);
    cluster_->Register(std::move(request), [this](const RegisterReply& assignment) { Serve(assignment); });
  }

  const Shard* shard() const { return server_ == nullptr ? nullptr : &server_->shard(); }

  void Handle(const EncodedRequest& request, std::function<void(absl::StatusOr<Payload>)> done) {
    if (server_ == nullptr) {
      // As the gRPC edge does: requests wait until there is a server.
      early_.push_back([this, request, done = std::move(done)] { Handle(request, done); });
      return;
    }
    google::protobuf::io::ArrayInputStream stream(request.payload.data.get(), static_cast<int>(request.payload.size),
                                                  kFragmentBytes);
    if (request.method == ServerChannel::Method::kPull) {
      absl::StatusOr<PullRequest> pull =
          DecodePullRequest(&stream, request.payload.size, server_->shard().tables().size());
      if (!pull.ok()) return done(pull.status());
      server_->Pull(*std::move(pull), std::move(done));
    } else {
      absl::StatusOr<DecodedPush> push = DecodePushRequest(&stream, request.payload.size, server_->shard().dims());
      if (!push.ok()) return done(push.status());
      server_->Push(*std::move(push), std::move(done));
    }
  }

  // The "disk": the coordinator is told what the rows hash to.
  absl::Status Save(const Shard& shard) override {
    CheckpointReport report;
    report.set_role(Role::PARAMETER_SERVER);
    report.set_index(index_);
    report.set_step(shard.applied_step());
    CheckpointFile* file = report.add_files();
    file->set_name(absl::StrCat("server-", index_));
    for (const TableDigestEntry& part : DigestParts(shard)) {
      TableDigestPart* digest = file->add_digests();
      digest->set_table(part.table);
      digest->set_rows(part.rows);
      digest->set_hash_low(absl::Uint128Low64(part.sum));
      digest->set_hash_high(absl::Uint128High64(part.sum));
    }
    cluster_->CallCoordinator<CheckpointReport, CheckpointReply>(std::move(report), &Coordinator::ReportCheckpoint,
                                                                 [](const CheckpointReply&) {});
    return absl::OkStatus();
  }

 private:
  // Small, so that fields straddle the pieces that a message comes in.
  static constexpr int kFragmentBytes = 61;

  void Serve(const RegisterReply& assignment) {
    std::vector<bool> owned;
    for (uint32_t owner : assignment.partition_owner()) owned.push_back(owner == index_);
    auto shard = Shard::Create(assignment.job(), {assignment.job_id(), assignment.incarnation()}, owned);
    if (!shard.ok()) return cluster_->Fail(shard.status());
    server_ = std::make_unique<ParameterServer>(*std::move(shard), this);
    for (auto& handle : std::exchange(early_, {})) handle();
  }

  SimulatedCluster* const cluster_;
  const uint32_t index_;
  std::unique_ptr<ParameterServer> server_;
  std::vector<std::function<void()>> early_;
};

// ---- Workers ----

class SimulatedCluster::Channel : public ServerChannel {
 public:
  Channel(SimulatedCluster* cluster, size_t server) : cluster_(cluster), server_(server) {}

  void Call(Method method, const Payload& request, Done done) override {
    auto shared_done = std::make_shared<Done>(std::move(done));
    cluster_->network_.Call<EncodedRequest, Payload>(
        {method, request},
        [this](const EncodedRequest& encoded, std::function<void(absl::StatusOr<Payload>)> answer) {
          cluster_->servers_[server_]->Handle(encoded, std::move(answer));
        },
        [shared_done](const absl::StatusOr<Payload>& reply) {
          if (!reply.ok()) return (*shared_done)(reply.status());
          google::protobuf::io::ArrayInputStream stream(reply->data.get(), static_cast<int>(reply->size), 53);
          (*shared_done)(Reply{&stream, reply->size});
        });
  }

  const std::string& address() const override { return address_; }

 private:
  SimulatedCluster* const cluster_;
  const size_t server_;
  const std::string address_ = "simulated";
};

class SimulatedCluster::Worker {
 public:
  Worker(SimulatedCluster* cluster, uint32_t rank) : cluster_(cluster), rank_(rank) {
    RegisterRequest request;
    request.set_role(Role::WORKER);
    request.set_index(rank);
    request.set_pid(200 + rank);
    cluster_->Register(std::move(request), [this](const RegisterReply& assignment) { Start(assignment); });
  }

  uint64_t step() const { return driver_->step(); }

 private:
  void Start(const RegisterReply& assignment) {
    RemoteParameterClient::Options options = RemoteParameterClient::OptionsFor(assignment, rank_);
    options.now = [this] { return cluster_->scheduler_.now(); };
    std::vector<std::unique_ptr<ServerChannel>> channels;
    for (size_t s = 0; s < cluster_->servers_.size(); ++s) channels.push_back(std::make_unique<Channel>(cluster_, s));
    client_ = std::make_unique<RemoteParameterClient>(std::move(options), std::move(channels));
    auto driver = StepDriver::Create(assignment.job(), static_cast<int>(rank_), 0, cluster_->data_, {client_.get()},
                                     cluster_->scheduler_.now());
    if (!driver.ok()) return cluster_->Fail(driver.status());
    driver_ = *std::move(driver);
    Begin();
  }

  void Begin() {
    driver_->Begin([this] { cluster_->scheduler_.After(cluster_->scheduler_.Delay(), [this] { Finish(); }); });
  }

  void Finish() {
    const absl::Status status = driver_->Finish(cluster_->scheduler_.now());
    if (!status.ok()) return cluster_->Fail(status);
    absl::optional<ProgressReport> report = driver_->TakeReport(cluster_->scheduler_.now());
    if (!report.has_value()) return GoOn();
    cluster_->CallCoordinator<ProgressReport, ProgressReply>(*std::move(report), &Coordinator::ReportProgress,
                                                             [this](const ProgressReply& reply) {
                                                               driver_->OnProgressReply(reply);
                                                               GoOn();
                                                             });
  }

  void GoOn() {
    if (!driver_->done()) return Begin();
    FinishedReport report;
    report.set_role(Role::WORKER);
    report.set_index(rank_);
    report.set_step(driver_->step());
    cluster_->CallCoordinator<FinishedReport, FinishedReply>(
        std::move(report), &Coordinator::ReportFinished,
        [this](const FinishedReply&) { ++cluster_->finished_workers_; });
  }

  SimulatedCluster* const cluster_;
  const uint32_t rank_;
  std::unique_ptr<RemoteParameterClient> client_;
  std::unique_ptr<StepDriver> driver_;
};

// ---- The cluster ----

SimulatedCluster::SimulatedCluster(const ResolvedJob& job, const TrainingData& data, uint64_t seed,
                                   NetworkFaults faults)
    : data_(data), scheduler_(seed), network_(&scheduler_, faults), coordinator_(CoordinatorOptions(job)) {
  for (int s = 0; s < job.job().cluster().parameter_servers(); ++s) {
    servers_.push_back(std::make_unique<Server>(this, static_cast<uint32_t>(s)));
  }
  for (int w = 0; w < job.job().cluster().workers(); ++w) {
    workers_.push_back(std::make_unique<Worker>(this, static_cast<uint32_t>(w)));
  }
}

SimulatedCluster::~SimulatedCluster() = default;

absl::Status SimulatedCluster::Run() {
  while (status_.ok() && scheduler_.RunOne()) {
    if (stop_at_step_ > 0 && coordinator_.last_step() >= stop_at_step_) coordinator_.RequestStop();
    for (CoordinatorEvent& event : coordinator_.TakeEvents()) {
      // The launcher publishes a complete checkpoint; here it takes no time.
      if (const auto* complete = std::get_if<CheckpointComplete>(&event)) {
        coordinator_.CheckpointPublished(complete->step);
      }
      events_.push_back(std::move(event));
    }
  }
  if (!status_.ok()) return status_;
  if (finished_workers_ < static_cast<int>(workers_.size())) {
    return absl::InternalError(
        absl::StrCat("nothing moves any more, but only ", finished_workers_, " workers have finished"));
  }
  return absl::OkStatus();
}

std::vector<const Shard*> SimulatedCluster::shards() const {
  std::vector<const Shard*> shards;
  for (const std::unique_ptr<Server>& server : servers_) shards.push_back(server->shard());
  return shards;
}

std::vector<uint64_t> SimulatedCluster::worker_steps() const {
  std::vector<uint64_t> steps;
  for (const std::unique_ptr<Worker>& worker : workers_) steps.push_back(worker->step());
  return steps;
}

template <typename Request, typename Reply>
void SimulatedCluster::CallCoordinator(Request request, absl::StatusOr<Reply> (Coordinator::*method)(const Request&),
                                       std::function<void(Reply)> done) {
  network_.Call<Request, Reply>(
      request,
      [this, method](const Request& arrived, const std::function<void(absl::StatusOr<Reply>)>& answer) {
        answer((coordinator_.*method)(arrived));
      },
      [this, request, method, done](absl::StatusOr<Reply> reply) {
        if (reply.ok()) {
          done(*std::move(reply));
        } else if (absl::IsUnavailable(reply.status())) {
          CallCoordinator(request, method, done);
        } else {
          Fail(reply.status());
        }
      });
}

void SimulatedCluster::Register(RegisterRequest request, std::function<void(RegisterReply)> done) {
  CallCoordinator<RegisterRequest, RegisterReply>(
      request, &Coordinator::Register, [this, request, done](const RegisterReply& reply) {
        if (reply.ready()) return done(reply);
        scheduler_.After(scheduler_.Delay(), [this, request, done] { Register(request, done); });
      });
}

}  // namespace shoal
