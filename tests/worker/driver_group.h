// All workers' drivers of a job in one thread, with a parameter server and collectives: they take turns in random
// order. Or an embedded worker's, with its tables.
#ifndef SHOAL_TESTS_WORKER_DRIVER_GROUP_H_
#define SHOAL_TESTS_WORKER_DRIVER_GROUP_H_

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "common/data/load_data.h"
#include "parameter_server/checkpoint_sink.h"
#include "parameter_server/parameter_server.h"
#include "proto/job.pb.h"
#include "worker/collective/collective.h"
#include "worker/dense_sink.h"
#include "worker/parameter_client.h"
#include "worker/row_store.h"
#include "worker/step_driver.h"

namespace shoal {

// All values, then all state, of dense parameters.
std::vector<float> FloatsOf(const DenseParameters& parameters);

// What was saved, by step.
class RecordingSink : public DenseSink, public CheckpointSink {
 public:
  absl::Status SaveDense(const DenseParameters& parameters, uint64_t step) override;
  absl::Status Save(const Shard& shard) override;

  std::map<uint64_t, std::vector<float>> dense;
  std::vector<uint64_t> shards;
  std::vector<std::vector<float>>
      tables;                 // Rows that there were of all tables, then: their ids, last steps and fields.
  absl::Status shard_status;  // What Save returns.
};

// Passes everything on and notes the operations.
class ObservedCollective : public Collective {
 public:
  explicit ObservedCollective(std::unique_ptr<Collective> collective) : collective_(std::move(collective)) {}

  int rank() const override { return collective_->rank(); }
  int size() const override { return collective_->size(); }
  void AllReduceSum(absl::Span<float> data, Done done) override;
  void AllGather(absl::Span<const float> mine, absl::Span<const int64_t> counts, absl::Span<float> all,
                 Done done) override;

  // "sum", or "gather" with the number of floats, in order.
  std::vector<std::string> log;

 private:
  const std::unique_ptr<Collective> collective_;
};

class DriverGroup {
 public:
  // `data` outlives the group. REQUIRES: the job has one parameter server, or none and one worker.
  DriverGroup(const ResolvedJob& job, const TrainingData& data, uint64_t seed,
              const ModelFactory& create_model = CreateModel);
  DriverGroup(const DriverGroup&) = delete;
  DriverGroup& operator=(const DriverGroup&) = delete;

  // Takes turns until all are done. An error is a driver's, or says that nothing moves any more.
  absl::Status Run();
  // One call of the worker's driver: Begin, or Finish where that is possible. False: it waits.
  bool Turn(int rank);

  // Workers that were lost and come back, after the last step that the server has applied: all of them know nothing of
  // what was, but for an embedded one's tables. REQUIRES: the model has no dense parameters; no call waits.
  void RestartWorkers();

  StepDriver& driver(int rank) { return *workers_[rank].driver; }
  const ObservedCollective& collective(int rank) const { return *workers_[rank].collective; }
  // The dense parameters that the worker saved, though only rank 0 should.
  const RecordingSink& sink(int rank) const { return *workers_[rank].sink; }
  // Of the last Finish.
  const absl::Status& status(int rank) const { return workers_[rank].status; }
  const std::vector<ProgressReport>& reports(int rank) const { return workers_[rank].reports; }
  // Steps after which the server saved its rows, and the rows.
  const std::vector<uint64_t>& saved_shards() const { return server_sink_.shards; }
  const std::vector<std::vector<float>>& saved_tables() const { return server_sink_.tables; }
  // Rows of a table as after the last step, without padding.
  std::vector<float> Rows(int table) const;

  // Of every later checkpoint of the server.
  void FailServerSaves(absl::Status status) { server_sink_.shard_status = std::move(status); }
  // The worker is killed, as far as the others' collectives can see.
  void DropCollective(int rank) { workers_[rank].collective.reset(); }

 private:
  struct Worker {
    std::unique_ptr<StepDriver> driver;
    std::unique_ptr<ParameterClient> client;
    RowStore* row_store = nullptr;
    std::unique_ptr<ObservedCollective> collective;
    std::unique_ptr<RecordingSink> sink;
    bool begun = false;
    std::unique_ptr<bool> ready;
    absl::Status status;
    std::vector<ProgressReport> reports;
  };

  // After the last step that the server has applied.
  void AddWorkers();
  void AddWorker(int rank, std::unique_ptr<Collective> collective);
  void AddClient(int rank, Worker* worker);
  const Shard& shard() const { return server_ != nullptr ? server_->shard() : *embedded_; }

  const ResolvedJob job_;
  const TrainingData& data_;
  const ModelFactory create_model_;
  std::mt19937_64 random_;
  RecordingSink server_sink_;
  std::unique_ptr<Shard> embedded_;  // Null: there is a server.
  std::vector<Worker> workers_;
  std::unique_ptr<ParameterServer> server_;  // Goes first: it answers waiting pulls.
};

}  // namespace shoal

#endif  // SHOAL_TESTS_WORKER_DRIVER_GROUP_H_
