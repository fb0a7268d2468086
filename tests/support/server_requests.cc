#include "tests/support/server_requests.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "common/optimizer/row_layout.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "tests/support/small_job.h"

namespace shoal {

std::unique_ptr<Shard> MakeTestShard(const ResolvedJob& job, int server) {
  std::vector<bool> owned;
  for (uint32_t owner : DealPartitions(job)) owned.push_back(static_cast<int>(owner) == server);
  return Shard::Create(job, kTestIdentity, owned).value();
}

StepHeader MakeHeader(uint32_t rank, uint64_t step) {
  StepHeader header;
  header.set_job_id(kTestIdentity.job_id);
  header.set_incarnation(kTestIdentity.incarnation);
  header.set_worker_rank(rank);
  header.set_step(step);
  return header;
}

PullRequest MakePull(uint32_t rank, uint64_t step, uint32_t table, const std::vector<uint64_t>& ids) {
  PullRequest request;
  *request.mutable_header() = MakeHeader(rank, step);
  TableIds* table_ids = request.add_tables();
  table_ids->set_table(table);
  table_ids->mutable_ids()->Add(ids.begin(), ids.end());
  return request;
}

DecodedPush MakeEmptyPush(uint32_t rank, uint64_t step, Boundary boundary) {
  DecodedPush push;
  push.header = MakeHeader(rank, step);
  push.boundary = boundary;
  return push;
}

DecodedPush MakePush(uint32_t rank, uint64_t step, uint32_t table, int dim, const std::vector<uint64_t>& ids,
                     const std::vector<float>& values, Boundary boundary) {
  DecodedPush push = MakeEmptyPush(rank, step, boundary);
  GradientBlock& block = push.tables.emplace_back();
  block.table = table;
  block.ids = ids;
  const size_t segment = SegmentFloats(dim);
  block.gradients = AlignedFloats(ids.size() * segment);
  for (size_t i = 0; i < ids.size(); ++i) std::fill_n(block.gradients.data() + i * segment, dim, values[i]);
  return push;
}

std::string EncodePush(const DecodedPush& push, int dim) {
  std::vector<std::vector<uint32_t>> positions;
  std::vector<GradientSource> sources;
  positions.reserve(push.tables.size());
  for (const GradientBlock& block : push.tables) {
    std::vector<uint32_t>& all = positions.emplace_back(block.ids.size());
    std::iota(all.begin(), all.end(), 0u);
    sources.push_back({block.table, dim, block.ids, block.gradients.data(), all});
  }
  const Payload payload = EncodePushRequest(push.header, /*seed=*/0, push.boundary, sources);
  return std::string(reinterpret_cast<const char*>(payload.data.get()), payload.size);
}

absl::StatusOr<FirstElements> ReadFirstElements(const Payload& reply, uint32_t table, int dim, int num_rows) {
  const size_t segment = SegmentFloats(dim);
  AlignedFloats rows(num_rows * segment);
  std::vector<uint32_t> positions(num_rows);
  std::iota(positions.begin(), positions.end(), 0u);
  const RowsDestination destination = {{table, num_rows, dim}, rows.data(), positions.data()};
  google::protobuf::io::ArrayInputStream stream(reply.data.get(), static_cast<int>(reply.size));
  const absl::StatusOr<PullReplyHeader> header = DecodePullReply(&stream, reply.size, {&destination, 1});
  if (!header.ok()) return header.status();
  FirstElements result;
  result.header = *header;
  for (int i = 0; i < num_rows; ++i) result.values.push_back(rows.data()[i * segment]);
  return result;
}

}  // namespace shoal
