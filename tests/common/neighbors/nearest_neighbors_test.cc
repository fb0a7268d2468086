#include "common/neighbors/nearest_neighbors.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Distance kDistances[] = {EUCLIDEAN, SQUARED_EUCLIDEAN, COSINE};

// The definition, word by word.
float Define(const float* a, const float* b, int dim, Distance distance) {
  double squares = 0;
  double product = 0;
  double a_squares = 0;
  double b_squares = 0;
  for (int i = 0; i < dim; ++i) {
    squares += std::pow(static_cast<double>(a[i]) - b[i], 2);
    product += static_cast<double>(a[i]) * b[i];
    a_squares += std::pow(a[i], 2);
    b_squares += std::pow(b[i], 2);
  }
  if (distance == EUCLIDEAN) return static_cast<float>(std::sqrt(squares));
  if (distance == SQUARED_EUCLIDEAN) return static_cast<float>(squares);
  return a_squares * b_squares == 0 ? 1 : static_cast<float>(1 - product / std::sqrt(a_squares * b_squares));
}

Neighbors Search(const std::vector<float>& vectors, int dim, Distance distance, const std::vector<float>& queries,
                 int64_t k) {
  absl::StatusOr<NearestNeighbors> index = NearestNeighbors::Create(vectors, dim, distance);
  EXPECT_TRUE(index.ok()) << index.status();
  absl::StatusOr<Neighbors> result = index->Search(queries, k);
  EXPECT_TRUE(result.ok()) << result.status();
  return *std::move(result);
}

class NearestNeighborsTest : public ::testing::Test {
 protected:
  std::vector<float> Random(int64_t n, int dim, float mean = 0) {
    std::vector<float> result(n * dim);
    for (float& value : result) value = std::normal_distribution<float>(mean)(random_);
    return result;
  }

  // Every neighbour is as far away as it says, and nothing that is left out is nearer than the last, up to what the
  // float of a cosine cannot tell apart.
  void ExpectNearest(const std::vector<float>& vectors, int dim, Distance distance, const std::vector<float>& queries,
                     int64_t k) {
    const Neighbors found = Search(vectors, dim, distance, queries, k);
    const auto n = static_cast<int64_t>(vectors.size()) / dim;
    const auto num_queries = static_cast<int64_t>(queries.size()) / dim;
    ASSERT_EQ(found.k, std::min(k, n));
    ASSERT_EQ(static_cast<int64_t>(found.indices.size()), num_queries * found.k);
    const float tolerance = distance == COSINE ? 3e-7F : 0;
    for (int64_t query = 0; query < num_queries; ++query) {
      std::vector<float> distances(n);
      for (int64_t i = 0; i < n; ++i) distances[i] = Define(&queries[query * dim], &vectors[i * dim], dim, distance);
      for (int64_t i = query * found.k; i < (query + 1) * found.k; ++i) {
        ASSERT_NEAR(found.distances[i], distances[found.indices[i]], tolerance);
      }
      std::sort(distances.begin(), distances.end());
      for (int64_t i = 0; i < found.k; ++i) {
        ASSERT_NEAR(found.distances[query * found.k + i], distances[i], tolerance)
            << "query " << query << ", rank " << i;
      }
    }
  }

  const uint32_t seed_ = std::random_device()();
  std::mt19937 random_{seed_};
  ::testing::ScopedTrace trace_{__FILE__, __LINE__, "seed " + std::to_string(seed_)};
};

// 30 queries go through BLAS, one does not.
TEST_F(NearestNeighborsTest, FindsWhatBruteForceFinds) {
  for (const Distance distance : kDistances) {
    for (const int dim : {1, 2, 17, 64}) {
      for (const int64_t num_queries : {1, 30}) {
        SCOPED_TRACE(testing::Message() << Distance_Name(distance) << ", dim " << dim << ", " << num_queries);
        ExpectNearest(Random(500, dim), dim, distance, Random(num_queries, dim), 10);
      }
    }
  }
}

// |a|^2 + |b|^2 - 2 <a, b> of vectors so far from 0 has no digit left: faiss alone returns any of them.
TEST_F(NearestNeighborsTest, IsExactWhereFloatsCancel) {
  ExpectNearest(Random(500, 8, /*mean=*/3000), 8, EUCLIDEAN, Random(30, 8, /*mean=*/3000), 5);
}

TEST_F(NearestNeighborsTest, IsExactWhereSquaresOverflow) {
  std::vector<float> vectors = Random(200, 4);
  for (float& value : vectors) value *= 1e20F;
  const std::vector<float> queries(vectors.begin(), vectors.begin() + 30 * 4);
  ExpectNearest(vectors, 4, EUCLIDEAN, queries, 3);
  ExpectNearest(vectors, 4, COSINE, queries, 3);
}

