// A whole job in one thread: coordinator, parameter servers and workers as they are, with the network, the clock and
// the disk replaced.
#ifndef SHOAL_TESTS_SIMULATION_SIMULATED_CLUSTER_H_
#define SHOAL_TESTS_SIMULATION_SIMULATED_CLUSTER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "absl/status/status.h"
#include "common/data/load_data.h"
#include "launcher/coordinator.h"
#include "parameter_server/parameter_server.h"
#include "proto/job.pb.h"
#include "tests/simulation/life.h"
#include "tests/simulation/scheduler.h"
#include "tests/simulation/simulated_network.h"
#include "worker/collective/collective.h"

namespace shoal {

class SimulatedCluster {
 public:
  // `data` outlives the cluster.
  SimulatedCluster(const ResolvedJob& job, const TrainingData& data, uint64_t seed, NetworkFaults faults = {});
  ~SimulatedCluster();

  // Runs until every worker has finished or nothing moves any more. An error names what stopped.
  absl::Status Run();

  // Kills `times` workers at random moments, each of whom is started anew. REQUIRES: the job allows for so many
  // restarts.
  void KillWorkers(int times) { kills_left_ = times; }
  int kills() const { return kills_; }

  // Asks the coordinator to stop the job once a worker has come to `step`.
  void StopAtStep(uint64_t step) { stop_at_step_ = step; }

  // What the coordinator made of it, in order.
  const std::vector<CoordinatorEvent>& events() const { return events_; }
  std::vector<const Shard*> shards() const;
  // By rank: the last step that the worker knows to be applied.
  std::vector<uint64_t> worker_steps() const;
  // The virtual time of the last event.
  absl::Time end() const { return scheduler_.now(); }

 private:
  class Server;
  class Worker;
  class Channel;

  // Sends to the coordinator until it answers, or `life` is over.
  template <typename Request, typename Reply>
  void CallCoordinator(Request request, absl::StatusOr<Reply> (Coordinator::*method)(const Request&), const Life& life,
                       std::function<void(Reply)> done);
  // Null where the workers of the job need none.
  std::unique_ptr<Collective> JoinCollective(uint32_t incarnation, int rank);
  void MaybeKillWorker();
  void ReplaceWorker(int rank, int64_t pid);
  void OnFinished(int rank) { finished_workers_.insert(rank); }
  void Fail(absl::Status status) { status_.Update(status); }

  const ResolvedJob job_;
  const TrainingData& data_;
  const NetworkFaults faults_;
  Scheduler scheduler_;
  SimulatedNetwork network_;
  Coordinator coordinator_;
  std::vector<CoordinatorEvent> events_;
  std::vector<std::unique_ptr<Server>> servers_;
  std::map<uint32_t, std::vector<std::unique_ptr<Collective>>> collectives_;  // Not taken yet, by incarnation and rank.
  std::vector<std::unique_ptr<Worker>> workers_;  // By rank; null: killed, and not started anew yet.
  std::set<int> finished_workers_;
  int64_t last_pid_ = 200;
  int kills_left_ = 0;
  int kills_ = 0;
  uint64_t stop_at_step_ = 0;
  absl::Status status_;
};

}  // namespace shoal

#endif  // SHOAL_TESTS_SIMULATION_SIMULATED_CLUSTER_H_
