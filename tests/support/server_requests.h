// Requests to a shard of PlainSgdJob, and what its replies say.
#ifndef SHOAL_TESTS_SUPPORT_SERVER_REQUESTS_H_
#define SHOAL_TESTS_SUPPORT_SERVER_REQUESTS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/codec/payload.h"
#include "common/codec/pull_reply_codec.h"
#include "common/codec/push_request_codec.h"
#include "parameter_server/shard.h"
#include "proto/job.pb.h"
#include "proto/parameter_service.pb.h"

namespace shoal {

inline constexpr Shard::Identity kTestIdentity = {/*job_id=*/5, /*incarnation=*/3};

// A shard of `job` that owns the partitions which DealPartitions gives to `server`.
std::unique_ptr<Shard> MakeTestShard(const ResolvedJob& job, int server = 0);

StepHeader MakeHeader(uint32_t rank, uint64_t step);
PullRequest MakePull(uint32_t rank, uint64_t step, uint32_t table, const std::vector<uint64_t>& ids);

// A push to one table whose row i has gradient values[i] in each of its `dim` elements.
DecodedPush MakePush(uint32_t rank, uint64_t step, uint32_t table, int dim, const std::vector<uint64_t>& ids,
                     const std::vector<float>& values, Boundary boundary = CONTINUE);
DecodedPush MakeEmptyPush(uint32_t rank, uint64_t step, Boundary boundary = CONTINUE);

// The bytes of the same push.
std::string EncodePush(const DecodedPush& push, int dim);

// The first element of each row that a PullReply to MakePull with `num_rows` ids holds.
struct FirstElements {
  PullReplyHeader header;
  std::vector<float> values;
};
absl::StatusOr<FirstElements> ReadFirstElements(const Payload& reply, uint32_t table, int dim, int num_rows);

}  // namespace shoal

#endif  // SHOAL_TESTS_SUPPORT_SERVER_REQUESTS_H_
