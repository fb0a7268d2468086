// What holds for every decoder of messages, whatever the bytes.
#ifndef SHOAL_TESTS_FUZZ_MESSAGE_PROPERTIES_H_
#define SHOAL_TESTS_FUZZ_MESSAGE_PROPERTIES_H_

#include <cmath>
#include <cstddef>
#include <cstring>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "tests/fuzz/fuzz_target.h"

namespace shoal {

// Bit for bit, but for the bits of NaN.
inline bool SameFloats(absl::Span<const float> a, absl::Span<const float> b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::memcmp(&a[i], &b[i], sizeof(float)) != 0 && !(std::isnan(a[i]) && std::isnan(b[i]))) return false;
  }
  return true;
}

// Reads `input` by decode(stream, size), which gives an absl::StatusOr: the same message whatever the size of the
// pieces, by `same`, the one that Protobuf reads, by same_for_protobuf(bytes, message), and itself once it is encoded
// again.
template <class Decode, class Encode, class Same, class SameForProtobuf>
absl::Status CheckMessage(absl::string_view input, const Decode& decode, const Encode& encode, const Same& same,
                          const SameForProtobuf& same_for_protobuf) {
  const auto read = [&](absl::string_view bytes, int piece_bytes) {
    google::protobuf::io::ArrayInputStream stream(bytes.data(), static_cast<int>(bytes.size()), piece_bytes);
    return decode(&stream, bytes.size());
  };
  constexpr int kWhole = -1;
  const auto message = read(input, kWhole);
  const auto in_pieces = read(input, static_cast<int>(1 + input.size() % 7));
  Require(message.status() == in_pieces.status(), "pieces of another size change the answer");
  if (!message.ok()) return message.status();
  Require(same(*message, *in_pieces), "pieces of another size change the message");
  Require(same_for_protobuf(input, *message), "Protobuf reads another message");
  const auto again = read(encode(*message), kWhole);
  Require(again.ok() && same(*message, *again), "a message that is sent on is another");
  return absl::OkStatus();
}

}  // namespace shoal

#endif  // SHOAL_TESTS_FUZZ_MESSAGE_PROPERTIES_H_
