// PushRequests of a job with two tables, as a parameter server receives them.
#include <algorithm>
#include <numeric>

#include "common/codec/push_request_codec.h"
#include "common/codec/row_encoding.h"
#include "common/optimizer/row_layout.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/message_properties.h"
#include "tests/fuzz/payload_bytes.h"
#include "tests/fuzz/random_values.h"

namespace shoal {
namespace {

constexpr int kDims[] = {3, 17};

absl::StatusOr<DecodedPush> Decode(google::protobuf::io::ZeroCopyInputStream* stream, size_t size) {
  return DecodePushRequest(stream, size, kDims);
}

std::string Encode(const DecodedPush& push) {
  std::vector<std::vector<uint32_t>> positions;
  for (const GradientBlock& block : push.tables) {
    positions.emplace_back(block.ids.size());
    std::iota(positions.back().begin(), positions.back().end(), 0U);
  }
  std::vector<GradientSource> sources;
  for (size_t i = 0; i < push.tables.size(); ++i) {
    const GradientBlock& block = push.tables[i];
    sources.push_back({block.table, kDims[block.table], block.ids, block.gradients.data(), positions[i]});
  }
  return BytesOf(EncodePushRequest(push.header, /*seed=*/1, push.boundary, sources));
}

absl::Span<const float> Rows(const GradientBlock& block) {
  return {block.gradients.data(), block.ids.size() * SegmentFloats(kDims[block.table])};
}

bool Same(const DecodedPush& a, const DecodedPush& b) {
  if (a.header.SerializeAsString() != b.header.SerializeAsString() || a.boundary != b.boundary) return false;
  if (a.tables.size() != b.tables.size()) return false;
  for (size_t i = 0; i < a.tables.size(); ++i) {
    if (a.tables[i].table != b.tables[i].table || a.tables[i].ids != b.tables[i].ids) return false;
    if (!SameFloats(Rows(a.tables[i]), Rows(b.tables[i]))) return false;
  }
  return true;
}

bool SameForProtobuf(absl::string_view bytes, const DecodedPush& push) {
  PushRequest request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
  request.DiscardUnknownFields();
  if (request.header().SerializeAsString() != push.header.SerializeAsString()) return false;
  if (request.boundary() != push.boundary || static_cast<size_t>(request.tables_size()) != push.tables.size()) {
    return false;
  }
  for (int i = 0; i < request.tables_size(); ++i) {
    const GradientBlock& block = push.tables[i];
    const TableGradients& table = request.tables(i);
    if (table.table() != block.table ||
        !std::equal(table.ids().begin(), table.ids().end(), block.ids.begin(), block.ids.end()))
      return false;
    if (table.gradients().size() != block.ids.size() * EncodedBytes(push.header.dtype(), kDims[block.table])) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string ValidInput(std::mt19937_64* random) {
  DecodedPush push;
  push.header.set_job_id((*random)());
  push.header.set_incarnation(static_cast<uint32_t>((*random)()));
  push.header.set_worker_rank((*random)() % 4);
  push.header.set_step((*random)() % 1000);
  push.header.set_dtype(static_cast<DType>((*random)() % DType_ARRAYSIZE));
  push.boundary = static_cast<Boundary>((*random)() % Boundary_ARRAYSIZE);
  const uint64_t num_tables = (*random)() % 3;
  for (uint64_t i = 0; i < num_tables; ++i) {
    GradientBlock& block = push.tables.emplace_back();
    block.table = (*random)() % 2;
    block.ids.resize((*random)() % 5);
    for (uint64_t& id : block.ids) id = (*random)();
    const std::vector<float> values = RandomFloats(block.ids.size() * SegmentFloats(kDims[block.table]), random);
    block.gradients = AlignedFloats(static_cast<int64_t>(values.size()));
    std::copy(values.begin(), values.end(), block.gradients.data());
  }
  return Encode(push);
}

absl::Status ReadInput(absl::string_view input) {
  return CheckMessage(input, &Decode, &Encode, &Same, &SameForProtobuf);
}

}  // namespace shoal