// More than the candidates that faiss is asked for.
TEST_F(NearestNeighborsTest, OfEquallyDistantVectorsTheLowerIndexComesFirst) {
  for (const Distance distance : kDistances) {
    for (const int num_queries : {1, 30}) {
      const std::vector<float> vectors(200 * 3, 0.7F);
      const std::vector<float> queries(num_queries * 3, -1.3F);
      const Neighbors found = Search(vectors, 3, distance, queries, 4);
      for (int query = 0; query < num_queries; ++query) {
        EXPECT_THAT(absl::MakeConstSpan(found.indices).subspan(query * 4, 4), ElementsAre(0, 1, 2, 3));
      }
    }
  }
}

TEST_F(NearestNeighborsTest, LengthsDoNotCountForTheCosine) {
  const Neighbors found = Search({3, 3, 0.1F, 0.1F, 7, 7, 1, 0}, 2, COSINE, {5, 5}, 3);
  EXPECT_THAT(found.indices, ElementsAre(0, 1, 2));
  EXPECT_THAT(found.distances, ElementsAre(0, 0, 0));
}

TEST_F(NearestNeighborsTest, AVectorOfLengthZeroIsAtCosineDistanceOneOfAll) {
  const Neighbors of_zero = Search({1, 0, 0, 0, -2, 0}, 2, COSINE, {0, 0}, 3);
  EXPECT_THAT(of_zero.indices, ElementsAre(0, 1, 2));
  EXPECT_THAT(of_zero.distances, ElementsAre(1, 1, 1));
  const Neighbors of_one = Search({-1, 0, 0, 0, 2, 0}, 2, COSINE, {1, 0}, 3);
  EXPECT_THAT(of_one.indices, ElementsAre(2, 1, 0));
  EXPECT_THAT(of_one.distances, ElementsAre(0, 1, 2));
}

TEST_F(NearestNeighborsTest, KAboveTheNumberOfVectorsReturnsAllOfThem) {
  const Neighbors found = Search({5, 1, 3}, 1, EUCLIDEAN, {0, 4}, 10);
  EXPECT_EQ(found.k, 3);
  EXPECT_THAT(found.indices, ElementsAre(1, 2, 0, 0, 2, 1));
  EXPECT_THAT(found.distances, ElementsAre(1, 3, 5, 1, 1, 3));
}

TEST_F(NearestNeighborsTest, WithoutVectorsOrQueriesThereIsNothingToFind) {
  EXPECT_EQ(Search({}, 2, COSINE, {1, 2}, 10).k, 0);
  EXPECT_THAT(Search({1, 2}, 2, EUCLIDEAN, {}, 10).indices, IsEmpty());
}

TEST_F(NearestNeighborsTest, ManyQueriesGetWhatEachGetsAlone) {
  const std::vector<float> vectors = Random(300, 5);
  const std::vector<float> queries = Random(5000, 5);
  for (const Distance distance : kDistances) {
    const Neighbors together = Search(vectors, 5, distance, queries, 3);
    for (const int64_t query : {0, 4095, 4096, 4999}) {
      const Neighbors alone =
          Search(vectors, 5, distance, {queries.begin() + query * 5, queries.begin() + (query + 1) * 5}, 3);
      EXPECT_EQ(absl::MakeConstSpan(together.indices).subspan(query * 3, 3), absl::MakeConstSpan(alone.indices));
      EXPECT_EQ(absl::MakeConstSpan(together.distances).subspan(query * 3, 3), absl::MakeConstSpan(alone.distances));
    }
  }
}

TEST_F(NearestNeighborsTest, RefusesWhatIsNotFinite) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const absl::StatusOr<NearestNeighbors> bad = NearestNeighbors::Create({1, 2, 3, nan}, 2, EUCLIDEAN);
  EXPECT_EQ(bad.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(bad.status().message()), HasSubstr("vector 1 has nan at position 1"));
  absl::StatusOr<NearestNeighbors> good = NearestNeighbors::Create({1, 2}, 2, COSINE);
  ASSERT_TRUE(good.ok());
  const std::vector<float> query = {std::numeric_limits<float>::infinity(), 0};
  EXPECT_EQ(good->Search(query, 1).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(NearestNeighborsTest, ASearchAsksWhetherItIsToGoOn) {
  const absl::StatusOr<NearestNeighbors> index = NearestNeighbors::Create(Random(20, 3), 3, EUCLIDEAN);
  ASSERT_TRUE(index.ok()) << index.status();
  int questions = 0;
  const auto proceed = [&] { return ++questions == 3 ? absl::CancelledError("enough") : absl::OkStatus(); };
  EXPECT_EQ(index->Search(Random(5000, 3), 1, proceed).status(), absl::CancelledError("enough"));
}

}  // namespace
}  // namespace shoal
