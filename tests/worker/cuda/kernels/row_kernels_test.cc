#include "worker/cuda/kernels/row_kernels.h"

#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "common/optimizer/row_layout.h"
#include "common/optimizer/row_optimizer.h"
#include "common/schedule/schedule.h"
#include "gtest/gtest.h"
#include "tests/worker/cuda/kernels/device_suite.h"
#include "tests/worker/cuda/kernels/device_test_util.h"
#include "worker/cuda/kernels/place_grouping.h"

namespace shoal {
namespace {

std::vector<float> RandomFloats(size_t count, std::mt19937* random) {
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(*random);
  return values;
}

// Rows 0 .. num_rows - 1 with probabilities that fall as 1 / rank.
std::vector<uint32_t> ZipfRows(int count, int num_rows, std::mt19937* random) {
  std::vector<double> weights;
  for (int r = 0; r < num_rows; ++r) weights.push_back(1.0 / (r + 1));
  std::discrete_distribution<uint32_t> zipf(weights.begin(), weights.end());
  std::vector<uint32_t> rows(count);
  for (uint32_t& row : rows) row = zipf(*random);
  return rows;
}

class SumTermsTest : public DeviceSuite {
 protected:
  struct Problem {
    std::vector<uint32_t> row_of_place = {};
    int num_rows = 1;
    int dim = 16;
    std::vector<float> source = {};  // [places, dim] unless `index` says which.
    std::vector<uint32_t> index = {};
    std::vector<float> factors = {};
    bool add = false;
    // Other ways to say the same terms.
    int places_per_source = 1;
    bool with_winners = false;  // Which all places are; needs places_per_source 1 and no index.
  };

  const float* SourceOf(const Problem& problem, size_t place) {
    return problem.source.data() + (problem.index.empty() ? place : problem.index[place]) * problem.dim;
  }

  std::vector<float> Sums(const Problem& problem, const std::vector<float>& before) {
    PlaceGrouping grouping(&device());
    const DeviceArray<uint32_t> keys = OnDevice(device(), problem.row_of_place);
    EXPECT_TRUE(grouping.Group(keys.data(), static_cast<int64_t>(problem.row_of_place.size()), problem.num_rows).ok());
    const DeviceArray<float> source = OnDevice(device(), problem.source);
    const DeviceArray<uint32_t> index = OnDevice(device(), problem.index);
    const DeviceArray<float> factors = OnDevice(device(), problem.factors);
    PlaceTerms terms;
    terms.dim = problem.dim;
    terms.source = source.data();
    terms.stride = problem.dim * problem.places_per_source;
    terms.places_per_source = problem.places_per_source;
    terms.inner_stride = problem.dim;
    std::vector<uint32_t> all_win;
    for (uint32_t p = 0; problem.with_winners && p < problem.row_of_place.size(); ++p) {
      all_win.insert(all_win.end(), problem.dim, p);
    }
    const DeviceArray<uint32_t> winners = OnDevice(device(), all_win);
    if (problem.with_winners) terms.winners = winners.data();
    if (!problem.index.empty()) terms.index = index.data();
    if (!problem.factors.empty()) terms.factors = factors.data();
    const PlaceGroups& groups = grouping.groups();
    auto partial = OnDevice<float>(device(), PlaceGroups::MaxChunks(groups.num_places, groups.num_rows) * problem.dim);
    DeviceArray<float> sums = OnDevice(device(), before);
    device().rows->SumTerms(groups, terms, SegmentFloats(problem.dim), problem.add, partial.data(), sums.data());
    return FromDevice(device(), sums.data(), before.size());
  }

