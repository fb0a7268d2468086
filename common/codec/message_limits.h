// Size limits of messages between workers and parameter servers, set on both sides: gRPC's own default of 4 MiB is less
// than the rows of a large batch.
#ifndef SHOAL_COMMON_CODEC_MESSAGE_LIMITS_H_
#define SHOAL_COMMON_CODEC_MESSAGE_LIMITS_H_

namespace shoal {

// 1 GiB: four million rows of 64 floats.
constexpr int kMaxMessageBytes = 1 << 30;

}  // namespace shoal

#endif  // SHOAL_COMMON_CODEC_MESSAGE_LIMITS_H_
