#include "common/initializer/row_initializer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "common/initializer/normal_distribution.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Not;

constexpr uint64_t kSeed = 42;

TableConfig MakeTable(const std::string& initializer, int dim, const std::string& name = "user") {
  TableConfig table;
  table.set_name(name);
  table.set_embedding_dim(dim);
  table.set_num_embeddings(1000);
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(initializer, table.mutable_initializer())) << initializer;
  return table;
}

std::vector<float> Row(const TableConfig& table, uint64_t seed, uint64_t id) {
  std::vector<float> row(table.embedding_dim());
  RowInitializer::Create(table, seed).value().Fill(id, row.data());
  return row;
}

// Values of 10^5 elements over 2000 rows.
std::vector<double> Sample(const std::string& initializer) {
  constexpr int kDim = 50;
  const RowInitializer rows = RowInitializer::Create(MakeTable(initializer, kDim), kSeed).value();
  std::vector<double> sample;
  float row[kDim];
  for (uint64_t id = 0; id < 2000; ++id) {
    rows.Fill(id, row);
    sample.insert(sample.end(), row, row + kDim);
  }
  return sample;
}

struct Moments {
  double mean = 0;
  double std = 0;
};

Moments MomentsOf(const std::vector<double>& sample) {
  Moments moments;
  for (const double x : sample) moments.mean += x / sample.size();
  double variance = 0;
  for (const double x : sample) variance += (x - moments.mean) * (x - moments.mean) / sample.size();
  moments.std = std::sqrt(variance);
  return moments;
}

// Largest distance of the sample's distribution function from `cdf` (Kolmogorov and Smirnov), times sqrt(n). Chance
// alone exceeds 1.95 once in a thousand samples.
template <typename Cdf>
double KolmogorovSmirnov(std::vector<double> sample, Cdf cdf) {
  std::sort(sample.begin(), sample.end());
  const auto n = static_cast<double>(sample.size());
  double distance = 0;
  for (size_t i = 0; i < sample.size(); ++i) {
    const double p = cdf(sample[i]);
    distance = std::max({distance, p - i / n, (i + 1) / n - p});
  }
  return distance * std::sqrt(n);
}

TEST(RowInitializerTest, NormalSamplesAreNormal) {
  const std::vector<double> sample = Sample("normal { mean: 0.5 std: 0.1 }");
  const Moments moments = MomentsOf(sample);
  EXPECT_NEAR(moments.mean, 0.5, 0.1 * 4 / std::sqrt(1e5)) << "seed " << kSeed;
  EXPECT_NEAR(moments.std, 0.1, 0.001) << "seed " << kSeed;
  EXPECT_LT(KolmogorovSmirnov(sample, [](double x) { return NormalCdf((x - 0.5) / 0.1); }), 1.95) << "seed " << kSeed;
}

TEST(RowInitializerTest, TruncatedNormalSamplesAreTruncatedNormal) {
  const std::vector<double> sample = Sample("truncated_normal { std: 0.01 }");
  EXPECT_GE(*std::min_element(sample.begin(), sample.end()), -0.02F);
  EXPECT_LE(*std::max_element(sample.begin(), sample.end()), 0.02F);
  const double below = NormalCdf(-2);
  const auto cdf = [&](double x) { return (NormalCdf(x / 0.01) - below) / (1 - 2 * below); };
  EXPECT_LT(KolmogorovSmirnov(sample, cdf), 1.95) << "seed " << kSeed;
  // The standard deviation of a standard normal variable within two of its own.
  EXPECT_NEAR(MomentsOf(sample).std, 0.01 * 0.87962566, 1e-4) << "seed " << kSeed;
}

TEST(RowInitializerTest, UniformSamplesAreUniform) {
  const std::vector<double> sample = Sample("uniform { low: -3 high: 1 }");
  EXPECT_GE(*std::min_element(sample.begin(), sample.end()), -3);
  EXPECT_LT(*std::max_element(sample.begin(), sample.end()), 1);
  EXPECT_LT(KolmogorovSmirnov(sample, [](double x) { return (x + 3) / 4; }), 1.95) << "seed " << kSeed;
}

TEST(RowInitializerTest, ElementsAreUncorrelatedWithinAndAcrossRows) {
  const std::vector<double> sample = Sample("normal { }");
  for (const size_t lag : {1, 2, 4, 50}) {
    double sum = 0;
    for (size_t i = lag; i < sample.size(); ++i) sum += sample[i] * sample[i - lag];
    EXPECT_LT(std::fabs(sum / std::sqrt(1e5)), 4) << "lag " << lag << ", seed " << kSeed;
  }
}

TEST(RowInitializerTest, ARowDependsOnlyOnSeedTableAndId) {
  const TableConfig table = MakeTable("normal { }", 10);
  const RowInitializer rows = RowInitializer::Create(table, kSeed).value();
  std::vector<float> row(10);
  for (const uint64_t id : {900, 3, 17, 3}) {
    rows.Fill(id, row.data());
    EXPECT_EQ(row, Row(table, kSeed, id));
  }
  EXPECT_NE(Row(table, kSeed, 3), Row(table, kSeed, 4));
  EXPECT_NE(Row(table, kSeed, 3), Row(table, kSeed + 1, 3));
  EXPECT_NE(Row(table, kSeed, 3), Row(MakeTable("normal { }", 10, "item"), kSeed, 3));
  EXPECT_NE(Row(table, kSeed, 3), Row(table, kSeed, 3 + (uint64_t{1} << 32)));
}

TEST(RowInitializerTest, FillWritesNothingBeyondTheRow) {
  std::vector<float> row(8, -7);
  RowInitializer::Create(MakeTable("constant { value: 1 }", 5), kSeed).value().Fill(0, row.data());
  EXPECT_THAT(row, ElementsAre(1, 1, 1, 1, 1, -7, -7, -7));
}

TEST(RowInitializerTest, AnInvalidInitializerIsRefused) {
  EXPECT_EQ(RowInitializer::Create(MakeTable("normal { std: -1 }", 5), kSeed).status().code(),
            absl::StatusCode::kInvalidArgument);
}

// Values that must never change: a job that is run again, or resumed by a newer build, finds the same rows.
TEST(RowInitializerTest, ValuesAreStable) {
  EXPECT_THAT(Row(MakeTable("normal { }", 5), 7, 123),
              ElementsAre(-0x1.e81f4p-3F, 0x1.c39298p-4F, -0x1.3e51ap-2F, 0x1.e27acep+0F, -0x1.3c923ep-1F));
  EXPECT_THAT(Row(MakeTable("truncated_normal { std: 0.01 }", 5), 7, 123),
              ElementsAre(-0x1.29ee3p-9F, 0x1.13ce8cp-10F, -0x1.8457cap-9F, 0x1.0bb568p-6F, -0x1.806f9ep-8F));
  EXPECT_THAT(Row(MakeTable("uniform { }", 5), 7, 123),
              ElementsAre(0x1.9f8c3ap-2F, 0x1.16793p-1F, 0x1.83066cp-2F, 0x1.f0c66ep-1F, 0x1.129fcep-2F));
}

TEST(RowInitializerTest, APaddingRowIsZerosAndTheOthersAreAsWithoutIt) {
  TableConfig table = MakeTable("normal {}", 7);
  const std::vector<float> other = Row(table, kSeed, 4);
  ASSERT_THAT(Row(table, kSeed, 3), Not(Each(0)));
  table.set_padding_idx(3);
  EXPECT_THAT(Row(table, kSeed, 3), Each(0));
  EXPECT_EQ(Row(table, kSeed, 4), other);
}

}  // namespace
}  // namespace shoal
