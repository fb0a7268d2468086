// PullRequests of a job with two tables, as a parameter server receives them.
#include "common/codec/decode_pull_request.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/message_properties.h"

namespace shoal {
namespace {

absl::StatusOr<PullRequest> Decode(google::protobuf::io::ZeroCopyInputStream* stream, size_t size) {
  return DecodePullRequest(stream, size, /*num_tables=*/2);
}

std::string Encode(const PullRequest& request) { return request.SerializeAsString(); }

bool Same(const PullRequest& a, const PullRequest& b) { return Encode(a) == Encode(b); }

bool SameForProtobuf(absl::string_view bytes, const PullRequest& request) {
  PullRequest parsed;
  if (!parsed.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
  parsed.DiscardUnknownFields();
  return Same(parsed, request);
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
  return CheckMessage(input, &Decode, &Encode, &Same, &SameForProtobuf);
}

}  // namespace shoal
