#include "tests/simulation/simulated_cluster.h"

#include <string>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/codec/decode_pull_request.h"
#include "common/config/dense_layers.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "tests/support/shard_digest.h"
#include "tests/support/small_job.h"
#include "worker/collective/in_process_collective.h"
#include "worker/dense_sink.h"
#include "worker/remote_parameter_client.h"
#include "worker/share_dense.h"
#include "worker/step_driver.h"
#include "worker/worker_registration.h"

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
    Register(request);
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
    if (request.method == ServerChannel::Method::kRejoin) {
      RejoinRequest rejoin;
      if (!rejoin.ParseFromZeroCopyStream(&stream)) return done(absl::InvalidArgumentError("malformed RejoinRequest"));
      server_->Rejoin(rejoin, std::move(done));
    } else if (request.method == ServerChannel::Method::kPull) {
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
                                                                 life_, [](const CheckpointReply&) {});
    return absl::OkStatus();
  }

 private:
  void Register(const RegisterRequest& request) {
    cluster_->CallCoordinator<RegisterRequest, RegisterReply>(
        request, &Coordinator::Register, life_, [this, request](const RegisterReply& reply) {
          if (reply.ready()) return Serve(reply);
          cluster_->scheduler_.After(cluster_->scheduler_.Delay(), [this, request] { Register(request); });
        });
  }

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
  const Life life_;
};

// ---- Workers ----

class SimulatedCluster::Channel : public ServerChannel {
 public:
  Channel(SimulatedCluster* cluster, size_t server) : cluster_(cluster), server_(server) {}

  // Replies to a channel that is gone reach nobody.
  void Call(Method method, const Payload& request, Done done) override {
    auto shared_done = std::make_shared<Done>(std::move(done));
    cluster_->network_.Call<EncodedRequest, Payload>(
        {method, request},
        [cluster = cluster_, server = server_](const EncodedRequest& encoded,
                                               std::function<void(absl::StatusOr<Payload>)> answer) {
          cluster->servers_[server]->Handle(encoded, std::move(answer));
        },
        life_.Guard([shared_done](const absl::StatusOr<Payload>& reply) {
          if (!reply.ok()) return (*shared_done)(reply.status());
          google::protobuf::io::ArrayInputStream stream(reply->data.get(), static_cast<int>(reply->size), 53);
          (*shared_done)(Reply{&stream, reply->size});
        }));
  }

  const std::string& address() const override { return address_; }

 private:
  SimulatedCluster* const cluster_;
  const size_t server_;
  const std::string address_ = "simulated";
  const Life life_;
};

// A process: what it does without I/O is the worker's own code, and what RunWorker does by threads and sockets is done
// by events here.
class SimulatedCluster::Worker : public DenseSink {
 public:
  Worker(SimulatedCluster* cluster, int rank, int64_t pid) : cluster_(cluster), rank_(rank), registration_(rank, pid) {
    Register();
  }

  uint64_t step() const { return training_->driver->step(); }
  int64_t pid() const { return registration_.request().pid(); }
  // Whether the coordinator knows that it can give dense parameters to the others.
  bool is_known_to_hold_dense() const { return is_known_to_hold_dense_; }

  // The "disk": the coordinator is told what the parameters hash to.
  absl::Status SaveDense(const DenseParameters& parameters, uint64_t step) override {
    CheckpointReport report;
    report.set_role(Role::WORKER);
    report.set_index(static_cast<uint32_t>(rank_));
    report.set_step(step);
    report.set_part(DENSE_PARAMETERS);
    CheckpointFile* file = report.add_files();
    file->set_name("dense");
    for (const SavedParameter& parameter : parameters.Save()) {
      DenseParameterPart* part = file->add_parameters();
      part->set_name(parameter.name);
      part->set_values_xxh3_128(BytesOf(parameter.values));
      for (const SavedParameter::State& field : parameter.state) {
        part->add_state()->set_xxh3_128(BytesOf(field.values));
      }
    }
    // It goes on once the coordinator knows.
    return cluster_->coordinator_.ReportCheckpoint(report).status();
  }

 private:
  // What lives as long as one incarnation. Its events come to nobody once it is over.
  struct Training {
    std::unique_ptr<StepDriver> driver;
    std::unique_ptr<Collective> collective;
    std::unique_ptr<RemoteParameterClient> client;
    bool has_begun = false;
    Life life;
  };

