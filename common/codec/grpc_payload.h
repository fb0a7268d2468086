// Payloads as gRPC byte buffers, without copying.
#ifndef SHOAL_COMMON_CODEC_GRPC_PAYLOAD_H_
#define SHOAL_COMMON_CODEC_GRPC_PAYLOAD_H_

#include <grpcpp/support/byte_buffer.h>

#include "common/codec/payload.h"

namespace shoal {

// The buffer shares the payload's bytes.
grpc::ByteBuffer ToByteBuffer(const Payload& payload);

}  // namespace shoal

#endif  // SHOAL_COMMON_CODEC_GRPC_PAYLOAD_H_
