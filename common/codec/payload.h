// Bytes of one message: shared, so that a transport can send them, and send them again, without a copy.
#ifndef SHOAL_COMMON_CODEC_PAYLOAD_H_
#define SHOAL_COMMON_CODEC_PAYLOAD_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "google/protobuf/message_lite.h"

namespace shoal {

struct Payload {
  std::shared_ptr<uint8_t[]> data;
  size_t size = 0;

  // The bytes are not initialised.
  static Payload Allocate(size_t size) { return {std::make_shared_for_overwrite<uint8_t[]>(size), size}; }

  static Payload Serialize(const google::protobuf::MessageLite& message) {
    Payload payload = Allocate(message.ByteSizeLong());
    message.SerializeWithCachedSizesToArray(payload.data.get());
    return payload;
  }
};

}  // namespace shoal

#endif  // SHOAL_COMMON_CODEC_PAYLOAD_H_
