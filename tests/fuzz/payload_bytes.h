// The bytes of an encoded message.
#ifndef SHOAL_TESTS_FUZZ_PAYLOAD_BYTES_H_
#define SHOAL_TESTS_FUZZ_PAYLOAD_BYTES_H_

#include <string>

#include "common/codec/payload.h"

namespace shoal {

inline std::string BytesOf(const Payload& payload) {
  return std::string(reinterpret_cast<const char*>(payload.data.get()), payload.size);
}

}  // namespace shoal

#endif  // SHOAL_TESTS_FUZZ_PAYLOAD_BYTES_H_