  // Against sums in double; rows of one chunk have the bits of float sums in the order of the places.
  void ExpectSums(const Problem& problem) {
    const int segment = SegmentFloats(problem.dim);
    const size_t floats = static_cast<size_t>(problem.num_rows) * segment;
    std::vector<float> before(floats, std::nanf(""));
    if (problem.add) {
      for (int r = 0; r < problem.num_rows; ++r) {
        for (int i = 0; i < segment; ++i) before[r * segment + i] = i < problem.dim ? 0.5F * static_cast<float>(r) : 0;
      }
    }
    const std::vector<float> sums = Sums(problem, before);
    std::vector<double> exact(floats);
    std::vector<double> magnitudes(floats);
    std::vector<float> in_order(floats);
    std::vector<int> counts(problem.num_rows);
    for (size_t i = 0; problem.add && i < floats; ++i) exact[i] = magnitudes[i] = in_order[i] = before[i];
    for (size_t p = 0; p < problem.row_of_place.size(); ++p) {
      const uint32_t row = problem.row_of_place[p];
      const float factor = problem.factors.empty() ? 1 : problem.factors[p];
      ++counts[row];
      for (int i = 0; i < problem.dim; ++i) {
        const float term = SourceOf(problem, p)[i];
        const size_t at = row * segment + i;
        exact[at] += static_cast<double>(factor) * term;
        magnitudes[at] += std::abs(static_cast<double>(factor) * term);
        in_order[at] = std::fma(factor, term, in_order[at]);
      }
    }
    for (size_t i = 0; i < floats; ++i) {
      ASSERT_NEAR(sums[i], exact[i], 2e-6 * (1 + magnitudes[i])) << "row " << i / segment << ", float " << i % segment;
      if (counts[i / segment] <= kPlacesPerChunk) {
        ASSERT_EQ(sums[i], in_order[i]) << "row " << i / segment;
      }
    }
    // The same again: the same bits.
    EXPECT_EQ(Sums(problem, before), sums);
  }

  void SetUp() override {
    DeviceSuite::SetUp();
    const uint32_t seed = std::random_device()();
    RecordProperty("seed", std::to_string(seed));
    printf("seed %u\n", seed);
    random_.seed(seed);
  }

