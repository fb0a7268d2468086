// What a job must come to, by the plainest program that says so: one loop, one map of rows, no shards, no messages.
#ifndef SHOAL_TESTS_SUPPORT_SEQUENTIAL_REFERENCE_H_
#define SHOAL_TESTS_SUPPORT_SEQUENTIAL_REFERENCE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/data/load_data.h"
#include "proto/coordinator_service.pb.h"
#include "proto/job.pb.h"

namespace shoal {

struct ReferenceResult {
  // By step number: the digest of the weights after it.
  std::map<uint64_t, std::string> digests;
  // By epoch, from 1.
  std::map<uint32_t, MetricSums> train;
  std::map<uint32_t, MetricSums> validation;
};

// Trains `job` with the gradients of its workers added in rank order. Digests are taken after the steps in
// `digest_after` and after the last. Aborts on a job that cannot be trained.
ReferenceResult TrainSequentially(const ResolvedJob& job, const TrainingData& data,
                                  const std::vector<uint64_t>& digest_after = {});

}  // namespace shoal

#endif  // SHOAL_TESTS_SUPPORT_SEQUENTIAL_REFERENCE_H_
