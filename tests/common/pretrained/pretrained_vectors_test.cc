#include "common/pretrained/pretrained_vectors.h"

#include <limits>
#include <string>

#include "gtest/gtest.h"
#include "tests/common/pretrained/pretrained_rows.h"

namespace shoal {
namespace {

TEST(PretrainedVectorsTest, RowsMustBeAsManyAsTheHeaderSays) {
  const PretrainedRows rows = {{{1}, {2}}, {"a", "b"}};
  FakeVectors right(rows, 1, 2);
  EXPECT_EQ(2u, ReadAllRows(&right).value().vectors.size());
  FakeVectors unsaid(rows, 1);
  EXPECT_EQ(2u, ReadAllRows(&unsaid).value().vectors.size());
  FakeVectors fewer(rows, 1, 3);
  EXPECT_EQ("'fake.vec' is truncated: it has 2 rows; its header says 3", ReadAllRows(&fewer).status().message());
  FakeVectors more(rows, 1, 1);
  EXPECT_EQ("fake.vec:2: more rows follow than the 1 that the header says", ReadAllRows(&more).status().message());
}

TEST(PretrainedVectorsTest, NumbersMustBeFinite) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  FakeVectors infinite({{{1, 2}, {3, -kInfinity}}, {}}, 2);
  EXPECT_EQ("fake.vec:2: number 2 of 2 is -inf, not finite as a float32", ReadAllRows(&infinite).status().message());
  FakeVectors no_number({{{std::numeric_limits<float>::quiet_NaN(), 2}}, {}}, 2);
  EXPECT_EQ("fake.vec:1: number 1 of 2 is nan, not finite as a float32", ReadAllRows(&no_number).status().message());
}

TEST(PretrainedVectorsTest, ShapesThatNoTableHasAreRefused) {
  EXPECT_TRUE(CheckPretrainedShape("p", 0, 1).ok());
  EXPECT_TRUE(CheckPretrainedShape("p", int64_t{1} << 60, kMaxPretrainedDim).ok());
  EXPECT_EQ("'p' says that it has -1 rows", CheckPretrainedShape("p", -1, 1).message());
  for (const int64_t dim : {int64_t{0}, int64_t{-3}, kMaxPretrainedDim + 1}) {
    EXPECT_EQ(absl::StatusCode::kInvalidArgument, CheckPretrainedShape("p", 1, dim).code()) << dim;
  }
}

}  // namespace
}  // namespace shoal