  static std::string BytesOf(absl::Span<const float> values) {
    return absl::BytesToHexString(
        absl::string_view(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)));
  }

  template <typename Request, typename Reply>
  void Tell(Request request, absl::StatusOr<Reply> (Coordinator::*method)(const Request&),
            std::function<void(Reply)> done) {
    cluster_->CallCoordinator<Request, Reply>(std::move(request), method, life_, std::move(done));
  }
  void After(absl::Duration delay, const Life& life, std::function<void()> event) {
    cluster_->scheduler_.After(delay, life.Guard(std::move(event)));
  }
  bool may_lose_workers() const { return assignment_.job().job().cluster().max_restarts() > 0; }

  void Register() {
    Tell<RegisterRequest, RegisterReply>(registration_.request(), &Coordinator::Register,
                                         [this](const RegisterReply& reply) { OnRegistered(reply); });
  }

  void OnRegistered(const RegisterReply& reply) {
    assignment_ = reply;
    is_known_to_hold_dense_ |= registration_.request().has_step();
    switch (registration_.Next(reply)) {
      case WorkerRegistration::Action::kJoinServers:
        return JoinServers();
      case WorkerRegistration::Action::kAskAgain:
        return After(cluster_->scheduler_.Delay(), life_, [this] { Register(); });
      case WorkerRegistration::Action::kTrain:
        return StartTraining();
    }
  }

  void MakeClient() {
    RemoteParameterClient::Options options =
        RemoteParameterClient::OptionsFor(assignment_, static_cast<uint32_t>(rank_));
    options.now = [this] { return cluster_->scheduler_.now(); };
    std::vector<std::unique_ptr<ServerChannel>> channels;
    for (size_t s = 0; s < cluster_->servers_.size(); ++s) channels.push_back(std::make_unique<Channel>(cluster_, s));
    training_ = std::make_unique<Training>();
    training_->client = std::make_unique<RemoteParameterClient>(std::move(options), std::move(channels));
  }

  void JoinServers() {
    MakeClient();
    training_->client->Rejoin([this](const absl::StatusOr<std::vector<RejoinReply>>& servers) {
      if (!servers.ok()) return cluster_->Fail(servers.status());
      registration_.OnServersJoined(assignment_, *servers);
      // Not within the client's own call.
      After(cluster_->scheduler_.Delay(), life_, [this] { Register(); });
    });
  }

  void StartTraining() {
    const StartPoint start = registration_.Start(assignment_);
    is_known_to_hold_dense_ |= !assignment_.has_rejoin();
    if (training_ == nullptr) MakeClient();
    training_->collective = cluster_->JoinCollective(assignment_.incarnation(), rank_);
    auto driver =
        StepDriver::Create(assignment_.job(), rank_, start, cluster_->data_,
                           {training_->client.get(), training_->collective.get(), this}, cluster_->scheduler_.now());
    if (!driver.ok()) return cluster_->Fail(driver.status());
    training_->driver = *std::move(driver);
    if (may_lose_workers()) Watch();
    DenseParameters* const dense = training_->driver->dense_parameters();
    if (dense == nullptr || !assignment_.has_rejoin()) return Begin();
    if (!dense_.empty()) PutDense(dense_, *dense);
    shared_ = CopyDense(*dense);
    ShareDense(*training_->collective, static_cast<int>(assignment_.rejoin().dense_source()), absl::MakeSpan(shared_),
               training_->life.Guard([this](const absl::Status& status) { OnShared(status); }));
  }

  void OnShared(const absl::Status& status) {
    // It has what it had: nothing of this incarnation.
    if (!status.ok()) return After(cluster_->scheduler_.Delay(), training_->life, [this] { Leave(); });
    PutDense(shared_, *training_->driver->dense_parameters());
    Begin();
  }

  void Watch() {
    After(absl::Milliseconds(1) + cluster_->scheduler_.Delay(), training_->life, [this] {
      AskWhetherGroupIsCurrent([this](bool is_current) {
        if (training_->driver->done()) return;  // Then it asks by itself.
        if (is_current) return Watch();
        training_->driver->Interrupt(absl::UnavailableError("the group is over"));
        // Else the driver calls back.
        if (!training_->has_begun) Leave();
      });
    });
  }

  void AskWhetherGroupIsCurrent(std::function<void(bool is_current)> done) {
    GroupRequest request;
    request.set_worker_rank(static_cast<uint32_t>(rank_));
    request.set_incarnation(assignment_.incarnation());
    Tell<GroupRequest, GroupReply>(
        std::move(request), &Coordinator::CheckGroup,
        training_->life.Guard([done = std::move(done)](const GroupReply& reply) { done(reply.is_current()); }));
  }

  void Begin() {
    training_->has_begun = true;
    training_->driver->Begin(
        training_->life.Guard([this] { After(cluster_->scheduler_.Delay(), training_->life, [this] { Finish(); }); }));
  }

  void Finish() {
    const absl::Status status = training_->driver->Finish(cluster_->scheduler_.now());
    if (!status.ok()) {
      if (!may_lose_workers() || !training_->driver->misses_others()) return cluster_->Fail(status);
      return Leave();
    }
    absl::optional<ProgressReport> report = training_->driver->TakeReport(cluster_->scheduler_.now());
    if (!report.has_value()) return GoOn();
    Tell<ProgressReport, ProgressReply>(*std::move(report), &Coordinator::ReportProgress,
                                        training_->life.Guard([this](const ProgressReply& reply) {
                                          is_known_to_hold_dense_ = true;
                                          training_->driver->OnProgressReply(reply);
                                          GoOn();
                                        }));
  }

  void Leave() {
    training_->client.reset();
    training_->collective.reset();
    if (training_->has_begun) {
      DenseParameters* const dense = training_->driver->dense_parameters();
      if (dense != nullptr) dense_ = CopyDense(*dense);
      registration_.OnLeft(assignment_, training_->driver->step());
    } else {
      registration_.OnLeft(assignment_);
    }
    training_.reset();
    Register();
  }

  void GoOn() {
    if (!training_->driver->done()) return Begin();
    FinishedReport report;
    report.set_role(Role::WORKER);
    report.set_index(static_cast<uint32_t>(rank_));
    report.set_step(training_->driver->step());
    report.set_incarnation(assignment_.incarnation());
    Tell<FinishedReport, FinishedReply>(std::move(report), &Coordinator::ReportFinished,
                                        training_->life.Guard([this](const FinishedReply& reply) {
                                          if (reply.may_exit()) return cluster_->OnFinished(rank_);
                                          After(cluster_->scheduler_.Delay(), training_->life, [this] { WaitOn(); });
                                        }));
  }

  // It has finished, but may be needed again.
  void WaitOn() {
    AskWhetherGroupIsCurrent([this](bool is_current) {
      if (is_current) return GoOn();
      Leave();
    });
  }

  SimulatedCluster* const cluster_;
  const int rank_;
  WorkerRegistration registration_;
  RegisterReply assignment_;
  std::vector<float> dense_;   // As RunWorker keeps them.
  std::vector<float> shared_;  // On their way.
  bool is_known_to_hold_dense_ = false;
  std::unique_ptr<Training> training_;
  const Life life_;
};

