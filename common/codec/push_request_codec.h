// PushRequest of proto/parameter_service.proto, encoded and decoded by hand: gradients of float32 go from the worker's
// block into the message, and from the message into an aligned block on the server, with one copy each.
#ifndef SHOAL_COMMON_CODEC_PUSH_REQUEST_CODEC_H_
#define SHOAL_COMMON_CODEC_PUSH_REQUEST_CODEC_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/aligned_floats.h"
#include "common/codec/payload.h"
#include "google/protobuf/io/zero_copy_stream.h"
#include "proto/parameter_service.pb.h"

namespace shoal {

// The rows of one table that go to one server.
struct GradientSource {
  uint32_t table;
  int dim;
  absl::Span<const uint64_t> ids;        // All ids of the block.
  const float* gradients;                // [ids, SegmentFloats(dim)].
  absl::Span<const uint32_t> positions;  // Which of them to send.
};

// `seed`: the job's, for rounding to header.dtype.
Payload EncodePushRequest(const StepHeader& header, uint64_t seed, Boundary boundary,
                          absl::Span<const GradientSource> tables);

// One worker's gradients of one table, received.
struct GradientBlock {
  uint32_t table = 0;
  std::vector<uint64_t> ids;
  // [ids, SegmentFloats(dim)], 64-byte aligned, zero from dim on.
  AlignedFloats gradients;
};

struct DecodedPush {
  StepHeader header;
  Boundary boundary = CONTINUE;
  std::vector<GradientBlock> tables;
};

// Decodes `size` bytes. `dims` are the embedding_dims by table number. InvalidArgument: not a PushRequest, a table that
// is not there, or gradients that are not [ids, dim]. Within TableGradients the fields must stand in ascending order of
// their numbers, as every serializer writes them. The gradients lie in `memory`, which outlives them; null: in any.
absl::StatusOr<DecodedPush> DecodePushRequest(google::protobuf::io::ZeroCopyInputStream* input, size_t size,
                                              absl::Span<const int> dims, HostMemory* memory = nullptr);

}  // namespace shoal

#endif  // SHOAL_COMMON_CODEC_PUSH_REQUEST_CODEC_H_
