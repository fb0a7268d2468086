// A model with rows, data and a global batch that any number of workers share, and, of a network, the same loss by its
// definition.
#ifndef SHOAL_TESTS_WORKER_NETWORK_PROBLEM_H_
#define SHOAL_TESTS_WORKER_NETWORK_PROBLEM_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/schedule/schedule.h"
#include "tests/support/small_job.h"
#include "tests/worker/tower/double_tower.h"
#include "worker/batch_lookups.h"
#include "worker/model.h"

namespace shoal {

// Every row of every table, without padding, and the dense parameters by name.
struct NetworkValues {
  std::map<std::string, std::vector<double>> tables;
  DoubleParameters dense;
};

struct NetworkResult {
  NetworkValues gradients;  // Those of all workers added up; rows that no example reads have zeros.
  MetricSums sums;
};

class NetworkProblem {
 public:
  explicit NetworkProblem(const SmallNetworkOptions& network, int64_t examples = 17);
  // Of any model; Loss is not for it.
  NetworkProblem(const ResolvedJob& job, TrainingData data, int64_t examples = 17);

  // A step of all workers, without the optimizer; their outputs are gathered where the loss needs them.
  NetworkResult Train(int workers = 1) const { return Run(workers, /*training=*/true); }
  // Losses and metrics of the same examples as a validation batch.
  NetworkResult Validate(int workers = 1) const { return Run(workers, /*training=*/false); }

  // Rows and dense parameters as they are.
  NetworkValues values() const;
  // The mean loss in double precision with these.
  double Loss(const NetworkValues& values, bool training = true) const;
  const ResolvedJob& job() const { return job_; }
  const TrainingData& data() const { return data_; }

  int64_t step = 3;
  // Makes the workers' models.
  ModelFactory create_model = CreateModel;
  // Examples of the global batch.
  std::vector<int64_t> batch;

 private:
  struct Worker {
    std::unique_ptr<Model> model;
    std::unique_ptr<BatchLookups> lookups;
    ModelBatch* batch;  // Of `lookups`.
  };

  NetworkResult Run(int workers, bool training) const;
  Worker MakeWorker(int rank, int workers, bool training) const;
  void AddGradients(const Worker& worker, NetworkValues* gradients) const;
  void FillRows(BatchLookups& lookups) const;
  // Of one member of an example.
  std::vector<double> Features(int64_t example, int member, const NetworkValues& values) const;

  const ResolvedJob job_;
  const TrainingData data_;
  const Schedule schedule_;
  std::map<std::string, std::vector<float>> tables_;
};

}  // namespace shoal

#endif  // SHOAL_TESTS_WORKER_NETWORK_PROBLEM_H_
