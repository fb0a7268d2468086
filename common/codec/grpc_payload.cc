#include "common/codec/grpc_payload.h"

#include <grpcpp/support/slice.h>

namespace shoal {

grpc::ByteBuffer ToByteBuffer(const Payload& payload) {
  auto* shared = new std::shared_ptr<uint8_t[]>(payload.data);
  const grpc::Slice slice(
      payload.data.get(), payload.size, [](void* owner) { delete static_cast<std::shared_ptr<uint8_t[]>*>(owner); },
      shared);
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace shoal
