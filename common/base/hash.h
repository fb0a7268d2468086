// XXH3 (xxHash 0.8), the hash of everything that shoal writes: fast enough to stay unseen beside the disk. It detects
// damage, not forgery.
#ifndef SHOAL_COMMON_BASE_HASH_H_
#define SHOAL_COMMON_BASE_HASH_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/numeric/int128.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

struct XXH3_state_s;

namespace shoal {

uint64_t Hash64(absl::string_view bytes);
absl::uint128 Hash128(absl::string_view bytes, uint64_t seed = 0);

// 32 lower-case hexadecimal digits, high half first, as xxh128sum prints them.
std::string HashToHex(absl::uint128 hash);
// The inverse; nothing if `hex` is not exactly what HashToHex writes.
absl::optional<absl::uint128> HashFromHex(absl::string_view hex);

// Hash128 (seed 0) of bytes that come in parts.
//
// Thread safety: external.
class Hasher128 {
 public:
  Hasher128();

  void Update(absl::string_view bytes);
  // The number's 8 bytes, little-endian.
  void UpdateUint64(uint64_t number);
  // Of all bytes so far; more may follow.
  absl::uint128 Digest() const;

 private:
  struct FreeState {
    void operator()(XXH3_state_s* state) const;
  };
  std::unique_ptr<XXH3_state_s, FreeState> state_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_BASE_HASH_H_
