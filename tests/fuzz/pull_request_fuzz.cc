// PullRequests of a job with two tables, as a parameter server receives them.
#include "common/codec/decode_pull_request.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "tests/fuzz/fuzz_target.h"

namespace shoal {
namespace {

absl::StatusOr<PullRequest> Decode(absl::string_view bytes, int fragment_bytes = -1) {
  google::protobuf::io::ArrayInputStream stream(bytes.data(), static_cast<int>(bytes.size()), fragment_bytes);
  return DecodePullRequest(&stream, bytes.size(), /*num_tables=*/2);
}

}  // namespace

std::string ValidInput(std::mt19937_64* random) {
  PullRequest request;
  request.mutable_header()->set_job_id((*random)());
  request.mutable_header()->set_step((*random)() % 1000);
  request.mutable_header()->set_dtype(static_cast<DType>((*random)() % DType_ARRAYSIZE));
  request.set_read_only((*random)() % 2 == 0);
  const uint64_t num_tables = (*random)() % 5;
  for (uint64_t i = 0; i < num_tables; ++i) {
    TableIds* const ids = request.add_tables();
    ids->set_table((*random)() % 2);
    ids->set_with_state((*random)() % 2 == 0);
    const uint64_t num_ids = (*random)() % 6;
    for (uint64_t id = 0; id < num_ids; ++id) ids->add_ids((*random)());
  }
  return request.SerializeAsString();
}

absl::Status ReadInput(absl::string_view input) {
  const absl::StatusOr<PullRequest> request = Decode(input);
  const absl::StatusOr<PullRequest> in_pieces = Decode(input, static_cast<int>(1 + input.size() % 7));
  Require(request.status() == in_pieces.status(), "pieces of another size change the answer");
  if (!request.ok()) return request.status();
  const std::string bytes = request->SerializeAsString();
  Require(bytes == in_pieces->SerializeAsString(), "pieces of another size change the request");
  PullRequest for_protobuf;
  Require(for_protobuf.ParseFromArray(input.data(), static_cast<int>(input.size())), "Protobuf refuses the request");
  for_protobuf.DiscardUnknownFields();
  Require(bytes == for_protobuf.SerializeAsString(), "Protobuf reads another request");
  const absl::StatusOr<PullRequest> again = Decode(bytes);
  Require(again.ok() && again->SerializeAsString() == bytes, "a request that is sent on is another");
  return absl::OkStatus();
}

}  // namespace shoal
