#include "tests/worker/driver_group.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/optimizer/row_layout.h"
#include "parameter_server/shard.h"
#include "parameter_server/table.h"
#include "tests/support/direct_server_channel.h"
#include "tests/support/server_requests.h"
#include "tests/support/small_job.h"
#include "worker/collective/in_process_collective.h"
#include "worker/embedded_parameter_client.h"
#include "worker/remote_parameter_client.h"

namespace shoal {
namespace {

// All rows of a table as after its last step, without padding.
std::vector<float> RowsOf(const Table& table) {
  const int segment = table.layout().segment();
  const int dim = table.layout().dim();
  std::vector<uint64_t> ids(table.config().num_embeddings());
  std::iota(ids.begin(), ids.end(), 0);
  std::vector<float> block(ids.size() * segment);
  table.PullReadOnly(ids, segment, static_cast<int64_t>(segment * sizeof(float)),
                     reinterpret_cast<uint8_t*>(block.data()));
  std::vector<float> result;
  for (size_t i = 0; i < ids.size(); ++i) {
    result.insert(result.end(), block.begin() + i * segment, block.begin() + i * segment + dim);
  }
  return result;
}

}  // namespace

std::vector<float> FloatsOf(const DenseParameters& parameters) {
  std::vector<float> floats;
  for (const SavedParameter& saved : parameters.Save()) {
    floats.insert(floats.end(), saved.values.begin(), saved.values.end());
    for (const SavedParameter::State& state : saved.state) {
      floats.insert(floats.end(), state.values.begin(), state.values.end());
    }
  }
  return floats;
}

absl::Status RecordingSink::SaveDense(const DenseParameters& parameters, uint64_t step) {
  dense[step] = FloatsOf(parameters);
  return absl::OkStatus();
}

absl::Status RecordingSink::Save(const Shard& shard) {
  shards.push_back(shard.applied_step());
  std::vector<float>& rows = tables.emplace_back();
  for (const std::unique_ptr<Table>& table : shard.tables()) {
    const std::unique_ptr<TableRows> saved = table->Snapshot();
    const std::vector<uint64_t> ids = saved->ids();
    rows.insert(rows.end(), ids.begin(), ids.end());
    if (saved->schema().has_last_step) {
      const std::vector<uint64_t> last_steps = saved->last_steps();
      rows.insert(rows.end(), last_steps.begin(), last_steps.end());
    }
    for (size_t field = 0; field < saved->schema().fields.size(); ++field) {
      saved->ForEach(static_cast<int>(field), [&rows](absl::Span<const float> values) {
        rows.insert(rows.end(), values.begin(), values.end());
      });
    }
  }
  return shard_status;
}

void ObservedCollective::AllReduceSum(absl::Span<float> data, Done done) {
  log.push_back("sum");
  collective_->AllReduceSum(data, std::move(done));
}

void ObservedCollective::AllGather(absl::Span<const float> mine, absl::Span<const int64_t> counts,
                                   absl::Span<float> all, Done done) {
  log.push_back(absl::StrCat("gather ", all.size()));
  collective_->AllGather(mine, counts, all, std::move(done));
}

DriverGroup::DriverGroup(const ResolvedJob& job, const TrainingData& data, uint64_t seed,
                         const ModelFactory& create_model)
    : job_(job), data_(data), create_model_(create_model), random_(seed) {
  if (job.job().cluster().parameter_servers() > 0) {
    server_ = std::make_unique<ParameterServer>(MakeTestShard(job), &server_sink_);
  } else {
    embedded_ = MakeTestShard(job);
  }
  AddWorkers();
}

void DriverGroup::RestartWorkers() {
  workers_.clear();
  AddWorkers();
}

void DriverGroup::AddWorkers() {
  const int count = job_.job().cluster().workers();
  std::vector<std::unique_ptr<Collective>> collectives = MakeInProcessCollectives(count);
  for (int rank = 0; rank < count; ++rank) AddWorker(rank, std::move(collectives[rank]));
}

void DriverGroup::AddClient(int rank, Worker* worker) {
  if (server_ == nullptr) {
    auto client = std::make_unique<EmbeddedParameterClient>(embedded_.get(), &server_sink_);
    worker->row_store = client.get();
    worker->client = std::move(client);
    return;
  }
  RegisterReply assignment;
  *assignment.mutable_job() = job_;
  assignment.set_job_id(kTestIdentity.job_id);
  assignment.set_incarnation(kTestIdentity.incarnation);
  for (const uint32_t owner : DealPartitions(job_)) assignment.add_partition_owner(owner);
  RemoteParameterClient::Options options = RemoteParameterClient::OptionsFor(assignment, static_cast<uint32_t>(rank));
  options.now = [] { return absl::UnixEpoch(); };
  std::vector<std::unique_ptr<ServerChannel>> channels;
  channels.push_back(std::make_unique<DirectServerChannel>(server_.get()));
  worker->client = std::make_unique<RemoteParameterClient>(std::move(options), std::move(channels));
}

void DriverGroup::AddWorker(int rank, std::unique_ptr<Collective> collective) {
  Worker& worker = workers_.emplace_back();
  AddClient(rank, &worker);
  worker.collective = std::make_unique<ObservedCollective>(std::move(collective));
  worker.sink = std::make_unique<RecordingSink>();
  worker.ready = std::make_unique<bool>(false);
  const StepDriver::Links links = {worker.client.get(), worker.collective.get(), worker.sink.get(), worker.row_store};
  worker.driver = StepDriver::Create(job_, rank, StartPoint::Behind(shard().applied_step()), data_, links,
                                     absl::UnixEpoch(), create_model_)
                      .value();
}

bool DriverGroup::Turn(int rank) {
  Worker& worker = workers_[rank];
  if (!worker.begun) {
    worker.begun = true;
    *worker.ready = false;
    worker.driver->Begin([ready = worker.ready.get()] { *ready = true; });
    return true;
  }
  if (!*worker.ready) return false;
  worker.begun = false;
  worker.status = worker.driver->Finish(absl::UnixEpoch());
  if (auto report = worker.driver->TakeReport(absl::UnixEpoch())) worker.reports.push_back(*std::move(report));
  return true;
}

absl::Status DriverGroup::Run() {
  std::vector<int> moving(workers_.size());
  std::iota(moving.begin(), moving.end(), 0);
  while (true) {
    std::shuffle(moving.begin(), moving.end(), random_);
    bool done = true;
    bool moved = false;
    for (const int rank : moving) {
      if (driver(rank).done()) continue;
      done = false;
      if (!Turn(rank)) continue;
      if (!workers_[rank].status.ok()) return workers_[rank].status;
      moved = true;
      break;
    }
    if (done) return absl::OkStatus();
    if (!moved) return absl::InternalError("nothing moves any more");
  }
}

std::vector<float> DriverGroup::Rows(int table) const { return RowsOf(*shard().tables()[table]); }

}  // namespace shoal