// ---- The cluster ----

// Ends some of the operations of a worker with an error though the others' have succeeded.
class BreakingCollective : public Collective {
 public:
  BreakingCollective(std::unique_ptr<Collective> collective, std::function<bool()> breaks)
      : collective_(std::move(collective)), breaks_(std::move(breaks)) {}

  int rank() const override { return collective_->rank(); }
  int size() const override { return collective_->size(); }
  void AllReduceSum(absl::Span<float> data, Done done) override {
    collective_->AllReduceSum(data, MayBreak(std::move(done)));
  }
  void AllGather(absl::Span<const float> mine, absl::Span<const int64_t> counts, absl::Span<float> all,
                 Done done) override {
    collective_->AllGather(mine, counts, all, MayBreak(std::move(done)));
  }

 private:
  Done MayBreak(Done done) const {
    if (!breaks_()) return done;
    return [done = std::move(done)](absl::Status status) mutable {
      status.Update(absl::UnavailableError("a connection broke"));
      done(std::move(status));
    };
  }

  const std::unique_ptr<Collective> collective_;
  const std::function<bool()> breaks_;
};

SimulatedCluster::SimulatedCluster(const ResolvedJob& job, const TrainingData& data, uint64_t seed,
                                   NetworkFaults faults)
    : job_(job),
      data_(data),
      faults_(faults),
      scheduler_(seed),
      network_(&scheduler_, faults),
      coordinator_(CoordinatorOptions(job)) {
  for (int s = 0; s < job.job().cluster().parameter_servers(); ++s) {
    servers_.push_back(std::make_unique<Server>(this, static_cast<uint32_t>(s)));
  }
  for (int rank = 0; rank < job.job().cluster().workers(); ++rank) {
    workers_.push_back(std::make_unique<Worker>(this, rank, ++last_pid_));
  }
}