  std::mt19937 random_;
};

TEST_P(SumTermsTest, NoPlacesGiveZeros) {
  ExpectSums({.row_of_place = {}, .num_rows = 3, .dim = 20});
  ExpectSums({.row_of_place = {}, .num_rows = 0});
}

TEST_P(SumTermsTest, OnePlace) {
  ExpectSums({.row_of_place = {1}, .num_rows = 2, .dim = 5, .source = RandomFloats(5, &random_)});
}

TEST_P(SumTermsTest, AllPlacesOfOneRow) {
  for (const int count : {127, 128, 129, 5000}) {
    ExpectSums({.row_of_place = std::vector<uint32_t>(count, 0), .source = RandomFloats(count * 16, &random_)});
  }
}

TEST_P(SumTermsTest, SkewedRowsOfAllWidths) {
  for (const int dim : {1, 3, 16, 50, 64, 200}) {
    ExpectSums({.row_of_place = ZipfRows(4000, 300, &random_),
                .num_rows = 300,
                .dim = dim,
                .source = RandomFloats(4000 * dim, &random_)});
  }
}

TEST_P(SumTermsTest, ScaledRowsOfAnotherTable) {
  Problem problem = {.row_of_place = ZipfRows(3000, 100, &random_),
                     .num_rows = 100,
                     .dim = 50,
                     .source = RandomFloats(70 * 50, &random_),
                     .factors = RandomFloats(3000, &random_)};
  for (int p = 0; p < 3000; ++p) problem.index.push_back(random_() % 70);
  ExpectSums(problem);
  problem.add = true;
  ExpectSums(problem);
}

TEST_P(SumTermsTest, SourcesOfSeveralPlacesAndWinnersHaveTheBitsOfPlainTerms) {
  for (const int dim : {1, 6, 50, 64, 130}) {
    Problem problem = {.row_of_place = ZipfRows(900, 50, &random_),
                       .num_rows = 50,
                       .dim = dim,
                       .source = RandomFloats(900 * dim, &random_),
                       .factors = RandomFloats(900, &random_)};
    problem.places_per_source = 3;
    ExpectSums(problem);
    problem.places_per_source = 1;
    problem.with_winners = true;
    ExpectSums(problem);
  }
}

TEST_P(SumTermsTest, ASourceRowMayHoldSeveralPlacesAndAPlaceFewElements) {
  // Two sources of three places of two floats; of each source's floats only one place's counts.
  const DeviceArray<float> source = OnDevice<float>(device(), {1, 2, 10, 20, 100, 200, 3, 4, 30, 40, 300, 400});
  const DeviceArray<uint32_t> keys = OnDevice<uint32_t>(device(), {0, 1, 0, 1, 1, 0});
  PlaceGrouping grouping(&device());
  ASSERT_TRUE(grouping.Group(keys.data(), 6, 2).ok());
  PlaceTerms terms;
  terms.dim = 2;
  terms.source = source.data();
  terms.stride = 6;
  terms.places_per_source = 3;
  terms.inner_stride = 2;
  auto partial = OnDevice<float>(device(), 100);
  auto sums = OnDevice<float>(device(), 4);
  device().rows->SumTerms(grouping.groups(), terms, 2, /*add=*/false, partial.data(), sums.data());
  EXPECT_EQ(FromDevice(device(), sums.data(), 4), (std::vector<float>{401, 602, 43, 64}));
  const DeviceArray<uint32_t> winners = OnDevice<uint32_t>(device(), {0, 2, 3, 3});
  terms.winners = winners.data();
  device().rows->SumTerms(grouping.groups(), terms, 2, /*add=*/false, partial.data(), sums.data());
  EXPECT_EQ(FromDevice(device(), sums.data(), 4), (std::vector<float>{1, 200, 3, 4}));
}

SHOAL_INSTANTIATE_DEVICE_SUITE(SumTermsTest);

class RowKernelsTest : public DeviceSuite {};

TEST_P(RowKernelsTest, GatheredRowsAreThoseOfTheIndex) {
  std::vector<float> rows(5 * 32);
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<float>(i);
  const DeviceArray<float> table = OnDevice(device(), rows);
  const DeviceArray<uint32_t> index = OnDevice<uint32_t>(device(), {4, 0, 4});
  auto to = OnDevice<float>(device(), 3 * 20);
  device().rows->GatherRows(table.data(), 32, index.data(), 3, 20, to.data());
  const std::vector<float> gathered = FromDevice(device(), to.data(), 60);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(gathered[i], rows[4 * 32 + i]);
    EXPECT_EQ(gathered[20 + i], rows[i]);
    EXPECT_EQ(gathered[40 + i], rows[4 * 32 + i]);
  }
}

TableConfig AdagradTable(RowSemantics row_semantics) {
  TableConfig table;
  table.set_embedding_dim(20);
  table.set_row_semantics(row_semantics);
  table.set_learning_rate_multiplier(1);
  OptimizerConfig::Adagrad* adagrad = table.mutable_optimizer()->mutable_adagrad();
  adagrad->set_eps(1e-10F);
  adagrad->set_initial_accumulator_value(0.1F);
  adagrad->set_weight_decay(0.01F);
  return table;
}

Schedule ConstantSchedule() {
  TrainingConfig training;
  training.set_learning_rate(0.1F);
  return Schedule::Create(training, 10, 10).value();
}

TEST_P(RowKernelsTest, ReadsCachedRowsFromTheirSlotsAndPutsThoseThatWerePulledThere) {
  constexpr uint32_t kNone = CachedRows::kNone;
  const Schedule schedule = ConstantSchedule();
  const auto optimizer = CreateRowOptimizer(AdagradTable(DENSE_EQUIVALENT), schedule).value();
  const RowLayout& layout = optimizer->layout();
  const size_t stride = layout.row_floats();
  const size_t segment = layout.segment();
  // Rows as of step 0; the batch is of step 3.
  const auto make_rows = [&](int count, float first) {
    std::vector<float> rows(count * stride);
    for (int r = 0; r < count; ++r) {
      optimizer->InitializeState(&rows[r * stride]);
      for (int i = 0; i < 20; ++i) rows[r * stride + i] = first + static_cast<float>(20 * r + i);
    }
    return rows;
  };
  std::vector<float> kept = make_rows(3, 1);
  std::vector<float> pulled = make_rows(2, 1000);
  optimizer->BeginStep(3);
  for (int r = 0; r < 2; ++r) optimizer->CatchUp(2, &pulled[r * stride]);
  DeviceArray<float> device_kept = OnDevice(device(), kept);
  const DeviceArray<float> device_pulled = OnDevice(device(), pulled);
  std::vector<float> passing(segment);
  for (int i = 0; i < 20; ++i) passing[i] = -static_cast<float>(i);
  const DeviceArray<float> device_passing = OnDevice(device(), passing);
  // Row 0 lies in slot 2, row 1 is pulled and stays in slot 0, row 2 is pulled and does not stay.
  const DeviceArray<uint32_t> slot_of = OnDevice<uint32_t>(device(), {2, 0, kNone});
  const DeviceArray<uint32_t> pulled_of = OnDevice<uint32_t>(device(), {kNone, 1, 0});
  RowUpdater updater = {RowShape::Of(layout), optimizer->update()};
  const std::vector<float> rates(updater.update.learning_rates, updater.update.learning_rates + 3);
  const DeviceArray<float> device_rates = OnDevice(device(), rates);
  updater.update.learning_rates = device_rates.data();
  DeviceArray<float> weights = OnDevice<float>(device(), 3 * segment);
  device().rows->ReadCachedRows(
      updater, {device_kept.data(), device_pulled.data(), device_passing.data(), slot_of.data(), pulled_of.data()}, 3,
      weights.data());

  optimizer->CatchUp(2, &kept[2 * stride]);
  std::copy_n(&pulled[stride], stride, kept.data());
  EXPECT_EQ(FromDevice(device(), device_kept.data(), kept.size()), kept);
  std::vector<float> expected;
  for (const float* row : {&kept[2 * stride], &pulled[stride], passing.data()}) {
    expected.insert(expected.end(), row, row + segment);
  }
  EXPECT_EQ(FromDevice(device(), weights.data(), expected.size()), expected);
}

TEST_P(RowKernelsTest, UpdatesTheRowsOfTheIndexAsTheOptimizerDoes) {
  const Schedule schedule = ConstantSchedule();
  const auto optimizer = CreateRowOptimizer(AdagradTable(LAZY), schedule).value();
  optimizer->BeginStep(1);
  const RowLayout& layout = optimizer->layout();
  const int stride = layout.row_floats();
  std::vector<float> rows(4 * stride);
  for (int r = 0; r < 4; ++r) {
    optimizer->InitializeState(&rows[r * stride]);
    for (int i = 0; i < 20; ++i) rows[r * stride + i] = static_cast<float>(r + i);
  }
  std::vector<float> gradients(3 * layout.segment());
  for (int i = 0; i < 20; ++i) gradients[i] = gradients[2 * layout.segment() + i] = 0.1F * static_cast<float>(i - 7);
  DeviceArray<float> on_device = OnDevice(device(), rows);
  const DeviceArray<float> device_gradients = OnDevice(device(), gradients);
  const DeviceArray<uint32_t> index = OnDevice<uint32_t>(device(), {3, CachedRows::kNone, 1});
  device().rows->UpdateRows({RowShape::Of(layout), optimizer->update()}, index.data(), 3, device_gradients.data(),
                            on_device.data());
  optimizer->Update(gradients.data(), &rows[3 * stride]);
  optimizer->Update(&gradients[2 * layout.segment()], &rows[1 * stride]);
  EXPECT_EQ(FromDevice(device(), on_device.data(), rows.size()), rows);
}

SHOAL_INSTANTIATE_DEVICE_SUITE(RowKernelsTest);

}  // namespace
}  // namespace shoal
