#include "common/base/hash.h"

#include <string>

#include "gtest/gtest.h"

namespace shoal {
namespace {

// The values that xxHash publishes for the empty input.
TEST(HashTest, IsXxh3) {
  EXPECT_EQ(Hash64(""), 0x2d06800538d394c2u);
  EXPECT_EQ(HashToHex(Hash128("")), "99aa06d3014798d86001c324468d497f");
}

TEST(HashTest, TheSeedChangesTheHash) { EXPECT_NE(Hash128("shoal", 1), Hash128("shoal", 2)); }

TEST(HashTest, PartsHashAsTheWhole) {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes.push_back(static_cast<char>(i * 37));
  for (const size_t step : {1, 7, 64, 255, 1000}) {
    Hasher128 hasher;
    for (size_t begin = 0; begin < bytes.size(); begin += step) {
      hasher.Update(absl::string_view(bytes).substr(begin, step));
    }
    EXPECT_EQ(hasher.Digest(), Hash128(bytes)) << "step " << step;
  }
}

TEST(HashTest, NumbersAreLittleEndian) {
  Hasher128 hasher;
  hasher.UpdateUint64(0x0807060504030201);
  EXPECT_EQ(hasher.Digest(), Hash128("\x01\x02\x03\x04\x05\x06\x07\x08"));
}

TEST(HashTest, HexIsReadBackAndNothingElseIs) {
  const absl::uint128 hash = Hash128("x");
  const std::string hex = HashToHex(hash);
  EXPECT_EQ(HashFromHex(hex), hash);
  EXPECT_EQ(HashFromHex(hex.substr(1)), absl::nullopt);
  EXPECT_EQ(HashFromHex(hex + "0"), absl::nullopt);
  EXPECT_EQ(HashFromHex("ABCDEF00112233445566778899aabbcc"), absl::nullopt);
  EXPECT_EQ(HashFromHex("g0112233445566778899aabbccddeeff"), absl::nullopt);
}

}  // namespace
}  // namespace shoal
