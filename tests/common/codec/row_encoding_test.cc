#include "common/codec/row_encoding.h"

#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

constexpr int kWidth = 50;

std::vector<float> Row() {
  std::mt19937 random(5);
  std::vector<float> row(kWidth);
  for (float& value : row) value = std::normal_distribution<float>()(random);
  return row;
}

std::string Encode(const RowEncoder& encoder, DType dtype, uint64_t id) {
  std::string bytes(EncodedBytes(dtype, kWidth), '\0');
  auto* const begin = reinterpret_cast<uint8_t*>(bytes.data());
  EXPECT_EQ(encoder.Encode(id, Row().data(), kWidth, begin), begin + bytes.size());
  return bytes;
}

std::vector<float> Decode(DType dtype, const std::string& bytes) {
  google::protobuf::io::ArrayInputStream stream(bytes.data(), static_cast<int>(bytes.size()), /*block_size=*/7);
  google::protobuf::io::CodedInputStream input(&stream);
  std::vector<float> row(kWidth);
  EXPECT_TRUE(RowDecoder(dtype, kWidth).Read(&input, row.data()));
  return row;
}

TEST(RowEncodingTest, Float32IsWhatItIs) {
  const RowEncoder encoder(FLOAT32, 1, 2, 3, 4);
  EXPECT_EQ(EncodedBytes(FLOAT32, kWidth), kWidth * sizeof(float));
  EXPECT_EQ(Decode(FLOAT32, Encode(encoder, FLOAT32, 9)), Row());
  std::vector<float> rounded = Row();
  RowEncoder(FLOAT32, 1, 2, 3, 4).Round(9, kWidth, rounded.data());
  EXPECT_EQ(rounded, Row());
}

TEST(RowEncodingTest, SixteenBitsAreNearAndAsRoundSays) {
  for (const auto& [dtype, error] : {std::pair(BFLOAT16, 0x1p-7), std::pair(FLOAT16, 0x1p-10)}) {
    RowEncoder encoder(dtype, 1, 2, 3, 4);
    EXPECT_EQ(EncodedBytes(dtype, kWidth), kWidth * 2U);
    const std::vector<float> decoded = Decode(dtype, Encode(encoder, dtype, 9));
    std::vector<float> rounded = Row();
    encoder.Round(9, kWidth, rounded.data());
    EXPECT_EQ(decoded, rounded);
    EXPECT_NE(decoded, Row());
    for (int i = 0; i < kWidth; ++i) EXPECT_NEAR(decoded[i], Row()[i], error * std::fabs(Row()[i])) << i;
  }
}

TEST(RowEncodingTest, RandomBitsAreOfSeedStepTableSenderAndRow) {
  const auto bits = [](uint64_t seed, uint64_t step, uint32_t table, uint32_t sender, uint64_t id) {
    return Encode(RowEncoder(BFLOAT16, seed, step, table, sender), BFLOAT16, id);
  };
  const std::string first = bits(1, 2, 3, RowEncoder::kServer, 4);
  EXPECT_EQ(bits(1, 2, 3, RowEncoder::kServer, 4), first);
  EXPECT_NE(bits(9, 2, 3, RowEncoder::kServer, 4), first);
  EXPECT_NE(bits(1, 9, 3, RowEncoder::kServer, 4), first);
  EXPECT_NE(bits(1, 2, 9, RowEncoder::kServer, 4), first);
  EXPECT_NE(bits(1, 2, 3, RowEncoder::Worker(0), 4), first);
  EXPECT_NE(bits(1, 2, 3, RowEncoder::Worker(1), 4), bits(1, 2, 3, RowEncoder::Worker(0), 4));
  EXPECT_NE(bits(1, 2, 3, RowEncoder::kServer, 9), first);
}

// A run that is resumed with a later build learns the same.
TEST(RowEncodingTest, TheBitsMustNotChange) {
  const float row[] = {1.2345678F, -0.3333333F, 1e-3F, 123.456F};
  const auto halves = [&](DType dtype) {
    std::vector<uint16_t> result(2 * 4);  // Room for float32, or the compiler complains.
    RowEncoder(dtype, 1, 2, 3, RowEncoder::Worker(4)).Encode(5, row, 4, reinterpret_cast<uint8_t*>(result.data()));
    result.resize(4);
    return result;
  };
  EXPECT_EQ(halves(BFLOAT16), (std::vector<uint16_t>{16286, 48811, 14979, 17143}));
  EXPECT_EQ(halves(FLOAT16), (std::vector<uint16_t>{15600, 46421, 5144, 22455}));
}

TEST(RowEncodingTest, BytesThatEndEarlyAreNoRow) {
  for (const DType dtype : {FLOAT32, BFLOAT16, FLOAT16}) {
    const std::string bytes(EncodedBytes(dtype, kWidth) - 1, 'x');
    google::protobuf::io::ArrayInputStream stream(bytes.data(), static_cast<int>(bytes.size()));
    google::protobuf::io::CodedInputStream input(&stream);
    std::vector<float> row(kWidth);
    EXPECT_FALSE(RowDecoder(dtype, kWidth).Read(&input, row.data()));
  }
}

}  // namespace
}  // namespace shoal
