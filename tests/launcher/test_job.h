// Resolved jobs and messages for the launcher's tests.
#ifndef SHOAL_TESTS_LAUNCHER_TEST_JOB_H_
#define SHOAL_TESTS_LAUNCHER_TEST_JOB_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "proto/coordinator_service.pb.h"
#include "proto/job.pb.h"

namespace shoal {

// Two tables of 8 and 4 partitions, 3 epochs of 10 steps.
inline ResolvedJob MakeTestJob(int workers, int servers) {
  ResolvedJob resolved;
  JobConfig* job = resolved.mutable_job();
  job->set_name("test");
  for (const auto& [name, partitions] : {std::make_pair("user", 8), std::make_pair("item", 4)}) {
    TableConfig* table = job->add_tables();
    table->set_name(name);
    table->set_num_embeddings(10);
    table->set_embedding_dim(4);
    table->set_num_partitions(partitions);
    table->mutable_optimizer()->mutable_sgd();
    table->set_row_semantics(LAZY);
  }
  job->mutable_training()->set_epochs(3);
  job->mutable_cluster()->set_workers(workers);
  job->mutable_cluster()->set_parameter_servers(servers);
  resolved.set_num_train_examples(100);
  resolved.set_num_validation_examples(20);
  resolved.set_steps_per_epoch(10);
  resolved.set_total_steps(30);
  return resolved;
}

// Makes the model a network whose tower has parameters.
inline void GiveDenseParameters(ResolvedJob* job) {
  job->mutable_job()->mutable_model()->mutable_network()->add_tower()->mutable_linear();
}

inline MetricSums MakeSums(uint64_t examples, double loss) {
  MetricSums sums;
  sums.set_examples(examples);
  sums.set_loss(loss);
  for (const char* key : {"mse", "rmse", "mae"}) {
    MetricSum* const metric = sums.add_metrics();
    metric->set_key(key);
    metric->add_sums(std::string(key) == "mae" ? 3 * loss : 2 * loss);
  }
  return sums;
}

inline RegisterRequest MakeRegistration(Role role, int index) {
  RegisterRequest request;
  request.set_role(role);
  request.set_index(index);
  request.set_pid(1000 + index);
  if (role == PARAMETER_SERVER) request.set_address(absl::StrCat("unix:/run/ps-", index, ".sock"));
  return request;
}

inline ExchangeRequest MakeExchange(int rank, const std::string& key) {
  ExchangeRequest request;
  request.set_worker_rank(rank);
  request.set_incarnation(1);
  request.set_key(key);
  return request;
}

inline ExchangeRequest MakePublication(int rank, const std::string& key, const std::string& value) {
  ExchangeRequest request = MakeExchange(rank, key);
  request.set_value(value);
  return request;
}

}  // namespace shoal

#endif  // SHOAL_TESTS_LAUNCHER_TEST_JOB_H_
