#include "common/base/hash.h"

#include <xxhash.h>

#include <bit>

#include "absl/strings/str_cat.h"

namespace shoal {
namespace {

static_assert(std::endian::native == std::endian::little, "files hold numbers as they lie in memory");

absl::uint128 ToUint128(XXH128_hash_t hash) { return absl::MakeUint128(hash.high64, hash.low64); }

// -1 for anything but the digits that HashToHex uses.
int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

uint64_t Hash64(absl::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

absl::uint128 Hash128(absl::string_view bytes, uint64_t seed) {
  return ToUint128(XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed));
}

std::string HashToHex(absl::uint128 hash) {
  return absl::StrCat(absl::Hex(absl::Uint128High64(hash), absl::kZeroPad16),
                      absl::Hex(absl::Uint128Low64(hash), absl::kZeroPad16));
}

absl::optional<absl::uint128> HashFromHex(absl::string_view hex) {
  if (hex.size() != 32) return absl::nullopt;
  absl::uint128 hash = 0;
  for (const char c : hex) {
    const int digit = HexDigit(c);
    if (digit < 0) return absl::nullopt;
    hash = (hash << 4) | static_cast<uint64_t>(digit);
  }
  return hash;
}

void Hasher128::FreeState::operator()(XXH3_state_s* state) const { XXH3_freeState(state); }

Hasher128::Hasher128() : state_(XXH3_createState()) { XXH3_128bits_reset(state_.get()); }

void Hasher128::Update(absl::string_view bytes) { XXH3_128bits_update(state_.get(), bytes.data(), bytes.size()); }

void Hasher128::UpdateUint64(uint64_t number) {
  Update(absl::string_view(reinterpret_cast<const char*>(&number), sizeof(number)));
}

absl::uint128 Hasher128::Digest() const { return ToUint128(XXH3_128bits_digest(state_.get())); }

}  // namespace shoal