SimulatedCluster::~SimulatedCluster() = default;

std::unique_ptr<Collective> SimulatedCluster::JoinCollective(uint32_t incarnation, int rank) {
  if (!job_.job().model().has_network()) return nullptr;
  std::vector<std::unique_ptr<Collective>>& group = collectives_[incarnation];
  if (group.empty()) {
    group = MakeInProcessCollectives(static_cast<int>(workers_.size()), [this](std::function<void()> callback) {
      scheduler_.After(scheduler_.Delay(), std::move(callback));
    });
  }
  return std::make_unique<BreakingCollective>(std::move(group[rank]),
                                              [this] { return scheduler_.Chance(faults_.break_collective); });
}

constexpr double kKillChance = 0.006;  // With each event.
// A job of the tests takes some thousands.
constexpr int64_t kMaxEvents = 1000000;

void SimulatedCluster::MaybeKillWorker() {
  if (kills_left_ == 0 || !scheduler_.Chance(kKillChance)) return;
  const int rank = scheduler_.Below(static_cast<int>(workers_.size()));
  const bool others_hold_dense = absl::c_any_of(workers_, [&](const std::unique_ptr<Worker>& worker) {
    return worker != nullptr && worker != workers_[rank] && worker->is_known_to_hold_dense();
  });
  const bool can_go_on = others_hold_dense || !HasDenseParameters(job_.job().model());
  if (workers_[rank] == nullptr || finished_workers_.count(rank) > 0 || !can_go_on) return;
  // Before all processes have registered, the launcher gives up.
  if (!coordinator_.CanReplace(static_cast<uint32_t>(rank))) return;
  --kills_left_;
  ++kills_;
  const int64_t pid = workers_[rank]->pid();
  workers_[rank].reset();
  scheduler_.After(scheduler_.Delay(), [this, rank, pid] { ReplaceWorker(rank, pid); });
}

// As the launcher does.
void SimulatedCluster::ReplaceWorker(int rank, int64_t pid) {
  if (coordinator_.WorkersHaveFinished()) return OnFinished(rank);
  if (!coordinator_.CanReplace(static_cast<uint32_t>(rank))) {
    return Fail(absl::InternalError(absl::StrCat("worker ", rank, " cannot be replaced")));
  }
  coordinator_.LoseWorker(static_cast<uint32_t>(rank), pid);
  scheduler_.After(scheduler_.Delay(),
                   [this, rank] { workers_[rank] = std::make_unique<Worker>(this, rank, ++last_pid_); });
}

absl::Status SimulatedCluster::Run() {
  for (int64_t events = 0; status_.ok() && scheduler_.RunOne(); ++events) {
    if (events == kMaxEvents) return absl::InternalError("the cluster does not come to an end");
    MaybeKillWorker();
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
  if (finished_workers_.size() < workers_.size()) {
    return absl::InternalError(
        absl::StrCat("nothing moves any more, but only ", finished_workers_.size(), " workers have finished"));
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
  for (const std::unique_ptr<Worker>& worker : workers_) {
    if (worker != nullptr) steps.push_back(worker->step());
  }
  return steps;
}

template <typename Request, typename Reply>
void SimulatedCluster::CallCoordinator(Request request, absl::StatusOr<Reply> (Coordinator::*method)(const Request&),
                                       const Life& life, std::function<void(Reply)> done) {
  network_.Call<Request, Reply>(
      request,
      [this, method](const Request& arrived, const std::function<void(absl::StatusOr<Reply>)>& answer) {
        answer((coordinator_.*method)(arrived));
      },
      life.Guard([this, request, method, &life, done](absl::StatusOr<Reply> reply) {
        if (reply.ok()) {
          done(*std::move(reply));
        } else if (absl::IsUnavailable(reply.status())) {
          CallCoordinator(request, method, life, done);
        } else {
          Fail(reply.status());
        }
      }));
}

}  // namespace shoal
