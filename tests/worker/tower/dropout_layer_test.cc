#include "worker/tower/dropout_layer.h"

#include <cmath>
#include <vector>

#include "absl/numeric/int128.h"
#include "common/base/hash.h"
#include "common/initializer/philox.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/simd/instruction_sets.h"
#include "tests/worker/tower/layer_checks.h"
#include "tests/worker/tower/tower_problem.h"

namespace shoal {
namespace {

using ::testing::AnyOf;
using ::testing::Each;
using ::testing::FloatEq;

constexpr int kFeatures = 50;
constexpr char kLayer[] = "dropout { p: 0.3 }";

std::vector<float> ToVector(ConstMatrixView matrix) { return {matrix.data, matrix.data + matrix.size()}; }

// What becomes of ones at these positions.
std::vector<float> Mask(const ForwardContext& context, int number = 0, float p = 0.3F, int features = kFeatures) {
  Layer::Dropout config;
  config.set_p(p);
  DropoutLayer layer(config, number);
  Matrix ones(static_cast<int64_t>(context.positions.size()), features);
  for (float& value : ones.values()) value = 1;
  layer.Forward(context, ones, ones);
  return ToVector(ones);
}

std::vector<int64_t> Positions(int64_t begin, int64_t end) {
  std::vector<int64_t> positions;
  for (int64_t position = begin; position < end; ++position) positions.push_back(position);
  return positions;
}

TEST(DropoutLayerTest, GradientsAgreeWithDifferences) {
  ExpectGradientsAgreeWithDifferences({kLayer}, 3);
  ExpectGradientsAgreeWithDifferences({kLayer}, kFeatures);
  ExpectGradientsAgreeWithDifferences({"linear { out_features: 6 }", kLayer, "linear { out_features: 2 }"}, 4);
}

TEST(DropoutLayerTest, EveryInstructionSetGivesTheSameBits) {
  ExpectSameBitsOnEveryInstructionSet({kLayer}, kFeatures);
}

// The stream that the header promises, so that a run can be repeated by a later version.
TEST(DropoutLayerTest, WhatIsDroppedIsPhilox) {
  const int64_t parts[] = {/*layer=*/3, /*step=*/int64_t{1} << 40};
  const uint64_t key = absl::Uint128Low64(Hash128({reinterpret_cast<const char*>(parts), sizeof(parts)}, /*seed=*/77));
  const std::vector<int64_t> positions = {5, 0, int64_t{1} << 50};
  ForEachInstructionSet([&](const InstructionSet& set) {
    for (const int features : {1, 4, 31, 64, 200}) {
      const std::vector<float> mask = Mask({true, 77, int64_t{1} << 40, positions}, 3, 0.25F, features);
      for (size_t i = 0; i < mask.size(); ++i) {
        const auto feature = static_cast<uint64_t>(i % features);
        const PhiloxBlock bits = Philox(key, static_cast<uint64_t>(positions[i / features]), feature / 4);
        EXPECT_EQ(mask[i] == 0, bits[feature % 4] < 1U << 30) << set.name << ", " << features << " features, " << i;
      }
    }
  });
}

TEST(DropoutLayerTest, WhatIsKeptIsScaledUp) {
  const std::vector<int64_t> positions = Positions(0, 20);
  EXPECT_THAT(Mask({true, 1, 1, positions}), Each(AnyOf(0.0F, FloatEq(1 / 0.7F))));
}

// 5 standard deviations of a binomial variable, for the whole and for each column.
TEST(DropoutLayerTest, ElementsAreDroppedWithProbabilityP) {
  constexpr int kExamples = 4000;
  const std::vector<int64_t> positions = Positions(0, kExamples);
  for (const float p : {0.1F, 0.5F, 0.9F}) {
    const std::vector<float> mask = Mask({true, 1, 1, positions}, 0, p);
    std::vector<int> dropped(kFeatures, 0);
    int total = 0;
    for (size_t i = 0; i < mask.size(); ++i) {
      if (mask[i] != 0) continue;
      ++dropped[i % kFeatures];
      ++total;
    }
    const double deviation = std::sqrt(p * (1 - p) * kExamples);
    for (const int count : dropped) EXPECT_NEAR(count, p * kExamples, 5 * deviation) << p;
    EXPECT_NEAR(total, p * kExamples * kFeatures, 5 * deviation * std::sqrt(kFeatures)) << p;
  }
}

// Whether two draws agree in about the share of elements in which independent ones do.
void ExpectIndependent(const std::vector<float>& a, const std::vector<float>& b) {
  ASSERT_EQ(a.size(), b.size());
  int equal = 0;
  for (size_t i = 0; i < a.size(); ++i) equal += (a[i] == 0) == (b[i] == 0) ? 1 : 0;
  const double share = 0.3 * 0.3 + 0.7 * 0.7;
  const auto count = static_cast<double>(a.size());
  EXPECT_NEAR(equal, share * count, 5 * std::sqrt(share * (1 - share) * count));
}

TEST(DropoutLayerTest, SeedLayerStepPositionAndFeatureEachChangeWhatIsDropped) {
  const std::vector<int64_t> positions = Positions(0, 100);
  const std::vector<int64_t> others = Positions(100, 200);
  const std::vector<float> mask = Mask({true, 1, 1, positions});
  ExpectIndependent(mask, Mask({true, 2, 1, positions}));
  ExpectIndependent(mask, Mask({true, 1, 2, positions}));
  ExpectIndependent(mask, Mask({true, 1, 1, positions}, /*number=*/1));
  ExpectIndependent(mask, Mask({true, 1, 1, others}));
  for (const int shift : {1, 4, kFeatures}) {
    ExpectIndependent({mask.begin() + shift, mask.end()}, {mask.begin(), mask.end() - shift});
  }
}

TEST(DropoutLayerTest, WhatIsDroppedDoesNotDependOnHowTheBatchIsSplit) {
  const std::vector<int64_t> all = Positions(0, 40);
  const std::vector<float> whole = Mask({true, 1, 1, all});
  std::vector<float> parts;
  for (const auto& [begin, end] : {std::pair(0, 13), std::pair(13, 14), std::pair(14, 40)}) {
    const std::vector<int64_t> positions = Positions(begin, end);
    const std::vector<float> part = Mask({true, 1, 1, positions});
    parts.insert(parts.end(), part.begin(), part.end());
  }
  EXPECT_EQ(parts, whole);
}

TEST(DropoutLayerTest, FirstFeaturesDoNotDependOnTheirNumber) {
  const std::vector<int64_t> positions = {7};
  const std::vector<float> wide = Mask({true, 1, 1, positions}, 0, 0.3F, kFeatures);
  const std::vector<float> narrow = Mask({true, 1, 1, positions}, 0, 0.3F, 5);
  EXPECT_TRUE(std::equal(narrow.begin(), narrow.end(), wide.begin()));
}

TEST(DropoutLayerTest, NothingHappensOutsideOfTrainingNorWithProbabilityZero) {
  for (const char* layer : {kLayer, "dropout { p: 0 }"}) {
    TowerProblem problem({layer}, kFeatures, 10, 1);
    problem.Forward(/*training=*/true);
    EXPECT_EQ(ToVector(problem.Forward(/*training=*/std::string(layer) != kLayer)), ToVector(problem.input));
    EXPECT_EQ(ToVector(problem.tower->Backward(problem.output_gradient, /*want_input_gradient=*/true)),
              ToVector(problem.output_gradient));
  }
}

}  // namespace
}  // namespace shoal
