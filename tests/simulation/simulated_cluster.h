// A whole job in one thread: coordinator, parameter servers and workers as they are, with the network, the clock and
// the disk replaced.
#ifndef SHOAL_TESTS_SIMULATION_SIMULATED_CLUSTER_H_
#define SHOAL_TESTS_SIMULATION_SIMULATED_CLUSTER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "common/data/load_data.h"
#include "launcher/coordinator.h"
#include "parameter_server/parameter_server.h"
#include "proto/job.pb.h"
#include "tests/simulation/scheduler.h"
#include "tests/simulation/simulated_network.h"
#include "worker/step_driver.h"

namespace shoal {

class SimulatedCluster {
 public:
  // `data` outlives the cluster.
  SimulatedCluster(const ResolvedJob& job, const TrainingData& data, uint64_t seed, NetworkFaults faults = {});
  ~SimulatedCluster();

  // Runs until every worker has finished or nothing moves any more. An error names what stopped.
  absl::Status Run();

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

  // Sends to the coordinator until it answers.
  template <typename Request, typename Reply>
  void CallCoordinator(Request request, absl::StatusOr<Reply> (Coordinator::*method)(const Request&),
                       std::function<void(Reply)> done);
  // Registers until all processes are there.
  void Register(RegisterRequest request, std::function<void(RegisterReply)> done);
  void Fail(absl::Status status) { status_.Update(status); }

  const TrainingData& data_;
  Scheduler scheduler_;
  SimulatedNetwork network_;
  Coordinator coordinator_;
  std::vector<CoordinatorEvent> events_;
  std::vector<std::unique_ptr<Server>> servers_;
  std::vector<std::unique_ptr<Worker>> workers_;
  int finished_workers_ = 0;
  uint64_t stop_at_step_ = 0;
  absl::Status status_;
};

}  // namespace shoal

#endif  // SHOAL_TESTS_SIMULATION_SIMULATED_CLUSTER_H_
