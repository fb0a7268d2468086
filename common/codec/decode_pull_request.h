// PullRequest of proto/parameter_service.proto, decoded by hand: protobuf's own parser makes objects of tens of times
// the bytes of a message that is made for that.
#ifndef SHOAL_COMMON_CODEC_DECODE_PULL_REQUEST_H_
#define SHOAL_COMMON_CODEC_DECODE_PULL_REQUEST_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "google/protobuf/io/zero_copy_stream.h"
#include "proto/parameter_service.pb.h"

namespace shoal {

// Decodes `size` bytes, of which what is not known is dropped: the message takes the memory of its ids and of at most
// two TableIds for each of the job's `num_tables` tables: with state and without. InvalidArgument: not a PullRequest,
// or one with more.
absl::StatusOr<PullRequest> DecodePullRequest(google::protobuf::io::ZeroCopyInputStream* input, size_t size,
                                              size_t num_tables);

}  // namespace shoal

#endif  // SHOAL_COMMON_CODEC_DECODE_PULL_REQUEST_H_
